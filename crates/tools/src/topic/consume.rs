//! `topic consume`: records as lines, as they come.

use std::borrow::Cow;
use std::time::Duration;

use millstream_engine::link::Record;
use millstream_kafka::{KafkaConfig, StartAt, Tail};

use super::Streams;
use super::key::{KeyFormat, spelt};
use super::line::json_line;
use crate::Stop;

/// Records taken in one go.
const BATCH: usize = 1000;
/// Between two looks at a topic where nothing comes.
const WAIT: Duration = Duration::from_millis(500);

/// What to read, and how to show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Consume {
    /// The topic.
    pub topic: String,
    /// Where to begin.
    pub start: StartAt,
    /// Only this partition.
    pub partition: Option<i32>,
    /// End after so many records.
    pub max_messages: Option<usize>,
    /// End where the topic ended when reading began.
    pub to_end: bool,
    /// What of a record is shown.
    pub show: Show,
}

/// What of a record is shown, in this order: time, partition, offset, headers, key, value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Show {
    /// One JSON object a line: everything.
    pub json: bool,
    /// `CreateTime:ms`
    pub timestamp: bool,
    /// `Partition:n`
    pub partition: bool,
    /// `Offset:n`
    pub offset: bool,
    /// `name:value,name:value`
    pub headers: bool,
    /// What stands behind the key, which is shown only then.
    pub key_separator: Option<String>,
    /// How keys are written.
    pub key_format: KeyFormat,
    /// For a terminal: what is no text is spelt out.
    pub spelt: bool,
}

pub(super) fn consume(config: &KafkaConfig, consume: &Consume, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let mut tail = match consume.partition {
        Some(partition) => Tail::open_partition(config, &consume.topic, partition, consume.start)?,
        None => Tail::open(config, &consume.topic, consume.start)?,
    };
    let show = Show { spelt: streams.terminal, ..consume.show.clone() };
    let mut left = consume.max_messages.unwrap_or(usize::MAX);
    let mut text = Vec::new();
    while left > 0 && !(consume.to_end && tail.at_end()) {
        text.clear();
        let progress = tail.fetch(left.min(BATCH), WAIT, &mut |partition, records| {
            for record in records {
                show.put(partition, record, &mut text);
            }
        })?;
        left -= progress.records;
        streams.out.write_all(&text)?;
        streams.out.flush()?;
    }
    Ok(())
}

impl Show {
    fn put(&self, partition: i32, record: &Record<'_>, out: &mut Vec<u8>) {
        if self.json {
            out.extend_from_slice(json_line(partition, record).as_bytes());
            out.push(b'\n');
            return;
        }
        let mut cell = |shown: bool, text: String| {
            if shown {
                out.extend_from_slice(text.as_bytes());
                out.push(b'\t');
            }
        };
        cell(self.timestamp, format!("CreateTime:{}", record.timestamp));
        cell(self.partition, format!("Partition:{partition}"));
        cell(self.offset, format!("Offset:{}", record.offset));
        cell(self.headers, headers(record));
        if let Some(separator) = &self.key_separator {
            let key = record.key.map_or(Cow::Borrowed(b"null".as_slice()), |key| self.key_format.shown(key));
            out.extend_from_slice(&self.bytes(&key));
            out.extend_from_slice(separator.as_bytes());
        }
        out.extend_from_slice(&self.bytes(record.value.unwrap_or(b"null")));
        out.push(b'\n');
    }

    /// Bytes as they are shown.
    fn bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if self.spelt { spelt(bytes) } else { Cow::Borrowed(bytes) }
    }
}

fn headers(record: &Record<'_>) -> String {
    if record.headers.is_empty() {
        return "NO_HEADERS".to_owned();
    }
    let shown = record.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value.unwrap_or(b"null"));
        format!("{}:{value}", String::from_utf8_lossy(header.key))
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use millstream_engine::link::Header;

    use super::*;

    #[test]
    fn lines_are_those_of_kafkas_own_consumer() {
        let headers = [Header { key: b"a", value: Some(b"1") }, Header { key: b"b", value: None }];
        let record = Record { offset: 7, timestamp: 5, key: Some(b"k"), value: Some(b"v"), headers: &headers };
        let shown = |show: Show, record: &Record<'_>| {
            let mut out = Vec::new();
            show.put(3, record, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(Show::default(), &record), "v\n");
        let all = Show {
            json: false,
            timestamp: true,
            partition: true,
            offset: true,
            headers: true,
            key_separator: Some(" => ".into()),
            ..Show::default()
        };
        assert_eq!(shown(all.clone(), &record), "CreateTime:5\tPartition:3\tOffset:7\ta:1,b:null\tk => v\n");
        let bare = Record { key: None, value: None, headers: &[], ..record };
        let want = "CreateTime:5\tPartition:3\tOffset:7\tNO_HEADERS\tnull => null\n";
        assert_eq!(shown(all, &bare), want);
        let number = Record { key: Some(&[0, 0, 0, 9]), value: Some(b"\x07"), ..bare };
        let show = Show { key_separator: Some(":".into()), ..Show::default() };
        assert_eq!(shown(Show { key_format: KeyFormat::Int, ..show.clone() }, &number), "9:\x07\n");
        assert_eq!(shown(Show { spelt: true, ..show }, &number), "\\x00\\x00\\x00\t:\\x07\n");
    }
}
