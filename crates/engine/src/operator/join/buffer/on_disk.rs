//! Records of a side that are on disk: found by key and time, as further entries of their blocks.
//!
//! Kept there as: prefix, length of the key, key, time, number → columns; another prefix, number of a block → the latest time in
//! it, the number of its last record. What is asked for comes back a key and a part of time at a time.

use std::collections::{BTreeMap, HashSet};

use super::super::damaged;
use super::block::rows;
use super::{Block, Buffer};
use crate::error::EngineError;
use crate::operator::kept::take_long;
use crate::operator::{Lend, Saved};

/// What the keys of further entries of a side's blocks begin with.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Prefixes {
    /// Of records.
    pub(in super::super) rows: u8,
    /// Of what is known about blocks.
    pub(in super::super) blocks: u8,
}

/// Where records are that are not in memory.
#[derive(Debug)]
pub(super) struct OnDisk {
    saved: Saved,
    prefixes: Prefixes,
    /// Records of that number on are in memory.
    base: u64,
    /// By part of time: keys that were asked for.
    asked: BTreeMap<i64, HashSet<Box<[u8]>>>,
}

impl OnDisk {
    /// How many keys were asked for, in all parts of time.
    pub(super) fn asked(&self) -> usize {
        self.asked.values().map(HashSet::len).sum()
    }

    /// Parts of time before that one are over.
    pub(super) fn forget(&mut self, part: i64) {
        self.asked = self.asked.split_off(&part);
    }

    /// Notes that a key is asked for in a part of time; false: it was before.
    fn ask(&mut self, part: i64, key: &[u8]) -> bool {
        let asked = self.asked.entry(part).or_default();
        !asked.contains(key) && asked.insert(key.into())
    }
}

/// The further entries of a block; `key` is that of the block without its prefix.
pub(in super::super) fn further(
    prefixes: Prefixes,
    key: &[u8],
    value: &[u8],
    each: &mut Lend<'_>,
) -> Result<(), EngineError> {
    let first = u64::from_be_bytes(key.try_into().map_err(|_| damaged())?);
    let (mut latest, mut last) = (-1, first);
    for row in rows(value)? {
        let row = row?;
        last = first.saturating_add(row.after);
        latest = latest.max(row.time);
        each(&row_key(prefixes.rows, row.key, row.time, last)?, row.bytes)?;
    }
    let about = [latest.to_be_bytes(), last.to_be_bytes()].concat();
    each(&[&[prefixes.blocks], key].concat(), &about)
}

/// The key that a record has on disk.
fn row_key(prefix: u8, key: &[u8], time: i64, number: u64) -> Result<Vec<u8>, EngineError> {
    let length = u32::try_from(key.len()).map_err(|_| super::too_many())?;
    Ok([&[prefix], length.to_be_bytes().as_slice(), key, &time.to_be_bytes(), &number.to_be_bytes()].concat())
}

impl Buffer {
    /// From here on records that were saved are on disk, until they are asked for. Called after [`Buffer::set_latest`].
    pub(in super::super) fn lean(&mut self, saved: &Saved, prefixes: Prefixes) -> Result<(), EngineError> {
        let Self { blocks, next, .. } = self;
        saved.range(&[prefixes.blocks], &[prefixes.blocks + 1], &mut |key, mut about| {
            let mut key = key.get(1..).unwrap_or_default();
            let number = take_long(&mut key)?.cast_unsigned();
            blocks.push_back(Block { number, latest: take_long(&mut about)? });
            *next = (*next).max(take_long(&mut about)?.cast_unsigned().saturating_add(1));
            Ok(())
        })?;
        self.disk = Some(OnDisk { saved: saved.clone(), prefixes, base: self.next, asked: BTreeMap::new() });
        Ok(())
    }

    /// Takes the records of a key from disk that lie from one time to another, both included, and are not here.
    pub(in super::super) fn recall(&mut self, key: &[u8], from: i64, to: i64) -> Result<(), EngineError> {
        if self.disk.is_none() {
            return Ok(());
        }
        let from = from.max(self.kept_from());
        let parts = self.part(from)..=self.part(to.max(from));
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let recalled = parts.into_iter().filter(|part| disk.ask(*part, key)).collect::<Vec<_>>();
        let done = recalled.into_iter().try_for_each(|part| self.recall_part(&disk, part, key));
        self.disk = Some(disk);
        done
    }

    fn recall_part(&mut self, disk: &OnDisk, part: i64, key: &[u8]) -> Result<(), EngineError> {
        let length = self.part_length();
        let begin = part.saturating_mul(length).max(0);
        let bound = |time| row_key(disk.prefixes.rows, key, time, 0);
        let (from, to) = (bound(begin)?, bound(part.saturating_add(1).saturating_mul(length).max(0))?);
        disk.saved.range(&from, &to, &mut |entry, bytes| {
            let mut place = entry.get(5 + key.len()..).unwrap_or_default();
            let (time, number) = (take_long(&mut place)?, take_long(&mut place)?.cast_unsigned());
            if number < disk.base {
                self.insert(key, time, number, |out| out.extend_from_slice(bytes))?;
            }
            Ok(())
        })
    }
}
