//! A link of one task: it collects what the task produces until the epoch ends. Everything else is done around it.

use std::time::Duration;

use millstream_engine::driver::TopicRecord;
use millstream_engine::link::{Event, Fetched, InputPartition, Link, LinkError, Outgoing, Output, Record};
use millstream_engine::query::SINK;

/// What a task has produced to its output in the open epoch, with the partitions.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) records: Vec<(i32, TopicRecord)>,
    /// Partitions of the output.
    pub(crate) partitions: i32,
}

impl Link for Collected {
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
        self.partitions
    }

    fn max_record_bytes(&self, _output: Output) -> usize {
        usize::MAX
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn produce(&mut self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        if output == SINK {
            self.records.extend(records.map(|record| {
                let bytes = TopicRecord {
                    key: record.key.map(<[u8]>::to_vec),
                    value: record.value.map(<[u8]>::to_vec),
                    timestamp: record.timestamp,
                    headers: Vec::new(),
                };
                (record.partition, bytes)
            }));
        }
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
