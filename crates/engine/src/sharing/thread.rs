//! Who reads and decodes for everybody.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use millstream_plan::topology::SourceNode;

use super::chunk::{Chunk, Content};
use super::reading::Reading;
use super::{Found, TopicReader};
use crate::error::EngineError;
use crate::feed::Feed;
use crate::ledger::{Ledger, RawRecord};
use crate::link::{InputPartition, Record};
use crate::worker::BATCH_ROWS_MAX;

/// Longest wait when nothing comes, and when somebody is waited for.
const IDLE_WAIT: Duration = Duration::from_millis(500);
const HELD_UP_WAIT: Duration = Duration::from_millis(10);

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// Something; there may be more.
    Busy,
    /// Nothing: call again after a wait of at most that.
    Idle(Duration),
    /// Nobody follows: there is nothing to do any more.
    Ended,
}

/// The reading side of a source that is shared: to be stepped until it has ended.
pub struct Reads {
    reading: Arc<Reading>,
    reader: Option<Box<dyn TopicReader>>,
    decoding: Option<Decoding>,
    /// Partitions that the reader reads.
    begun: BTreeSet<i32>,
    turn: usize,
}

struct Decoding {
    columns: Arc<SourceNode>,
    feed: Feed,
    ledger: Ledger,
}

/// What is to be done under no lock.
#[derive(Default)]
struct Plan {
    begin: Vec<(i32, i64)>,
    fetch: Vec<i32>,
    end: Vec<i32>,
    /// Some partition waits for somebody.
    waits: bool,
}

/// Gives it a thread of its own.
pub(super) fn spawn(mut reads: Reads) -> std::io::Result<()> {
    let name = format!("read-{}", reads.reading.topic());
    std::thread::Builder::new().name(name).spawn(move || {
        loop {
            match reads.step() {
                Stepped::Busy => {}
                Stepped::Idle(wait) => reads.wait(wait),
                Stepped::Ended => return,
            }
        }
    })?;
    Ok(())
}

impl Reads {
    pub(super) fn new(reading: Arc<Reading>) -> Self {
        Self { reading, reader: None, decoding: None, begun: BTreeSet::new(), turn: 0 }
    }

    /// Waits until something comes, at most that long.
    pub fn wait(&mut self, limit: Duration) {
        if let Some(reader) = &mut self.reader {
            reader.wait(limit);
        }
    }

    /// Reads a chunk of each partition that is followed and not waited for.
    pub fn step(&mut self) -> Stepped {
        match self.try_step() {
            Ok(stepped) => stepped,
            Err(error) => {
                tracing::warn!(topic = self.reading.topic(), %error, "a shared reading has failed: queries read for themselves");
                self.reading.fail();
                Stepped::Ended
            }
        }
    }

    fn try_step(&mut self) -> Result<Stepped, EngineError> {
        if self.reader.is_none() {
            let reader = (self.reading.common.open)(self.reading.topic())?;
            self.reading.lock().bell = Some(reader.waker());
            self.reader = Some(reader);
        }
        let Some(plan) = self.plan() else { return Ok(Stepped::Ended) };
        let Some(reader) = &mut self.reader else { return Ok(Stepped::Ended) };
        for partition in plan.end {
            reader.end(partition);
            self.begun.remove(&partition);
        }
        for (partition, from) in plan.begin {
            // One that was given up and is wanted again begins anew.
            if !self.begun.insert(partition) {
                reader.end(partition);
            }
            reader.begin(partition, from)?;
        }
        let mut any = false;
        for partition in plan.fetch {
            any |= self.read(partition)?;
        }
        Ok(match (any, plan.waits) {
            (true, _) => Stepped::Busy,
            (false, true) => Stepped::Idle(HELD_UP_WAIT),
            (false, false) => Stepped::Idle(IDLE_WAIT),
        })
    }

    /// What there is to do now; `None`: nobody wants anything any more.
    fn plan(&mut self) -> Option<Plan> {
        let (mut state, now) = (self.reading.lock(), self.reading.now());
        let mut plan = Plan::default();
        state.partitions.retain(|number, partition| {
            let kept = partition.is_followed();
            if !kept && partition.begun {
                plan.end.push(*number);
            }
            kept
        });
        if !state.is_wanted() {
            state.close();
            return None;
        }
        self.turn = self.turn.wrapping_add(1);
        let mut numbers: Vec<i32> = state.partitions.keys().copied().collect();
        let first = self.turn % numbers.len().max(1);
        numbers.rotate_left(first);
        for number in numbers {
            if let Some(partition) = state.partitions.get_mut(&number).filter(|partition| !partition.begun) {
                partition.begun = true;
                plan.begin.push((number, partition.next));
            }
            if state.waits(number, now, self.reading.common.waiting_bytes) {
                plan.waits = true;
            } else {
                plan.fetch.push(number);
            }
        }
        if self.decoding.as_ref().is_none_or(|decoding| !Arc::ptr_eq(&decoding.columns, &state.columns)) {
            self.decoding = None;
        }
        Some(plan)
    }

    /// Reads what is here of a partition; whether there was anything.
    fn read(&mut self, partition: i32) -> Result<bool, EngineError> {
        if self.decoding.is_none() {
            let columns = Arc::clone(&self.reading.lock().columns);
            let feed = Feed::new(&columns, &self.reading.registry)?;
            let ledger = Ledger::new("", vec![self.reading.topic().to_owned()]);
            self.decoding = Some(Decoding { columns, feed, ledger });
        }
        let (Some(reader), Some(decoding)) = (&mut self.reader, &mut self.decoding) else { return Ok(false) };
        let mut chunks = Vec::new();
        let Found { records, end } = reader.fetch(partition, BATCH_ROWS_MAX, &mut |records| {
            chunks.extend(decoding.decode(partition, records));
        })?;
        if records > 0 || end.is_some() {
            self.reading.lock().publish(partition, chunks, end, records >= BATCH_ROWS_MAX);
        }
        Ok(records > 0)
    }
}

impl Decoding {
    fn decode(&mut self, partition: i32, records: &[Record<'_>]) -> Option<Chunk> {
        let (first, last) = (records.first()?, records.last()?);
        let at = InputPartition { input: 0, partition };
        self.feed.push(at, records, &mut self.ledger);
        let rows = self.feed.finish(at, &mut self.ledger);
        let content = match rows {
            Ok(Some(batch)) if self.ledger.entries().is_empty() => Content::Rows(Box::new(batch)),
            _ => {
                self.feed.clear();
                Content::Records(records.iter().map(|record| (record.offset, RawRecord::of(record))).collect())
            }
        };
        self.ledger.clear();
        let bytes = match &content {
            Content::Rows(batch) => batch.rows.get_array_memory_size() + 32 * batch.len(),
            Content::Records(records) => records.iter().map(|(_, record)| 64 + record.size()).sum(),
        };
        Some(Chunk {
            from: first.offset,
            first: first.offset,
            next: last.offset + 1,
            records: records.len(),
            latest: records.iter().map(|record| record.timestamp).max().unwrap_or(i64::MIN),
            bytes,
            columns: Arc::clone(&self.columns),
            content,
        })
    }
}
