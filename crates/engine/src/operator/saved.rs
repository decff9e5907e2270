//! What an operator has saved, for one that does not take all of it in at once: on disk where there is no room for it, in memory
//! where there is no time.

use millstream_state::{HashReader, Image};

use crate::error::EngineError;

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
        let whole = |key: &[u8]| [self.prefix.as_slice(), key].concat();
        let mut lent = 0;
        for entry in image.range(&whole(from), &whole(to)).take(most) {
            let (key, value) = entry.map_err(|error| EngineError::Query(error.to_string()))?;
            each(key.as_ref().get(self.prefix.len()..).unwrap_or_default(), value.as_ref())?;
            lent += 1;
        }
        Ok(lent)
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
