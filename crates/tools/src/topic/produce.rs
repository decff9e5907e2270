//! `topic produce`: a record a line.

use std::io::BufRead as _;

use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_kafka::{KafkaConfig, Load, Loader};

use super::Streams;
use super::key::KeyFormat;
use super::line::{Headers, Line};
use crate::Stop;

/// The longest line that is taken for one record, in bytes: what brokers take is smaller by far.
const LINE_MAX: u64 = 64 * 1024 * 1024;

/// How lines become records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Produce {
    /// The topic, which must exist.
    pub topic: String,
    /// What stands between key and value; `None`: lines are values.
    pub key_separator: Option<String>,
    /// How keys are written.
    pub key_format: KeyFormat,
    /// Headers stand before it all, `name:value,name:value` and a tab, as kafka-console-producer's parse.headers.
    pub parse_headers: bool,
    /// Headers of every record.
    pub headers: Vec<(String, String)>,
    /// A key or value of this text is null.
    pub null_marker: Option<String>,
    /// All records go to this partition.
    pub partition: Option<i32>,
    /// Lines are JSON objects with key, value, headers, partition and timestamp, as `consume --json` writes them.
    pub json: bool,
}

pub(super) fn produce(config: &KafkaConfig, produce: &Produce, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let mut loader = Loader::open(config, &produce.topic)?;
    let clock = SystemClock::new();
    let mut bytes = Vec::new();
    let mut count = 0_u64;
    loop {
        bytes.clear();
        let read = std::io::Read::take(&mut *streams.input, LINE_MAX).read_until(b'\n', &mut bytes);
        if read.map_err(|e| Stop::Input(format!("the input cannot be read: {e}")))? == 0 {
            break;
        }
        let at = |problem: String| Stop::Input(format!("line {}: {problem}; {count} records were sent", count + 1));
        let line = record(produce, without_end(&bytes)).map_err(at)?;
        loader.send(&Load {
            partition: line.partition.or(produce.partition),
            timestamp: line.timestamp.unwrap_or_else(|| clock.now_ms()),
            key: line.key.as_deref(),
            value: line.value.as_deref(),
            headers: &line.lent(),
        })?;
        count += 1;
    }
    loader.flush()?;
    if streams.terminal {
        writeln!(streams.out, "{count} records.")?;
    }
    Ok(())
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The record of a line. Errors: what is wrong with it.
fn record(produce: &Produce, line: &[u8]) -> Result<Line, String> {
    let fixed = produce.headers.iter().map(|(key, value)| (key.clone(), Some(value.clone().into_bytes())));
    if produce.json {
        let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
        let mut line = Line::of_json(text)?;
        line.headers.extend(fixed);
        return Ok(line);
    }
    let mut rest = line;
    let mut headers = Vec::new();
    if produce.parse_headers {
        let (before, after) = split(rest, b"\t").ok_or("no tab behind the headers")?;
        headers = read_headers(before)?;
        rest = after;
    }
    headers.extend(fixed);
    let nullable = |bytes: &[u8]| match &produce.null_marker {
        Some(marker) if marker.as_bytes() == bytes => None,
        _ => Some(bytes.to_vec()),
    };
    let (key, value) = match &produce.key_separator {
        None => (None, nullable(rest)),
        Some(separator) => {
            let (key, value) =
                split(rest, separator.as_bytes()).ok_or_else(|| format!("no key separator '{separator}'"))?;
            let key = nullable(key).map(|key| produce.key_format.read(&key)).transpose()?;
            (key, nullable(value))
        }
    };
    Ok(Line { key, value, headers, ..Line::default() })
}

fn read_headers(text: &[u8]) -> Result<Headers, String> {
    let text = std::str::from_utf8(text).map_err(|_| "headers are not UTF-8".to_owned())?;
    text.split(',')
        .filter(|header| !header.is_empty())
        .map(|header| match header.split_once(':') {
            Some((name, value)) => Ok((name.to_owned(), Some(value.as_bytes().to_vec()))),
            None => Err(format!("header '{header}' is not name:value")),
        })
        .collect()
}

fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = (!separator.is_empty()).then(|| bytes.windows(separator.len()).position(|w| w == separator))??;
    Some((bytes.get(..at)?, bytes.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut() {
        let key = |bytes: &[u8]| Some(bytes.to_vec());
        let plain = Produce::default();
        assert_eq!(record(&plain, b"a:b").unwrap(), Line { value: key(b"a:b"), ..Line::default() });
        let keyed = Produce {
            key_separator: Some("::".into()),
            null_marker: Some("NULL".into()),
            headers: vec![("h".into(), "1".into())],
            ..Produce::default()
        };
        let headers = vec![("h".to_owned(), key(b"1"))];
        let want = Line { key: key(b"a"), value: key(b"b::c"), headers: headers.clone(), ..Line::default() };
        assert_eq!(record(&keyed, b"a::b::c").unwrap(), want);
        assert_eq!(record(&keyed, b"a::NULL").unwrap().value, None);
        let numbered = Produce { key_format: KeyFormat::Int, ..keyed.clone() };
        assert_eq!(record(&numbered, b"1::x").unwrap().key, key(&[0, 0, 0, 1]));
        assert_eq!(record(&numbered, b"NULL::x").unwrap().key, None);
        assert_eq!(record(&numbered, b"k::x").unwrap_err(), "key 'k' is no INT");
        assert!(record(&keyed, b"a").unwrap_err().contains("no key separator"));
        let headed = Produce { parse_headers: true, ..keyed };
        let line = record(&headed, b"x:1,y:a:b\tk::v").unwrap();
        let read = [("x", "1"), ("y", "a:b"), ("h", "1")].map(|(n, v)| (n.to_owned(), key(v.as_bytes())));
        assert_eq!((line.key, line.headers.as_slice()), (key(b"k"), read.as_slice()));
        assert!(record(&headed, b"x\tk::v").unwrap_err().contains("name:value"));
        assert!(record(&headed, b"k::v").unwrap_err().contains("no tab"));
    }

    #[test]
    fn ends_of_lines_are_no_part_of_values() {
        assert_eq!(without_end(b"a\r\n"), b"a");
        assert_eq!(without_end(b"a"), b"a");
    }
}
