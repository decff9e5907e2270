//! Rows of both tables of which most are on disk: those of the left side that point to a key come back when its row changes.
//!
//! Kept there besides: a prefix, length of a key, that key, what identifies a row that points to it → nothing.

use std::collections::HashSet;

use super::super::kept::points_to;
use super::super::{OWN, damaged};
use super::{LEFT, Pointers, RIGHT};
use crate::error::EngineError;
use crate::operator::{Index, Saved};

/// Rows of the left side by what they point to; the keys are those of the join.
pub(in super::super) const INDEX: Index = Index {
    of_key: |entry| !matches!(entry, [OWN, LEFT, ..]),
    replaces: true,
    entries: |entry, value, each| {
        let [OWN, LEFT, identity @ ..] = entry else { return Ok(()) };
        let Some(key) = points_to(value)? else { return Ok(()) };
        each(&[&[OWN], pointing_key(key)?.as_slice(), identity].concat(), &[])
    },
};

/// What the keys of further entries begin with.
const POINTING: u8 = 2;

/// What stands before what identifies the rows that point to a key.
fn pointing_key(key: &[u8]) -> Result<Vec<u8>, EngineError> {
    let length = u32::try_from(key.len()).map_err(|_| damaged())?;
    Ok([&[POINTING], length.to_be_bytes().as_slice(), key].concat())
}

/// Where rows are that are not in memory.
pub(super) struct OnDisk {
    saved: Saved,
    /// Keys to which no row points that is not in memory.
    asked: HashSet<Box<[u8]>>,
}

impl OnDisk {
    /// How many keys were asked for.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// What identifies the rows that pointed to a key when the last epoch was committed; nothing, if that was asked before.
    fn pointing(&mut self, key: &[u8]) -> Result<Vec<Box<[u8]>>, EngineError> {
        let mut identities = Vec::new();
        if self.asked.insert(key.into()) {
            let prefix = pointing_key(key)?;
            self.saved.beginning(usize::MAX, &prefix, &mut |entry, _| {
                identities.push(entry.get(prefix.len()..).unwrap_or_default().into());
                Ok(())
            })?;
        }
        Ok(identities)
    }
}

impl Pointers {
    /// From here on rows that were saved are on disk, until they are asked for.
    pub(in super::super) fn lean(&mut self, saved: &Saved) {
        self.left.lean(saved.below(&[LEFT]));
        self.right.lean(saved.below(&[RIGHT]));
        self.disk = Some(OnDisk { saved: saved.clone(), asked: HashSet::new() });
    }

    /// Takes from disk what a change of a row of the left side is about: the row, what it points to, and what it has pointed to.
    pub(in super::super) fn recall(&mut self, identity: &[u8], to: Option<&[u8]>) -> Result<(), EngineError> {
        if self.disk.is_none() {
            return Ok(());
        }
        self.recall_left(identity)?;
        let from = self.left.get(identity).and_then(|kept| kept.points_to.clone());
        for key in [from.as_deref(), to].into_iter().flatten() {
            self.right.recall(key)?;
        }
        Ok(())
    }

    /// Takes from disk what a change of a row of the right side is about: the row, and all that point to it.
    pub(super) fn recall_right(&mut self, key: &[u8]) -> Result<(), EngineError> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let identities = disk.pointing(key)?;
        self.right.recall(key)?;
        identities.iter().try_for_each(|identity| self.recall_left(identity))
    }

    fn recall_left(&mut self, identity: &[u8]) -> Result<(), EngineError> {
        if self.left.get(identity).is_none() {
            self.left.recall(identity)?;
            self.note_pointing(identity);
        }
        Ok(())
    }
}
