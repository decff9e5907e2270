//! The committed state of a task as bytes: in memory, or on disk when there is no room.

use millstream_state::{Change, HashReader, HashSnapshot, HashStore, Image, Slices, StateError, Values};

use super::on_disk::OnDisk;
use crate::error::EngineError;
use crate::operator::{Operator, Saved};

/// Groups and rows that the operators of a task on disk keep in memory, about, before they start over.
const LEAN_HELD_MAX: usize = 100_000;

/// Keys beyond which a store does not fit into the processor's cache.
pub(super) const LARGE: usize = 64 * 1024;

/// The last committed epoch, and what the open one changes.
#[derive(Debug)]
pub(super) enum Committed {
    /// In memory.
    Memory(Box<HashStore>),
    /// On disk.
    Disk(Box<OnDisk>),
}

impl Committed {
    /// Keys and bytes of it, wherever they are.
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            Self::Memory(store) => (store.len(), store.bytes()),
            Self::Disk(disk) => disk.size(),
        }
    }

    /// Bytes of memory that it takes, the working form of the operators included: about as much again.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Memory(store) => store.bytes().saturating_mul(2),
            Self::Disk(disk) => disk.memory(),
        }
    }

    /// The last committed epoch, if it is in memory.
    pub(super) fn snapshot(&self) -> Option<HashSnapshot> {
        match self {
            Self::Memory(store) => Some(store.reader().snapshot()),
            Self::Disk(_) => None,
        }
    }

    /// Keys get values in the open epoch, or lose them.
    pub(super) fn put(&mut self, keys: Slices<'_>, values: &Values) -> Result<(), EngineError> {
        match self {
            Self::Memory(store) => {
                if store.len() > LARGE {
                    store.expect(keys);
                }
                store.put_batch(keys, values).map_err(|error| failed(&error))
            }
            Self::Disk(disk) => keys.iter().zip(values.iter()).try_for_each(|(key, value)| disk.put(key, value)),
        }
    }

    /// What the open epoch has changed, each key once or in order.
    pub(super) fn changes(&self) -> Box<dyn Iterator<Item = Change<'_>> + '_> {
        match self {
            Self::Memory(store) => Box::new(store.changes()),
            Self::Disk(disk) => Box::new(disk.changes()),
        }
    }

    /// Puts records of the changelog into it. Error: one of them cannot have been written by a task, or the disk cannot be
    /// written.
    pub(super) fn restore(&mut self, records: &[crate::link::Record<'_>]) -> Result<(), EngineError> {
        match self {
            Self::Memory(store) => {
                let records = records.iter().map(|record| (record.offset, record.key, record.value));
                store.restore_all(records).map_err(|error| failed(&error))
            }
            Self::Disk(disk) => {
                let keyless = records.iter().find(|record| record.key.is_none());
                if let Some(record) = keyless {
                    let error = StateError::Damaged { offset: record.offset, cause: "it has no key" };
                    return Err(failed(&error));
                }
                let changes = records.iter().filter_map(|record| Some((record.key?, record.value)));
                disk.restore(changes)
            }
        }
    }

    /// The open epoch is committed. Error: the disk cannot be written; the changelog has it all.
    pub(super) fn commit(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Memory(store) => store.commit(None),
            Self::Disk(disk) => {
                disk.commit()?;
            }
        }
        Ok(())
    }

    /// The open epoch is undone.
    pub(super) fn abort(&mut self) {
        match self {
            Self::Memory(store) => store.abort(),
            Self::Disk(disk) => disk.clear(),
        }
    }

    /// The last committed epoch, for operators that are made anew. From `lean_from` keys on those that can do so take in what
    /// they use, when they use it.
    pub(super) fn loader(&self, lean_from: usize) -> Loader {
        match self {
            Self::Memory(store) if store.len() >= lean_from.max(1) => Loader::Large(store.reader()),
            Self::Memory(store) => Loader::Memory(store.reader().snapshot()),
            Self::Disk(disk) => Loader::Disk(disk.image().clone()),
        }
    }

    /// Puts all of it into an empty image on disk, between two epochs.
    pub(super) fn spill(&mut self, mut disk: Box<OnDisk>) -> Result<(), EngineError> {
        let Self::Memory(store) = self else { return Ok(()) };
        disk.restore(store.iter().map(|(key, value)| (key, Some(value))))?;
        *self = Self::Disk(disk);
        Ok(())
    }

    /// Whether operators should start over: they have taken in as much from disk as they may keep.
    pub(super) fn is_crowded(&self, operators: &[Box<dyn Operator>]) -> bool {
        matches!(self, Self::Disk(_)) && operators.iter().map(|operator| operator.held()).sum::<usize>() > LEAN_HELD_MAX
    }
}

/// A committed epoch for operators, on whatever thread.
pub(super) enum Loader {
    /// In memory.
    Memory(HashSnapshot),
    /// In memory, and so much that nobody wants to wait until all of it is taken in.
    Large(HashReader),
    /// On disk.
    Disk(Image),
}

impl Loader {
    /// Gives fresh operators what they have kept.
    pub(super) fn load(&self, operators: &mut [Box<dyn Operator>]) -> Result<(), EngineError> {
        let mut keeping: Vec<&mut Box<dyn Operator>> = operators.iter_mut().filter(|o| o.keeps_state()).collect();
        match self {
            Self::Memory(snapshot) => load_all(snapshot, &mut keeping)?,
            Self::Large(reader) if keeping.iter().all(|operator| operator.can_be_lean()) => {
                for (ordinal, operator) in (0u8..).zip(&mut keeping) {
                    operator.lean(Saved::in_memory(reader.clone(), &[ordinal]))?;
                }
            }
            Self::Large(reader) => load_all(&reader.snapshot(), &mut keeping)?,
            Self::Disk(image) => {
                for (ordinal, operator) in (0u8..).zip(&mut keeping) {
                    operator.lean(Saved::new(image.clone(), &[ordinal]))?;
                }
            }
        }
        keeping.iter_mut().for_each(|operator| operator.track());
        Ok(())
    }
}

/// Gives operators everything.
fn load_all(snapshot: &HashSnapshot, keeping: &mut [&mut Box<dyn Operator>]) -> Result<(), EngineError> {
    if let [only] = keeping {
        only.expect(snapshot.len());
    }
    for (key, value) in snapshot.iter() {
        let Some((ordinal, key)) = key.split_first() else { continue };
        // Of a step that the query no longer has.
        let Some(operator) = keeping.get_mut(usize::from(*ordinal)) else { continue };
        operator.load(key, value)?;
    }
    Ok(())
}

pub(super) fn failed(error: &StateError) -> EngineError {
    EngineError::Query(format!("state: {error}"))
}
