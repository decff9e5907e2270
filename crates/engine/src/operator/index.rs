//! What is kept on disk beside an operator's entries, so that they are found by something else than their keys.

use super::Lend;
use crate::error::EngineError;

/// Further entries on disk. They follow from what an operator has saved, are written and gone with that, and stand in no
/// changelog. Their keys must differ from those of all entries.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Whether those of an entry with this key follow from the key alone.
    pub of_key: fn(&[u8]) -> bool,
    /// Whether other entries may get other values: what follows from the value before is gone then.
    pub replaces: bool,
    /// Lends the further entries of an entry: of its key and its value; of its key and nothing where that is enough.
    pub entries: Entries,
}

/// Lends what follows from a key and its value.
pub(super) type Entries = fn(&[u8], &[u8], &mut Lend<'_>) -> Result<(), EngineError>;
