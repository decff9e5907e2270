//! What the operators of a task keep, in memory and in the changelog.
//!
//! The truth is the changelog topic: a record a key of an operator, in the partition of the task, written in the transaction
//! of the epoch that changed it. Here stands the same as of the last committed epoch, and what the open one changes above
//! it, so that an epoch that is undone costs no reading. A key begins with the number of its operator among those that keep
//! something.

use millstream_state::{CopyReader, HashSnapshot, HashStore, StateError};

use super::copying::Copying;
use crate::copies::LocalCopies;
use crate::error::EngineError;
use crate::link::{Link, NOW, Outgoing, Record};
use crate::operator::Operator;
use crate::query::CHANGELOG;

/// Records of a changelog that are taken in one go.
const RESTORE_ROWS_MAX: usize = 8192;

/// The state of one task.
pub(super) struct TaskState {
    partition: i32,
    store: HashStore,
    ready: bool,
    /// Which offset of the changelog comes next while it is restored.
    position: i64,
    /// Where its restore has got to.
    source: Source,
    /// How far the next local copy is.
    pub(super) copying: Copying,
    /// Bytes of a key and of what is to be written.
    key: Vec<u8>,
}

impl TaskState {
    /// A state that has yet to be restored.
    pub(super) fn new(partition: i32) -> Self {
        Self {
            partition,
            store: HashStore::new(seed(partition)),
            ready: false,
            position: 0,
            source: Source::Unknown,
            copying: Copying::default(),
            key: Vec::new(),
        }
    }

    /// The last committed epoch.
    pub(super) fn snapshot(&self) -> HashSnapshot {
        self.store.reader().snapshot()
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
        (self.store.len(), self.store.bytes())
    }

    /// Reads more of the local copy, if there is one, then of the changelog; the number of records read. At its end the
    /// operators are loaded.
    ///
    /// # Errors
    /// Kafka cannot be read, or what it holds is damaged.
    pub(super) fn restore(
        &mut self,
        link: &mut dyn Link,
        operators: &mut [Box<dyn Operator>],
        copies: &LocalCopies,
    ) -> Result<usize, EngineError> {
        if let Source::Unknown = self.source {
            self.source = match copies.0.as_ref().and_then(|copies| copies.open(self.partition)) {
                Some(copy) => Source::Copy(Box::new(copy)),
                None => Source::Changelog,
            };
        }
        match &mut self.source {
            Source::Copy(_) => self.restore_copy(link, copies),
            _ => self.restore_changelog(link, operators),
        }
    }

    /// Reads more of the local copy; behind its end the changelog goes on. One that is worth nothing is forgotten.
    fn restore_copy(&mut self, link: &mut dyn Link, copies: &LocalCopies) -> Result<usize, EngineError> {
        let Source::Copy(copy) = &mut self.source else { return Ok(0) };
        let mut read = 0;
        let cause = loop {
            match copy.load(&mut self.store) {
                Ok(Some(entries)) => read += entries,
                Ok(None) => {
                    let stamp = copy.header().stamp;
                    if link.begin_restore(CHANGELOG, self.partition, stamp)? {
                        (self.source, self.position) = (Source::Changelog, stamp);
                        return Ok(read.max(1));
                    }
                    break "the changelog does not go on where it ends".to_owned();
                }
                Err(error) => break error.to_string(),
            }
            if read >= RESTORE_ROWS_MAX {
                return Ok(read);
            }
        };
        if let Some(copies) = &copies.0 {
            copies.discard(self.partition, &cause);
        }
        *self = Self { source: Source::Changelog, ..Self::new(self.partition) };
        Ok(read.max(1))
    }

