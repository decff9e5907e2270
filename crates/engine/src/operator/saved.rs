//! What an operator has saved, on disk, for one that does not keep all of it in memory.

use millstream_state::Image;

use crate::error::EngineError;

/// Finds saved values by key, as of the last committed epoch: what the open one has changed is with the operator itself.
#[derive(Debug, Clone)]
pub struct Saved {
    image: Image,
    /// What stands before the operator's keys.
    prefix: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Saved {
    /// What was saved under keys that begin so.
    pub fn new(image: Image, prefix: &[u8]) -> Self {
        Self { image, prefix: prefix.to_vec(), key: Vec::new(), value: Vec::new() }
    }

    /// The part of it whose keys go on so.
    pub fn below(&self, prefix: &[u8]) -> Self {
        let mut whole = self.prefix.clone();
        whole.extend_from_slice(prefix);
        Self::new(self.image.clone(), &whole)
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
        let found =
            self.image.get(&self.key, &mut self.value).map_err(|error| EngineError::Query(error.to_string()))?;
        Ok(found.then_some(self.value.as_slice()))
    }
}
