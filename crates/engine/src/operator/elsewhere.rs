//! What was saved and is not in memory, of an operator that asks for keys and for nothing else.

use std::collections::HashSet;

use super::Saved;
use crate::error::EngineError;

/// Where entries are that are not in memory.
#[derive(Debug)]
pub(super) struct Elsewhere {
    saved: Saved,
    /// Entries that the open epoch has taken away: there they still are.
    gone: HashSet<Box<[u8]>>,
}

impl Elsewhere {
    /// What was saved, of which nothing is in memory.
    pub(super) fn new(saved: Saved) -> Self {
        Self { saved, gone: HashSet::new() }
    }

    /// The value of an entry, if it is there and counts.
    pub(super) fn get(&mut self, entry: &[u8]) -> Result<Option<&[u8]>, EngineError> {
        if self.gone.contains(entry) { Ok(None) } else { self.saved.get(entry) }
    }

    /// An entry that is there no longer counts.
    pub(super) fn note_gone(&mut self, entry: &[u8]) {
        self.gone.insert(entry.into());
    }

    /// All changes were given out, and are there before the next row comes.
    pub(super) fn saved(&mut self) {
        self.gone.clear();
    }
}
