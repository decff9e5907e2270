//! Changes on their way from the operators to the committed image, some hundreds at a time: where the image is large, the entries
//! that they are about are brought into the processor's cache together instead of one after the other.

use millstream_state::{Slices, Values};

use super::image::Committed;
use crate::error::EngineError;

/// Changes that go on together.
const ROWS: usize = 512;

/// Keys with their new values; `None`: the key is gone.
#[derive(Debug)]
pub(super) struct Pending {
    keys: Vec<u8>,
    /// Where keys begin and end in `keys`.
    offsets: Vec<i32>,
    values: Values,
}

impl Default for Pending {
    fn default() -> Self {
        Self { keys: Vec::new(), offsets: vec![0], values: Values::default() }
    }
}

impl Pending {
    /// Adds a change of the operator of that number.
    pub(super) fn push(
        &mut self,
        ordinal: u8,
        key: &[u8],
        value: Option<&[u8]>,
        into: &mut Committed,
    ) -> Result<(), EngineError> {
        self.keys.push(ordinal);
        self.keys.extend_from_slice(key);
        let end = i32::try_from(self.keys.len());
        self.offsets.push(end.map_err(|_| EngineError::Query("the key of a state is too long".into()))?);
        self.values.push(value);
        if self.values.len() >= ROWS { self.flush(into) } else { Ok(()) }
    }

    /// Hands on what is left.
    pub(super) fn flush(&mut self, into: &mut Committed) -> Result<(), EngineError> {
        let done = match Slices::new(&self.offsets, &self.keys) {
            Ok(keys) => into.put(keys, &self.values),
            Err(error) => Err(super::image::failed(&error)),
        };
        self.keys.clear();
        self.offsets.truncate(1);
        self.values.clear();
        done
    }
}