    fn restore_changelog(
        &mut self,
        link: &mut dyn Link,
        operators: &mut [Box<dyn Operator>],
    ) -> Result<usize, EngineError> {
        let mut damage: Option<StateError> = None;
        let (store, position, changed) = (&mut self.store, &mut self.position, &mut self.copying.changed);
        let found = link.restore(CHANGELOG, self.partition, RESTORE_ROWS_MAX, &mut |records: &[Record<'_>]| {
            for record in records {
                *position = record.offset + 1;
                *changed += record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
                if damage.is_none()
                    && let Err(error) = store.restore(record.offset, record.key, record.value)
                {
                    damage = Some(error);
                }
            }
        })?;
        if let Some(error) = damage {
            return Err(failed(&error));
        }
        if found.end {
            link.end_restore(CHANGELOG, self.partition);
            self.load(operators)?;
            self.ready = true;
        }
        Ok(found.records)
    }

    /// Gives fresh operators what they have kept, as of the last committed epoch.
    pub(super) fn load(&self, operators: &mut [Box<dyn Operator>]) -> Result<(), EngineError> {
        let mut keeping: Vec<&mut Box<dyn Operator>> = operators.iter_mut().filter(|o| o.keeps_state()).collect();
        for (key, value) in self.store.iter() {
            let Some((ordinal, key)) = key.split_first() else { continue };
            // Of a step that the query no longer has.
            let Some(operator) = keeping.get_mut(usize::from(*ordinal)) else { continue };
            operator.load(key, value)?;
        }
        keeping.iter_mut().for_each(|operator| operator.track());
        Ok(())
    }

    /// Takes what the operators have changed and hands it to the producer.
    pub(super) fn persist(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        link: &mut dyn Link,
    ) -> Result<(), EngineError> {
        let Self { store, key: whole, partition, .. } = self;
        for (ordinal, operator) in operators.iter_mut().filter(|o| o.keeps_state()).enumerate() {
            let ordinal = u8::try_from(ordinal).map_err(|_| EngineError::Query("too many steps keep state".into()))?;
            operator.save(&mut |key, value| {
                whole.clear();
                whole.push(ordinal);
                whole.extend_from_slice(key);
                store.put(whole, value).map_err(|error| failed(&error))
            })?;
        }
        if !store.is_dirty() {
            return Ok(());
        }
        let limit = link.max_record_bytes(CHANGELOG);
        let size = |(key, value): (&[u8], Option<&[u8]>)| key.len() + value.map_or(0, <[u8]>::len);
        if let Some(bytes) = store.changes().map(size).find(|bytes| *bytes > limit) {
            return Err(EngineError::Query(format!(
                "the state of one group has {bytes} bytes, its changelog takes records of {limit}: raise the topic's \
                 max.message.bytes, or keep less"
            )));
        }
        self.copying.changed += store.changes().map(size).sum::<usize>();
        let partition = *partition;
        let mut records = store.changes().map(|(key, value)| Outgoing {
            partition,
            timestamp: NOW,
            key: Some(key),
            value,
            headers: &[],
        });
        Ok(link.produce(CHANGELOG, &mut records).map_err(super::in_doubt)?)
    }

    /// The epoch is committed.
    pub(super) fn commit(&mut self) {
        self.store.commit(None);
    }

    /// The epoch is undone.
    pub(super) fn abort(&mut self) {
        self.store.abort();
    }

    /// Nobody knows what is committed: from the beginning.
    pub(super) fn begin_anew(&mut self, link: &mut dyn Link) {
        link.end_restore(CHANGELOG, self.partition);
        *self = Self::new(self.partition);
    }
}

/// What a state is restored from.
#[derive(Debug)]
enum Source {
    /// Nobody has looked for a local copy yet.
    Unknown,
    /// A local copy.
    Copy(Box<CopyReader>),
    /// The changelog: from its beginning, or from where a copy ended.
    Changelog,
}

/// The same for every process, so that runs of the simulation repeat.
fn seed(partition: i32) -> u64 {
    u64::from(partition.unsigned_abs())
}

fn failed(error: &StateError) -> EngineError {
    EngineError::Query(format!("state: {error}"))
}
