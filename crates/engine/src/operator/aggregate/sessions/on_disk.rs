//! Sessions of which most are on disk: groups come back whole, when rows join them and when sessions of theirs end.
//!
//! Kept there besides: `k`, length of the key, key of the group, end and beginning of a session → nothing.

use std::collections::HashSet;

use super::super::Grouping;
use super::super::states::States;
use super::{Sessions, kept_key};
use crate::error::EngineError;
use crate::operator::kept::{damaged, take_array, take_long};
use crate::operator::{Index, Saved};

/// Sessions by their groups.
pub(super) const INDEX: Index = Index {
    of_key: |_| true,
    replaces: false,
    entries: |entry, _, each| match entry.first() {
        Some(b's') => {
            let (start, end, key) = read_key(entry)?;
            each(&index_key(key, end, start)?, &[])
        }
        _ => Ok(()),
    },
};

/// The key under which a session is found by its group.
fn index_key(key: &[u8], end: i64, start: i64) -> Result<Vec<u8>, EngineError> {
    let length = u32::try_from(key.len()).map_err(|_| damaged())?;
    Ok([b"k", length.to_be_bytes().as_slice(), key, &end.to_be_bytes(), &start.to_be_bytes()].concat())
}

/// Beginning, end and key of a session, of what it is kept under.
fn read_key(entry: &[u8]) -> Result<(i64, i64, &[u8]), EngineError> {
    let mut rest = entry;
    let [_] = take_array(&mut rest)?;
    let (end, start) = (take_long(&mut rest)?, take_long(&mut rest)?);
    Ok((start, end, rest))
}

/// Where sessions are that are not in memory.
pub(super) struct OnDisk {
    saved: Saved,
    /// What is there and no longer counts: until the epoch is committed.
    gone: HashSet<Box<[u8]>>,
    /// Sessions that ended before are gone from there.
    swept: i64,
}

impl OnDisk {
    pub(super) fn new(saved: Saved) -> Self {
        Self { saved, gone: HashSet::new(), swept: 0 }
    }

    /// What was kept under that key no longer counts.
    pub(super) fn note_gone(&mut self, entry: Vec<u8>) {
        self.gone.insert(entry.into());
    }

    /// All changes were given out, and are there before the next row comes.
    pub(super) fn saved(&mut self) {
        self.gone.clear();
    }

    /// What the sessions of a group are kept under that count.
    fn group(&self, key: &[u8]) -> Result<Vec<Vec<u8>>, EngineError> {
        let mut found = Vec::new();
        let bounds = (index_key(key, 0, 0)?, index_key(key, i64::MAX, i64::MAX)?);
        self.saved.range(&bounds.0, &bounds.1, &mut |entry, _| {
            let mut times = entry.get(5 + key.len()..).unwrap_or_default();
            let (end, start) = (take_long(&mut times)?, take_long(&mut times)?);
            found.push(kept_key(start, end, key));
            Ok(())
        })?;
        found.retain(|entry| !self.gone.contains(entry.as_slice()));
        Ok(found)
    }

    /// What sessions are kept under that count and ended from one time on and before another.
    fn ended(&self, from: i64, to: i64) -> Result<Vec<Box<[u8]>>, EngineError> {
        let bound = |end: i64| [b"s", end.to_be_bytes().as_slice()].concat();
        let mut found = Vec::new();
        self.saved.range(&bound(from.max(0)), &bound(to.max(0)), &mut |entry, _| {
            if !self.gone.contains(entry) {
                found.push(entry.into());
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl Sessions {
    /// Takes the sessions of a group from disk, if the group is not here.
    pub(super) fn recall(&mut self, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.disk.is_none() || self.groups.contains_key(key) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        for entry in disk.group(key)? {
            let value = disk.saved.get(&entry)?.ok_or_else(damaged)?;
            self.load(&entry, value, states)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Takes the groups from disk of which a session ended from one time on and before another.
    pub(super) fn recall_ended(&mut self, from: i64, to: i64, states: &mut States) -> Result<(), EngineError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        for entry in disk.ended(from, to)? {
            self.recall(read_key(&entry)?.2, states)?;
        }
        Ok(())
    }

    /// What is on disk alone of sessions that ended before then is gone.
    pub(super) fn forget_ended(&mut self, to: i64) -> Result<(), EngineError> {
        let Some(disk) = self.disk.as_mut().filter(|disk| disk.swept < to) else { return Ok(()) };
        let from = std::mem::replace(&mut disk.swept, to);
        for entry in disk.ended(from, to)? {
            let (start, end, key) = read_key(&entry)?;
            if !self.groups.contains_key(key) {
                self.note_gone(start, end, key);
            }
        }
        Ok(())
    }
}
