//! What operators share in keeping their state: which keys have changed, and the numbers in the bytes of keys and values.

use crate::error::EngineError;

/// The version that values begin with.
pub(super) const VERSION: u8 = 1;

/// Keys of a state that have changed since they were last given out. Nothing is noted before [`Changed::track`].
#[derive(Debug, Default)]
pub(super) struct Changed {
    on: bool,
    keys: Vec<Box<[u8]>>,
}

impl Changed {
    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.on = true;
    }

    /// An entry has changed, has come or is gone.
    pub(super) fn touch<K: Into<Box<[u8]>>>(&mut self, key: impl FnOnce() -> K) {
        if self.on {
            self.keys.push(key().into());
        }
    }

    /// The keys noted since the last call, each once, in their order.
    pub(super) fn take(&mut self) -> Vec<Box<[u8]>> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// What is said about state that this program cannot have written.
pub(super) fn damaged() -> EngineError {
    EngineError::Query("the state of a step in its changelog is damaged".into())
}

/// Takes the first bytes.
pub(super) fn take_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], EngineError> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or_else(damaged)?;
    *bytes = rest;
    Ok(*taken)
}

/// Takes a number.
pub(super) fn take_long(bytes: &mut &[u8]) -> Result<i64, EngineError> {
    Ok(i64::from_be_bytes(take_array(bytes)?))
}

/// Takes the version. Error: a newer program has written this.
pub(super) fn take_version(bytes: &mut &[u8]) -> Result<(), EngineError> {
    match take_array::<1>(bytes)? {
        [VERSION] => Ok(()),
        [other] => Err(newer(other, VERSION)),
    }
}

/// What is said about state of another version than this program knows.
pub(super) fn newer(version: u8, known: u8) -> EngineError {
    EngineError::Query(format!(
        "the state of a step has version {version}, this program knows {known}: a newer one has written it. Run that one again, or \
         create the query anew"
    ))
}
