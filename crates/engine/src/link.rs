//! The seam to Kafka: everything a worker does with topics, groups and transactions goes through [`Link`].
//!
//! Two implementations: the `kafka` crate's over librdkafka, and [`crate::sim`] with delays, losses, fencing and crashes.
//! The engine is written against the contract here and nothing else.

use std::sync::Arc;
use std::time::Duration;

pub use millstream_codec::Header;

/// A partition of one of the worker's input topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputPartition {
    /// Index of the topic in the list of inputs that the link was made with.
    pub input: u16,
    /// Partition number.
    pub partition: i32,
}

/// One of the topics that the worker writes: index in the list of outputs that the link was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output(pub u16);

/// A record as fetched. The bytes live only as long as the call that lends them.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Offset in its partition.
    pub offset: i64,
    /// Timestamp in ms since the epoch, -1 when the record has none.
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes.
    pub value: Option<&'a [u8]>,
    /// Headers in order.
    pub headers: &'a [Header<'a>],
}

/// A record to produce.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Partition to write to.
    pub partition: i32,
    /// Timestamp in ms since the epoch, or [`NOW`].
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes.
    pub value: Option<&'a [u8]>,
    /// Headers in order.
    pub headers: &'a [Header<'a>],
}

/// In place of an [`Outgoing`] record's timestamp: that at which it is handed over. A link may hand over many such records in
/// one go.
pub const NOW: i64 = -1;

/// What the group decided. The worker answers with [`Link::assign`] or [`Link::unassign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// These partitions are now this worker's.
    Assigned(Vec<InputPartition>),
    /// These partitions go to somebody else.
    Revoked {
        /// The partitions.
        partitions: Vec<InputPartition>,
        /// They are gone already (session lost): nothing of them can be committed any more.
        lost: bool,
    },
}

/// Why a call failed, by what the worker must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing happened yet; the same call may succeed later.
    #[error("{0}")]
    Retry(String),
    /// The open epoch is lost: abort it, rewind, go on with the same producer.
    #[error("{0}")]
    Abort(String),
    /// The producer is dead (fenced, transaction timed out): [`Link::recover`], then rewind and go on.
    #[error("{0}")]
    Fenced(String),
    /// The group has another member of this name: the link is dead for good. One that is opened anew takes the name back; two
    /// processes that both do that take it from each other for ever, so the caller must know when to let go.
    #[error("{0}")]
    Replaced(String),
    /// The group has heard too little of this member, and the link is dead for good. Nobody else has its name: one that is opened
    /// anew goes on.
    #[error("{0}")]
    Expired(String),
    /// Going on is pointless without a person: topic deleted, not authorised, record refused for ever.
    #[error("{0}")]
    Fatal(String),
    /// The process is to die here, at once and without clean-up. Only the simulation says so.
    #[error("crash")]
    Crash,
}

/// What a fetch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fetched {
    /// Records lent.
    pub records: usize,
    /// The partition's end was reached (the partition-EOF event, never offset arithmetic).
    pub end: bool,
}

/// Ends the wait of a thread from any other.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// One worker's consumer, in a group, and its producer. Used by one thread; no call blocks longer than it says.
pub trait Link {
    /// Serves group events and delivery reports; waits at most `wait` when there is nothing.
    fn poll(&mut self, wait: Duration) -> Result<Option<Event>, LinkError>;

    /// Whether the worker is far behind its inputs: results of a moment ago may wait in the producer for others then, for less
    /// than an epoch. Before each [`Link::poll`] that may wait.
    fn set_behind(&mut self, _behind: bool) {}

    /// Accepts an assignment and starts fetching. Returns for each partition the offset of the first record to come: the
    /// group's committed offset, else where the reset policy points – and then that offset is committed at once, so
    /// that a crash before the first epoch cannot move the start.
    fn assign(&mut self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError>;

    /// Answers a revocation, after the last epoch with those partitions has ended.
    fn unassign(&mut self, partitions: &[InputPartition]) -> Result<(), LinkError>;

    /// Lends up to `max` records of an assigned partition that are already here, in offset order. Never waits.
    fn fetch(
        &mut self,
        from: InputPartition,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError>;

    /// The group's committed offsets of assigned partitions, waited for while a transaction about them is pending
    /// (`Retry` while it is). The truth after any failure: a commit whose answer was lost may have happened.
    fn committed(&mut self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError>;

    /// Moves assigned partitions to these offsets; what was fetched ahead is forgotten.
    fn seek(&mut self, to: &[(InputPartition, i64)]) -> Result<(), LinkError>;

    /// Fetches nothing more of an assigned partition, whose records come from elsewhere, until [`Link::seek`] moves it.
    /// `false`: this link cannot do that, and nothing has changed.
    fn hold(&mut self, _from: InputPartition) -> Result<bool, LinkError> {
        Ok(false)
    }

    /// Ends the wait of [`Link::poll`] from other threads; `None`: nothing else can.
    fn waker(&self) -> Option<Waker> {
        None
    }

    /// Lends committed records of a partition of an output, which is the worker's changelog: the first call begins at the
    /// partition's first record, each other one goes on where the last one ended. `end`: everything that had been written
    /// when it began has been lent, and nothing of it is pending any more. Never waits.
    fn restore(
        &mut self,
        changelog: Output,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError>;

    /// Has the next [`Link::restore`] of that partition begin at this offset; `false`: the partition has no such place, it
    /// begins later or ends before, and nothing was done.
    fn begin_restore(&mut self, _changelog: Output, _partition: i32, _from: i64) -> Result<bool, LinkError> {
        Ok(false)
    }

    /// Nobody wants more of that partition; the next [`Link::restore`] begins anew.
    fn end_restore(&mut self, changelog: Output, partition: i32);

    /// How many partitions an output has.
    fn partitions(&self, output: Output) -> i32;

    /// The largest record (key and value bytes) that an output takes.
    fn max_record_bytes(&self, output: Output) -> usize;

    /// Starts an epoch's transaction. Without transactions: nothing.
    fn begin(&mut self) -> Result<(), LinkError>;

    /// Hands records to the producer, in order per partition, without waiting for acknowledgement.
    /// Waits only while the producer's own bounded queue is full. An error means that the epoch cannot succeed.
    fn produce(&mut self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError>;

    /// Waits until everything produced is acknowledged. `Abort` if anything was not.
    fn flush(&mut self) -> Result<(), LinkError>;

    /// Commits the epoch: with transactions the produced records and these next offsets together (with live group
    /// metadata, so that a stale member is refused), else the offsets alone. Call [`Link::flush`] first.
    /// `Retry`: the outcome is not known yet, call again with the same offsets. `Abort`: refused, nothing was committed.
    fn commit(&mut self, offsets: &[(InputPartition, i64)]) -> Result<(), LinkError>;

    /// Drops the open epoch's records: nobody reading committed ever sees them. Without transactions: forgets undelivered
    /// ones. Nothing to do when nothing is open.
    fn abort(&mut self) -> Result<(), LinkError>;

    /// Replaces a dead producer by a new one of the same identity, which ends whatever the old one left open.
    fn recover(&mut self) -> Result<(), LinkError>;

    /// Leaves the group. The worker has ended its epoch; revocations that follow come through [`Link::poll`].
    fn leave(&mut self) -> Result<(), LinkError>;
}
