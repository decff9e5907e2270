//! What an operator has saved, for one that does not take all of it in at once: on disk where there is no room for it, in memory
//! where there is no time.

use millstream_state::{HashReader, Image};

use crate::error::EngineError;

/// Keys on disk are not longer.
const KEY_BYTES: usize = u16::MAX as usize;

/// Takes a key with its value.
pub type Lend<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), EngineError> + 'a;

/// Finds saved values by key, as of the last committed epoch: what the open one has changed is with the operator itself.
#[derive(Debug, Clone)]
pub struct Saved {
    place: Place,
    /// What stands before the operator's keys.
    prefix: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// Where it is.
#[derive(Debug, Clone)]
enum Place {
    Disk(Image),
    /// Looked at anew for every key: a snapshot that is held keeps the store from merging.
    Memory(HashReader),
}

impl Saved {
    /// What was saved on disk under keys that begin so.
    pub fn new(image: Image, prefix: &[u8]) -> Self {
        Self::at(Place::Disk(image), prefix)
    }

    /// What was saved in memory under keys that begin so.
    pub fn in_memory(reader: HashReader, prefix: &[u8]) -> Self {
        Self::at(Place::Memory(reader), prefix)
    }

    fn at(place: Place, prefix: &[u8]) -> Self {
        Self { place, prefix: prefix.to_vec(), key: Vec::new(), value: Vec::new() }
    }

    /// The part of it whose keys go on so.
    pub fn below(&self, prefix: &[u8]) -> Self {
        let mut whole = self.prefix.clone();
        whole.extend_from_slice(prefix);
        Self::at(self.place.clone(), &whole)
    }

    /// Lends what was saved under keys from `from` on and before `to`, in the order of keys.
    ///
    /// # Errors
    /// The disk cannot be read; it is in memory, where keys have no order; the first error of `each`.
    pub fn range(&self, from: &[u8], to: &[u8], each: &mut Lend<'_>) -> Result<(), EngineError> {
        self.first(usize::MAX, from, to, each)?;
        Ok(())
    }

    /// Lends the first `most` of them at most, and says how many it has lent.
    ///
    /// # Errors
    /// As [`Saved::range`].
    pub fn first(&self, most: usize, from: &[u8], to: &[u8], each: &mut Lend<'_>) -> Result<usize, EngineError> {
        let Place::Disk(image) = &self.place else {
            return Err(EngineError::Query("what was saved in memory has no order".into()));
        };
        self.lend(image, most, &self.whole(from), &self.whole(to), each)
    }

    /// Lends what was saved under keys that begin so, `most` at most: on disk in the order of keys.
    ///
    /// # Errors
    /// The disk cannot be read; the first error of `each`.
    pub fn beginning(&self, most: usize, prefix: &[u8], each: &mut Lend<'_>) -> Result<(), EngineError> {
        let begin = self.whole(prefix);
        match &self.place {
            Place::Disk(image) => {
                let end = behind(begin.clone());
                self.lend(image, most, &begin, &end, each)?;
                Ok(())
            }
            Place::Memory(reader) => {
                let snapshot = reader.snapshot();
                let mut found = snapshot.iter().filter(|(key, _)| key.starts_with(&begin)).take(most);
                found.try_for_each(|(key, value)| each(self.own(key), value))
            }
        }
    }

    fn lend(
        &self,
        image: &Image,
        most: usize,
        from: &[u8],
        to: &[u8],
        each: &mut Lend<'_>,
    ) -> Result<usize, EngineError> {
        if from.len().max(to.len()) > KEY_BYTES {
            return Ok(0);
        }
        let mut lent = 0;
        for entry in image.range(from, to).take(most) {
            let (key, value) = entry.map_err(|error| EngineError::Query(error.to_string()))?;
            each(self.own(key.as_ref()), value.as_ref())?;
            lent += 1;
        }
        Ok(lent)
    }

    fn whole(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix.as_slice(), key].concat()
    }

    /// A key without what stands before all of them.
    fn own<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        key.get(self.prefix.len()..).unwrap_or_default()
    }

    /// The value that was saved under a key.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<&[u8]>, EngineError> {
        self.key.clear();
        self.key.extend_from_slice(&self.prefix);
        self.key.extend_from_slice(key);
        self.value.clear();
        let found = match &self.place {
            Place::Disk(_) if self.key.len() > KEY_BYTES => false,
            Place::Disk(image) => {
                image.get(&self.key, &mut self.value).map_err(|error| EngineError::Query(error.to_string()))?
            }
            Place::Memory(reader) => {
                let snapshot = reader.snapshot();
                let found = snapshot.get(&self.key);
                self.value.extend_from_slice(found.unwrap_or_default());
                found.is_some()
            }
        };
        Ok(found.then_some(self.value.as_slice()))
    }
}

/// The first key behind all that begin so.
fn behind(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if let Some(next) = last.checked_add(1) {
            prefix.push(next);
            break;
        }
    }
    prefix
}
