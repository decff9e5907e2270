//! A worker's end of a shared reading.

use std::sync::Arc;

use millstream_plan::topology::SourceNode;

use super::chunk::Chunk;
use super::reading::Reading;
use crate::link::Waker;

/// What a worker takes of a partition that it follows.
#[derive(Debug)]
pub enum Taken {
    /// Nothing is here; `end`: nor was there more at the last look.
    Nothing {
        /// The partition's end has been reached.
        end: bool,
    },
    /// Records.
    Chunk {
        /// They, maybe with some that the worker has had before.
        chunk: Arc<Chunk>,
        /// The partition's end has been reached behind them.
        end: bool,
    },
    /// The worker reads for itself again, from where it is.
    Gone,
}

/// A worker's part in the reading of a source; ends when dropped.
pub struct Subscription {
    reading: Arc<Reading>,
    member: u64,
    source: SourceNode,
}

impl Subscription {
    pub(super) fn new(reading: Arc<Reading>, source: &SourceNode, wake: Waker) -> Self {
        let member = reading.enter(source, wake);
        Self { reading, member, source: source.clone() }
    }

    /// What the worker reads of it.
    pub fn source(&self) -> &SourceNode {
        &self.source
    }

    /// Follows a partition from that offset on, if others do and are there; `at_end`: the worker has seen its end. False: the
    /// worker goes on by itself, and may ask again.
    pub fn join(&self, partition: i32, offset: i64, at_end: bool) -> bool {
        self.reading.join(self.member, partition, offset, at_end, &self.source)
    }

    /// What is here of a partition. Never waits.
    pub fn take(&self, partition: i32) -> Taken {
        self.reading.next(self.member, partition)
    }

    /// Follows a partition no more.
    pub fn leave(&self, partition: i32) {
        self.reading.leave(self.member, partition);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.reading.exit(self.member);
    }
}
