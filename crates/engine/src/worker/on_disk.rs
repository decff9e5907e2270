//! A committed state on disk, and what the open epoch changes of it: entries of operators, and what these are found by besides.

use std::collections::HashMap;

use millstream_state::{Change, DiskError, Image};

use crate::error::EngineError;
use crate::operator::{Index, Operator};

/// Bytes of entries that go to disk in one go while it is filled.
const FILL_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of a key at most: there the length of a key is written in two bytes.
const KEY_BYTES: usize = 65_000;

/// An image on disk, and the changes that wait for their epoch's commit.
#[derive(Debug)]
pub(super) struct OnDisk {
    image: Image,
    /// By number of the operator.
    indexes: Vec<Option<Index>>,
    /// Entries of operators.
    staged: Staged,
    /// Which of them is the last of a key, where more follows from its value.
    places: HashMap<Box<[u8]>, usize>,
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

    /// How many they are.
    fn len(&self) -> usize {
        self.ends.len()
    }

    /// The value that the change of that number gives its key; `None`: the key loses it.
    fn value(&self, at: usize) -> Option<&[u8]> {
        let (end, value_end) = self.ends.get(at)?;
        self.bytes.get(*end..(*value_end)?)
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
        Self {
            image,
            indexes,
            staged: Staged::default(),
            places: HashMap::new(),
            further: Staged::default(),
            value: Vec::new(),
        }
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
        if let Some(index) = self.index(key) {
            self.put_further(index, key, value)?;
        }
        fits(key.len())?;
        self.staged.put([key, &[]], value);
        Ok(())
    }

    /// What follows from an entry changes with it.
    fn put_further(&mut self, index: Index, key: &[u8], value: Option<&[u8]>) -> Result<(), EngineError> {
        let (ordinal, own) = key.split_at_checked(1).unwrap_or_default();
        let of_key = (index.of_key)(own);
        if !of_key {
            let goes = value.is_none() || index.replaces;
            if goes && self.find(key)? {
                let Self { further, value: before, .. } = self;
                (index.entries)(own, before, &mut |key: &[u8], _: &[u8]| {
                    further.put([ordinal, key], None);
                    Ok(())
                })?;
            }
            self.places.insert(key.into(), self.staged.len());
            if value.is_none() {
                return Ok(());
            }
        }
        let further = &mut self.further;
        let is_there = value.is_some();
        (index.entries)(own, value.unwrap_or_default(), &mut |key: &[u8], value: &[u8]| {
            fits(ordinal.len() + key.len())?;
            further.put([ordinal, key], is_there.then_some(value));
            Ok(())
        })
    }

    /// Finds the value that a key has by now, from which more follows; false: it has none.
    fn find(&mut self, key: &[u8]) -> Result<bool, EngineError> {
        let Self { image, staged, places, value, .. } = self;
        value.clear();
        let Some(place) = places.get(key) else { return image.get(key, value).map_err(|error| on_disk(&error)) };
        let found = staged.value(*place);
        value.extend_from_slice(found.unwrap_or_default());
        Ok(found.is_some())
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
            if self.staged.bytes.len() + self.further.bytes.len() >= FILL_BYTES {
                self.commit()?;
            }
            self.put(key, value)?;
        }
        self.commit()
    }

    /// The open epoch is undone.
    pub(super) fn clear(&mut self) {
        self.staged.clear();
        self.places.clear();
        self.further.clear();
    }
}

/// Error: a key has more bytes than keys on disk may have.
fn fits(length: usize) -> Result<(), EngineError> {
    if length <= KEY_BYTES {
        return Ok(());
    }
    Err(EngineError::Query(format!(
        "state on disk: a key has {length} bytes, and may have {KEY_BYTES}; with more memory for states (millstream.state.memory.max.bytes) they stay there"
    )))
}

/// What is said when the disk fails.
fn on_disk(error: &DiskError) -> EngineError {
    EngineError::Query(error.to_string())
}
