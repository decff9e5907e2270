//! What goes when its time has come, on disk: found by its key, and by its time.
//!
//! Kept there besides entries that begin with `g` or `k`, a key behind it, and whose values begin with a version and a time: `q`,
//! that time, the key → nothing. So what comes next in the order of time is looked for once, some of it ahead.

use std::collections::HashSet;

use super::kept::{take_array, take_long, take_version};
use super::{Index, Saved};
use crate::error::EngineError;

/// By time.
pub(super) const INDEX: Index = Index {
    of_key: |entry| timed(entry).is_none(),
    replaces: true,
    entries: |entry, value, each| {
        let Some(key) = timed(entry) else { return Ok(()) };
        let mut rest = value;
        take_version(&mut rest)?;
        each(&time_key(take_long(&mut rest)?, key), &[])
    },
};

/// What the keys of further entries begin with.
const TIME: u8 = b'q';

/// How many are looked for in one go.
const AHEAD: usize = if cfg!(test) { 2 } else { 256 };

/// The key of an entry that has a time.
fn timed(entry: &[u8]) -> Option<&[u8]> {
    match entry {
        [b'g' | b'k', key @ ..] => Some(key),
        _ => None,
    }
}

/// The key under which something is found by its time. The sign is turned over, so that bytes have the order of times.
fn time_key(time: i64, key: &[u8]) -> Vec<u8> {
    [&[TIME], (time ^ i64::MIN).to_be_bytes().as_slice(), key].concat()
}

/// Time and key of what is found under a key.
fn read_key(entry: &[u8]) -> Result<(i64, &[u8]), EngineError> {
    let mut rest = entry;
    let [_] = take_array(&mut rest)?;
    Ok((take_long(&mut rest)? ^ i64::MIN, rest))
}

/// Where things are that are not in memory.
#[derive(Debug)]
pub(super) struct ByTime {
    saved: Saved,
    /// Keys that the open epoch has taken away: on disk they are still there.
    gone: HashSet<Box<[u8]>>,
    /// Where those begin that were not looked for by their time.
    from: Vec<u8>,
    /// None of these has an earlier time; `None`: there are none.
    next: Option<i64>,
}

impl ByTime {
    /// What was saved, of which nothing is in memory.
    pub(super) fn new(saved: Saved) -> Self {
        Self { saved, gone: HashSet::new(), from: vec![TIME], next: Some(i64::MIN) }
    }

    /// The value of an entry, if it is there and counts; `key`: what it has behind its first byte.
    pub(super) fn get(&mut self, entry: &[u8], key: &[u8]) -> Result<Option<&[u8]>, EngineError> {
        if self.gone.contains(key) { Ok(None) } else { self.saved.get(entry) }
    }

    /// What is there of a key no longer counts.
    pub(super) fn note_gone(&mut self, key: &[u8]) {
        self.gone.insert(key.into());
    }

    /// All changes were given out, and are there before the next row comes.
    pub(super) fn saved(&mut self) {
        self.gone.clear();
    }

    /// The keys of all that count, have that time or an earlier one, and were not looked for before; and of some behind them.
    pub(super) fn until(&mut self, last: i64) -> Result<Vec<Box<[u8]>>, EngineError> {
        let Self { saved, gone, from, next } = self;
        let mut keys = Vec::new();
        while next.is_some_and(|next| next <= last) {
            let begin = std::mem::take(from);
            let count = saved.first(AHEAD, &begin, &[TIME + 1], &mut |entry, _| {
                let (time, key) = read_key(entry)?;
                if !gone.contains(key) {
                    keys.push(key.into());
                }
                *next = Some(time);
                // The next key there can be.
                *from = [entry, &[0]].concat();
                Ok(())
            })?;
            if count < AHEAD {
                *next = None;
            }
        }
        Ok(keys)
    }
}
