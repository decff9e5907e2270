//! A committed state on disk, and what the open epoch changes of it: entries of operators, and what these are found by besides.

use millstream_state::{Change, DiskError, Image};

use crate::error::EngineError;
use crate::operator::{Index, Operator};

/// Bytes of entries that go to disk in one go while it is filled.
const FILL_BYTES: usize = 8 * 1024 * 1024;

/// An image on disk, and the changes that wait for their epoch's commit.
#[derive(Debug)]
pub(super) struct OnDisk {
    image: Image,
    /// By number of the operator.
    indexes: Vec<Option<Index>>,
    /// Entries of operators.
    staged: Staged,
    /// What is kept besides, by their indexes.
    further: Staged,
    /// For values that are looked up.
    value: Vec<u8>,
}

/// Changes in a row.
#[derive(Debug, Default)]
struct Staged {
    bytes: Vec<u8>,
    /// Where keys and values are in `bytes`: the end of a key, and that of its value if it has one.
    ends: Vec<(usize, Option<usize>)>,
}

impl Staged {
    /// A key, which has two parts, gets a value, or loses it.
    fn put(&mut self, key: [&[u8]; 2], value: Option<&[u8]>) {
        key.iter().for_each(|part| self.bytes.extend_from_slice(part));
        let end = self.bytes.len();
        let value_end = value.map(|value| {
            self.bytes.extend_from_slice(value);
            self.bytes.len()
        });
        self.ends.push((end, value_end));
    }

    fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, value_end)| {
            let key = &self.bytes[start..*end];
            let value = value_end.map(|value_end| &self.bytes[*end..value_end]);
            start = value_end.unwrap_or(*end);
            (key, value)
        })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// How what operators keep is found on disk, by their numbers.
pub(super) fn indexes(operators: &[Box<dyn Operator>]) -> Vec<Option<Index>> {
    operators.iter().filter(|operator| operator.keeps_state()).map(|operator| operator.index()).collect()
}

impl OnDisk {
    /// What is there.
    pub(super) fn new(image: Image, indexes: Vec<Option<Index>>) -> Self {
        Self { image, indexes, staged: Staged::default(), further: Staged::default(), value: Vec::new() }
    }

    /// What is there, for others.
    pub(super) fn image(&self) -> &Image {
        &self.image
    }

    /// Keys and bytes on disk, about.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.image.keys(), usize::try_from(self.image.bytes()).unwrap_or(usize::MAX))
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.staged.bytes.capacity() + self.further.bytes.capacity()
    }

    fn index(&self, key: &[u8]) -> Option<Index> {
        let ordinal = key.first()?;
        self.indexes.get(usize::from(*ordinal)).copied().flatten()
    }

    /// A key gets a value in the open epoch, or loses it.
    ///
    /// # Errors
    /// The disk cannot be read, or what it has is damaged.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), EngineError> {
        self.staged.put([key, &[]], value);
        let Some(index) = self.index(key) else { return Ok(()) };
        let (ordinal, own) = key.split_at_checked(1).unwrap_or_default();
        let Self { image, further, value: before, .. } = self;
        let is_there = value.is_some();
        let mut each = |key: &[u8], value: &[u8]| {
            further.put([ordinal, key], is_there.then_some(value));
            Ok(())
        };
        let of_key = (index.of_key)(own);
        before.clear();
        match value {
            Some(value) => (index.entries)(own, value, &mut each),
            None if of_key => (index.entries)(own, &[], &mut each),
            None if image.get(key, before).map_err(|error| on_disk(&error))? => (index.entries)(own, before, &mut each),
            None => Ok(()),
        }
    }

    /// What the open epoch has changed of the operators' entries, in order.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        self.staged.changes()
    }

    /// The open epoch is committed. Error: the disk cannot be written.
    pub(super) fn commit(&mut self) -> Result<(), EngineError> {
        let Self { image, staged, further, .. } = self;
        image.apply(staged.changes().chain(further.changes())).map_err(|error| on_disk(&error))?;
        self.clear();
        Ok(())
    }

    /// Puts committed changes there. Error: the disk cannot be written, or read.
    pub(super) fn restore<'a>(&mut self, changes: impl Iterator<Item = Change<'a>>) -> Result<(), EngineError> {
        for (key, value) in changes {
            // What is about to go may be among what is staged.
            let looks = value.is_none() && self.index(key).is_some_and(|index| !(index.of_key)(&key[1..]));
            if looks || self.staged.bytes.len() + self.further.bytes.len() >= FILL_BYTES {
                self.commit()?;
            }
            self.put(key, value)?;
        }
        self.commit()
    }

    /// The open epoch is undone.
    pub(super) fn clear(&mut self) {
        self.staged.clear();
        self.further.clear();
    }
}

/// What is said when the disk fails.
fn on_disk(error: &DiskError) -> EngineError {
    EngineError::Query(error.to_string())
}
