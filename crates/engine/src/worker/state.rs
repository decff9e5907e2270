//! What the operators of a task keep, in memory or on disk, and in the changelog.
//!
//! The truth is the changelog topic: a record a key of an operator, in the partition of the task, written in the transaction
//! of the epoch that changed it. Here stands the same as of the last committed epoch, and what the open one changes above
//! it, so that an epoch that is undone costs no reading. A key begins with the number of its operator among those that keep
//! something.
//!
//! When the states of a process have no room in memory, some of them go on on disk ([`Committed::Disk`]): their operators
//! keep in memory what they use, and nothing else about them changes.

use std::time::Duration;

use millstream_state::{Change, HashSnapshot, HashStore};

use super::aside::{Aside, Done, Reading};
use super::copying::Copying;
use super::image::{Committed, LARGE};
use super::on_disk::{OnDisk, indexes};
use super::pending::Pending;
use crate::copies::{Copies, Here, LocalCopies, Share};
use crate::error::EngineError;
use crate::link::{Link, NOW, Outgoing, Record};
use crate::operator::Operator;
use crate::query::CHANGELOG;

/// Records of a changelog that are taken in one go.
const RESTORE_ROWS_MAX: usize = 8192;

/// The state of one task.
pub(super) struct TaskState {
    partition: i32,
    committed: Committed,
    share: Share,
    /// Others know that the task is here.
    here: Option<Here>,
    ready: bool,
    /// Which offset of the changelog comes next while it is restored.
    position: i64,
    /// Where its restore has got to.
    source: Source,
    course: Course,
    /// Keys from which on operators take in what they use instead of all there is.
    lean_from: usize,
    /// How far the next local copy is.
    pub(super) copying: Copying,
    /// Changes that are about to go into the committed image.
    pending: Pending,
}

/// What a state is restored from.
enum Source {
    /// Nobody has looked for a local copy yet, unless it is this one.
    Unknown(Option<Reading>),
    /// A local copy. The changelog is open already where it goes on.
    Copy(Reading),
    /// The changelog: from its beginning, or from where a copy ended.
    Changelog,
    /// All of it is there; the operators are given theirs.
    Operators(Aside<Result<Vec<Box<dyn Operator>>, EngineError>>),
}

/// When a restore came so far, on the worker's clock.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Course {
    /// It was begun.
    pub(super) began: Duration,
    /// The local copy was there; `None`: there was none.
    pub(super) copied: Option<Duration>,
    /// The changelog was read to its end.
    pub(super) read: Duration,
    /// Records of the changelog.
    pub(super) records: usize,
    /// The operators have what they keep.
    pub(super) loaded: Duration,
}

impl TaskState {
    /// A state that has yet to be restored.
    pub(super) fn new(partition: i32) -> Self {
        Self {
            partition,
            committed: Committed::Memory(Box::new(HashStore::new(seed(partition)))),
            share: Share::default(),
            here: None,
            ready: false,
            position: 0,
            source: Source::Unknown(None),
            course: Course::default(),
            lean_from: LARGE,
            copying: Copying::default(),
            pending: Pending::default(),
        }
    }

    /// The same, whose local copy may be on its way already.
    pub(super) fn with(self, reading: Option<Reading>) -> Self {
        Self { source: Source::Unknown(reading), ..self }
    }

    /// When its restore came how far.
    pub(super) fn course(&self) -> Course {
        self.course
    }

    /// The last committed epoch, if it is in memory.
    pub(super) fn snapshot(&self) -> Option<HashSnapshot> {
        self.committed.snapshot()
    }

    /// The last committed epoch, if it is on disk.
    pub(super) fn on_disk(&self) -> Option<&OnDisk> {
        match &self.committed {
            Committed::Disk(disk) => Some(disk),
            Committed::Memory(_) => None,
        }
    }

    /// Whether it is all there.
    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Which offset of the changelog comes next while it is not all there.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// Keys and bytes of it.
    pub(super) fn size(&self) -> (usize, usize) {
        self.committed.size()
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.share.bytes()
    }

    /// Reads more of what is here of it, if anything is, then of the changelog; the number of records read. At its end the
    /// operators are loaded.
    ///
    /// # Errors
    /// Kafka or the disk cannot be read, or what they hold is damaged.
    pub(super) fn restore(
        &mut self,
        link: &mut dyn Link,
        operators: &mut Vec<Box<dyn Operator>>,
        copies: &LocalCopies,
        now: Duration,
    ) -> Result<usize, EngineError> {
        if let Source::Unknown(reading) = &mut self.source {
            let reading = reading.take();
            self.course.began = now;
            self.begin(link, copies, reading, operators)?;
        }
        let copies = copies.0.as_deref();
        match &self.source {
            Source::Copy(_) => Ok(self.restore_copy(link, copies, now)),
            Source::Operators(_) => self.restore_operators(operators, now),
            _ => self.restore_changelog(link, operators, copies, now),
        }
    }

