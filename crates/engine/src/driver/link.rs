//! A link that only collects what is produced: the driver hands records in by itself and knows no group.

use std::time::Duration;

use crate::driver::TopicRecord;
use crate::link::{Event, Fetched, Header, InputPartition, Link, LinkError, Outgoing, Output, Record};
use crate::query::{LATE, SINK};

/// What one query produced to its sink.
#[derive(Debug, Default)]
pub(crate) struct MemoryLink {
    /// In order.
    pub(crate) records: Vec<TopicRecord>,
    /// Late ones, in order.
    pub(crate) late: Vec<TopicRecord>,
}

impl Link for MemoryLink {
    fn poll(&mut self, _wait: Duration) -> Result<Option<Event>, LinkError> {
        Ok(None)
    }

    fn assign(&mut self, _partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        Ok(Vec::new())
    }

    fn unassign(&mut self, _partitions: &[InputPartition]) -> Result<(), LinkError> {
        Ok(())
    }

    fn fetch(
        &mut self,
        _from: InputPartition,
        _max: usize,
        _each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        Ok(Fetched::default())
    }

    fn committed(&mut self, _partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        Ok(Vec::new())
    }

    fn seek(&mut self, _to: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        Ok(())
    }

    fn restore(
        &mut self,
        _changelog: Output,
        _partition: i32,
        _max: usize,
        _each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        Ok(Fetched { records: 0, end: true })
    }

    fn end_restore(&mut self, _changelog: Output, _partition: i32) {}

    fn partitions(&self, _output: Output) -> i32 {
        1
    }

    fn max_record_bytes(&self, _output: Output) -> usize {
        // Kafka's own default would only matter for records that no memory test has.
        usize::MAX
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn produce(&mut self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        // The ledger is read as entries, not as a topic.
        let to = match output {
            SINK => &mut self.records,
            LATE => &mut self.late,
            _ => return Ok(()),
        };
        to.extend(records.map(|r| TopicRecord {
            key: r.key.map(<[u8]>::to_vec),
            value: r.value.map(<[u8]>::to_vec),
            timestamp: r.timestamp,
            headers: r.headers.iter().map(owned).collect(),
        }));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn commit(&mut self, _offsets: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        Ok(())
    }

    fn abort(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn recover(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn leave(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

fn owned(header: &Header<'_>) -> (String, Option<Vec<u8>>) {
    (String::from_utf8_lossy(header.key).into_owned(), header.value.map(<[u8]>::to_vec))
}
