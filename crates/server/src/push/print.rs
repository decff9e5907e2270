//! The thread of one PRINT: records of a topic as lines of text.

use std::fmt::Write as _;
use std::time::Duration;

use arrow::temporal_conversions::timestamp_ms_to_datetime;
use bytes::Bytes;
use millstream_engine::link::Record;
use millstream_schemas::Registry;

use super::TopicReader;
use super::guess::Guess;
use super::outlet::{Chunk, Gone, Outlet};
use crate::rest::{ApiError, SERVER_ERROR};

/// Records taken from the topic at once.
const RECORDS_MAX: usize = 500;
/// Longest wait for records; it bounds how fast a vanished client is noticed.
const WAIT: Duration = Duration::from_millis(100);

/// What is printed and where the lines go.
pub(crate) struct PrintJob {
    /// The topic.
    pub(crate) reader: Box<dyn TopicReader>,
    /// Only each n-th record is shown, the first included.
    pub(crate) interval: u64,
    /// Records still to be shown, if limited.
    pub(crate) limit: Option<u64>,
    /// Where the schemas of records stand.
    pub(crate) registry: Registry,
    /// To the client.
    pub(crate) outlet: Outlet,
}

impl PrintJob {
    /// Runs until the limit is reached or the client is gone.
    pub(crate) fn run(self) {
        let Self { mut reader, interval, limit, registry, outlet } = self;
        let mut lines = Lines::new(interval, limit, registry);
        let ended = pump(&mut *reader, &mut lines, &outlet);
        if ended.and_then(|()| outlet.send(Chunk::End)).is_err() {
            tracing::debug!(query = outlet.id(), "the client of a PRINT is gone");
        }
    }
}

fn pump(reader: &mut dyn TopicReader, lines: &mut Lines, outlet: &Outlet) -> Result<(), Gone> {
    while lines.left != Some(0) && !outlet.is_cancelled() {
        if outlet.is_gone() {
            return Err(Gone);
        }
        if let Err(cause) = reader.fetch(RECORDS_MAX, WAIT, &mut |partition, records| lines.add(partition, records)) {
            tracing::warn!(query = outlet.id(), cause, "PRINT has failed");
            lines.text.push_str(&ApiError::generic(SERVER_ERROR, cause).json());
            lines.text.push('\n');
            lines.left = Some(0);
        }
        if !lines.text.is_empty() {
            outlet.send(Chunk::Text(Bytes::from(std::mem::take(&mut lines.text))))?;
        }
    }
    Ok(())
}

/// Records as lines.
struct Lines {
    interval: u64,
    left: Option<u64>,
    /// Records seen.
    count: u64,
    keys: Guess,
    values: Guess,
    /// The formats told last, of keys and of values.
    told: (String, String),
    text: String,
}

impl Lines {
    fn new(interval: u64, left: Option<u64>, registry: Registry) -> Self {
        let (keys, values) = (Guess::of_keys(registry.clone()), Guess::of_values(registry));
        Self { interval: interval.max(1), left, count: 0, keys, values, told: Default::default(), text: String::new() }
    }

    /// Adds a run of records. All of them are looked at before the first is shown, so that formats change rarely.
    fn add(&mut self, partition: i32, records: &[Record<'_>]) {
        for record in records {
            self.keys.learn(record.key);
            self.values.learn(record.value);
        }
        for record in records {
            let shown = self.count.is_multiple_of(self.interval);
            self.count += 1;
            if !shown || self.left == Some(0) {
                continue;
            }
            self.tell_formats();
            self.left = self.left.map(|n| n - 1);
            let (key, value) = (self.keys.text(record.key), self.values.text(record.value));
            // Writing to a string cannot fail.
            let _ = writeln!(
                self.text,
                "rowtime: {}, key: {key}, value: {value}, partition: {partition}",
                time(record.timestamp)
            );
        }
    }

    fn tell_formats(&mut self) {
        let (keys, values) = (self.keys.names(), self.values.names());
        if self.told.0 != keys {
            let _ = writeln!(self.text, "Key format: {keys}");
            self.told.0 = keys;
        }
        if self.told.1 != values {
            let _ = writeln!(self.text, "Value format: {values}");
            self.told.1 = values;
        }
    }
}

/// `2021/03/04 05:06:07.890 Z`; `N/A`: the record has none.
fn time(ms: i64) -> String {
    if ms < 0 {
        return "N/A".to_owned();
    }
    let time = timestamp_ms_to_datetime(ms);
    time.map_or_else(|| "N/A".to_owned(), |time| time.format("%Y/%m/%d %H:%M:%S%.3f Z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(offset: i64, key: Option<&'a str>, value: Option<&'a str>) -> Record<'a> {
        Record {
            offset,
            timestamp: if offset == 2 { -1 } else { 1_614_834_367_890 },
            key: key.map(str::as_bytes),
            value: value.map(str::as_bytes),
            headers: &[],
        }
    }

    #[test]
    fn formats_are_told_when_they_change() {
        let mut lines = Lines::new(1, None, Registry::none());
        lines.add(0, &[record(0, None, Some("{\"abc\": 1}")), record(1, None, None)]);
        lines.add(1, &[record(2, Some("k"), Some("text"))]);
        assert_eq!(
            lines.text,
            "Key format: ¯\\_(ツ)_/¯ - no data processed\n\
             Value format: JSON or KAFKA_STRING\n\
             rowtime: 2021/03/04 05:06:07.890 Z, key: <null>, value: {\"abc\":1}, partition: 0\n\
             rowtime: 2021/03/04 05:06:07.890 Z, key: <null>, value: <null>, partition: 0\n\
             Key format: KAFKA_STRING\n\
             Value format: KAFKA_STRING\n\
             rowtime: N/A, key: k, value: text, partition: 1\n"
        );
    }

    #[test]
    fn intervals_and_limits() {
        let run: Vec<Record<'_>> = (0..10).map(|n| record(n, Some("k"), Some("v"))).collect();
        let shown = |interval, limit| {
            let mut lines = Lines::new(interval, limit, Registry::none());
            lines.add(0, &run[..4]);
            lines.add(0, &run[4..]);
            (lines.text.matches("rowtime").count(), lines.left)
        };
        assert_eq!(shown(1, None), (10, None));
        assert_eq!(shown(3, None), (4, None));
        assert_eq!(shown(3, Some(2)), (2, Some(0)));
        assert_eq!(shown(0, Some(20)), (10, Some(10)));
    }
}