    /// Looks for what an earlier run has left.
    fn begin(
        &mut self,
        link: &mut dyn Link,
        copies: &LocalCopies,
        reading: Option<Reading>,
        operators: &[Box<dyn Operator>],
    ) -> Result<(), EngineError> {
        self.source = Source::Changelog;
        let Some(copies) = &copies.0 else { return Ok(()) };
        self.share = Share::of(copies.memory());
        self.lean_from = copies.lean_from().unwrap_or(LARGE);
        let (here, known) = Here::begin(copies, self.partition);
        self.here = Some(here);
        if let Some((store, stamp)) = known.and_then(|store| store.stamp().map(|stamp| (store, stamp)))
            && link.begin_restore(CHANGELOG, self.partition, stamp)?
        {
            (self.committed, self.position) = (Committed::Memory(Box::new(store)), stamp);
            return Ok(());
        }
        // Operators of an earlier release may have gone on on disk where these cannot.
        if let Some((image, stamp)) = copies.spilled(self.partition).filter(|_| Self::may_spill(operators)) {
            if link.begin_restore(CHANGELOG, self.partition, stamp)? {
                self.committed = Committed::Disk(Box::new(OnDisk::new(image, indexes(operators))));
                self.position = stamp;
            }
        } else if let Some(reading) = reading.or_else(|| Reading::begin(copies.as_ref(), self.partition)) {
            // The copy is read on a thread of its own while the changelog is opened.
            match link.begin_restore(CHANGELOG, self.partition, reading.stamp) {
                Ok(true) => {
                    self.position = reading.stamp;
                    self.source = Source::Copy(reading);
                }
                Ok(false) => copies.discard(self.partition, "the changelog does not go on where it ends"),
                Err(error) => {
                    self.source = Source::Unknown(Some(reading));
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Takes the store that the local copy has become, once it is there: the changelog goes on behind it. One that is worth
    /// nothing is forgotten.
    fn restore_copy(&mut self, link: &mut dyn Link, copies: Option<&dyn Copies>, now: Duration) -> usize {
        let Source::Copy(reading) = &self.source else { return 0 };
        let cause = match reading.store.take() {
            Done::Not => return 0,
            Done::With(Ok(store)) => {
                let keys = store.len();
                self.committed = Committed::Memory(Box::new(store));
                (self.source, self.course.copied) = (Source::Changelog, Some(now));
                return keys.max(1);
            }
            Done::With(Err(cause)) => cause,
            Done::Lost => "nobody could read it".to_owned(),
        };
        if let Some(copies) = copies {
            copies.discard(self.partition, &cause);
        }
        link.end_restore(CHANGELOG, self.partition);
        (self.source, self.position) = (Source::Changelog, 0);
        1
    }

    /// Takes the operators once they have what they keep.
    fn restore_operators(
        &mut self,
        operators: &mut Vec<Box<dyn Operator>>,
        now: Duration,
    ) -> Result<usize, EngineError> {
        let Source::Operators(loading) = &self.source else { return Ok(0) };
        match loading.take() {
            Done::Not => return Ok(0),
            Done::With(loaded) => *operators = loaded?,
            Done::Lost => return Err(EngineError::Query("the thread that loaded a state has died".into())),
        }
        self.source = Source::Changelog;
        self.course.loaded = now;
        self.ready = true;
        Ok(1)
    }

    fn restore_changelog(
        &mut self,
        link: &mut dyn Link,
        operators: &mut Vec<Box<dyn Operator>>,
        copies: Option<&dyn Copies>,
        now: Duration,
    ) -> Result<usize, EngineError> {
        let mut damage: Option<EngineError> = None;
        let Self { committed, position, copying: Copying { changed, .. }, .. } = self;
        let found = link.restore(CHANGELOG, self.partition, RESTORE_ROWS_MAX, &mut |records: &[Record<'_>]| {
            let size = |record: &Record<'_>| record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
            *changed += records.iter().map(size).sum::<usize>();
            *position = records.last().map_or(*position, |last| last.offset + 1);
            if damage.is_none()
                && let Err(error) = committed.restore(records)
            {
                damage = Some(error);
            }
        })?;
        if let Some(error) = damage {
            return Err(error);
        }
        self.account();
        if self.share.is_exceeded() && Self::may_spill(operators) {
            self.spill(copies, operators)?;
        }
        self.course.records += found.records;
        if found.end {
            link.end_restore(CHANGELOG, self.partition);
            self.course.read = now;
            let (loader, mut fresh) = (self.committed.loader(self.lean_from), std::mem::take(operators));
            let load = move || loader.load(&mut fresh).map(|()| fresh);
            self.source = Source::Operators(Aside::begin(copies, ("operators loaded", self.partition), load));
        }
        Ok(found.records)
    }

    /// Gives fresh operators what they have kept, as of the last committed epoch.
    pub(super) fn load(&self, operators: &mut [Box<dyn Operator>]) -> Result<(), EngineError> {
        self.committed.loader(self.lean_from).load(operators)
    }

    /// Takes what the operators have changed and hands it to the producer.
    pub(super) fn persist(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        link: &mut dyn Link,
    ) -> Result<(), EngineError> {
        let Self { committed, pending, partition, .. } = self;
        for (ordinal, operator) in operators.iter_mut().filter(|o| o.keeps_state()).enumerate() {
            let ordinal = u8::try_from(ordinal).map_err(|_| EngineError::Query("too many steps keep state".into()))?;
            operator.save(&mut |key, value| pending.push(ordinal, key, value, committed))?;
        }
        pending.flush(committed)?;
        let limit = link.max_record_bytes(CHANGELOG);
        let size = |(key, value): Change<'_>| key.len() + value.map_or(0, <[u8]>::len);
        let (mut count, mut bytes, mut largest) = (0, 0, 0);
        for change in committed.changes() {
            let size = size(change);
            (count, bytes, largest) = (count + 1, bytes + size, largest.max(size));
        }
        if count == 0 {
            return Ok(());
        }
        if largest > limit {
            return Err(EngineError::Query(format!(
                "the state of one group has {largest} bytes, its changelog takes records of {limit}: raise the topic's \
                 max.message.bytes, or keep less"
            )));
        }
        self.copying.changed += bytes;
        let partition = *partition;
        let mut records = self.committed.changes().map(|(key, value)| Outgoing {
            partition,
            timestamp: NOW,
            key: Some(key),
            value,
            headers: &[],
        });
        Ok(link.produce(CHANGELOG, &mut records).map_err(super::in_doubt)?)
    }

    /// The epoch is committed. Error: the disk cannot be written; the changelog has it all.
    pub(super) fn commit(&mut self) -> Result<(), EngineError> {
        self.committed.commit()?;
        self.account();
        Ok(())
    }

    /// The epoch is undone.
    pub(super) fn abort(&mut self) {
        self.committed.abort();
    }

    fn account(&mut self) {
        self.share.set(self.committed.memory());
    }

    /// Whether the states of the process take more memory than there is.
    pub(super) fn is_memory_exceeded(&self) -> bool {
        self.share.is_exceeded()
    }

    /// Whether operators can do with a state on disk.
    pub(super) fn may_spill(operators: &[Box<dyn Operator>]) -> bool {
        operators.iter().filter(|operator| operator.keeps_state()).all(|operator| operator.can_be_on_disk())
    }

    /// Goes on on disk, between two epochs; the operators have to be made anew. Error: the disk cannot be written.
    pub(super) fn spill(
        &mut self,
        copies: Option<&dyn Copies>,
        operators: &[Box<dyn Operator>],
    ) -> Result<(), EngineError> {
        let (Some(copies), Committed::Memory(_)) = (copies, &self.committed) else { return Ok(()) };
        let image = copies.spill(self.partition).map_err(EngineError::Query)?;
        self.committed.spill(Box::new(OnDisk::new(image, indexes(operators))))?;
        self.account();
        Ok(())
    }

    /// Whether the operators should be made anew: they have taken in as much from disk as they may keep.
    pub(super) fn is_crowded(&self, operators: &[Box<dyn Operator>]) -> bool {
        self.committed.is_crowded(operators)
    }

    /// Nobody knows what is committed: from the beginning.
    pub(super) fn begin_anew(&mut self, link: &mut dyn Link) {
        link.end_restore(CHANGELOG, self.partition);
        *self = Self::new(self.partition);
    }
}

/// The same for every process, so that runs of the simulation repeat.
pub(super) fn seed(partition: i32) -> u64 {
    u64::from(partition.unsigned_abs())
}
