//! Windows of which most is on disk: groups come back one by one when rows change them, and window by window when windows end;
//! with all of their values, where these are kept one by one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::entries::{kept_key, read_key, read_value_key, value_bound};
use super::{Grouping, States, TimeWindows, apart};
use crate::error::EngineError;
use crate::operator::Saved;

/// Where groups are that are not in memory.
pub(super) struct OnDisk {
    saved: Saved,
    /// By where a window begins: the calls of which values may be there.
    marks: BTreeMap<i64, Vec<u64>>,
}

impl OnDisk {
    pub(super) fn new(saved: Saved) -> Self {
        Self { saved, marks: BTreeMap::new() }
    }

    /// Windows that begin before then are gone.
    fn forget(&mut self, start: i64) {
        self.marks = self.marks.split_off(&start);
    }
}

impl TimeWindows {
    /// Takes the group of a key from disk, if it is there and not here.
    pub(super) fn recall(&mut self, start: i64, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.disk.is_none() || self.has(start, key) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let entry = kept_key(start, key);
        if let Some(value) = disk.saved.get(&entry)? {
            let has_values = is_apart(value);
            self.load(&entry, value, states)?;
            if has_values {
                self.recall_values(&mut disk, start, key, states)?;
            }
        }
        self.disk = Some(disk);
        Ok(())
    }

    fn recall_values(
        &mut self,
        disk: &mut OnDisk,
        start: i64,
        key: &[u8],
        states: &mut States,
    ) -> Result<(), EngineError> {
        let window = start.to_be_bytes();
        let OnDisk { saved, marks } = disk;
        let marks = match marks.entry(start) {
            Entry::Occupied(marks) => marks.into_mut(),
            Entry::Vacant(place) => place.insert(apart::marks(saved, &window, states.value_marks())?),
        };
        apart::each_value(saved, &window, key, marks, &mut |entry, value| {
            self.values += 1;
            self.load(entry, value, states)
        })
    }

    /// Whether a group is here.
    fn has(&self, start: i64, key: &[u8]) -> bool {
        self.windows.get(&start).is_some_and(|window| window.keys.find(key).is_some())
    }

    /// From where on and up to where those windows on disk begin that begin at `last` or earlier and were not asked for yet;
    /// `None`: there can be none.
    fn unswept(&mut self, last: i64) -> Option<(i64, i64)> {
        let disk = self.disk.as_mut()?;
        let last = last.div_euclid(self.advance).saturating_mul(self.advance);
        if last <= self.swept {
            return None;
        }
        let from = std::mem::replace(&mut self.swept, last).saturating_add(1);
        let to = last.saturating_add(1);
        disk.forget(to);
        Some((from, to))
    }

    /// Takes all groups from disk of windows that begin at `last` or earlier.
    pub(super) fn recall_ended(&mut self, last: i64, states: &mut States) -> Result<(), EngineError> {
        let Some((from, to)) = self.unswept(last) else { return Ok(()) };
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let mut with_values: Vec<(i64, Box<[u8]>)> = Vec::new();
        disk.saved.range(&kept_key(from, &[]), &kept_key(to, &[]), &mut |entry, value| {
            let (start, key) = read_key(entry)?;
            if self.has(start, key) {
                return Ok(());
            }
            if is_apart(value) {
                with_values.push((start, key.into()));
            }
            self.load(entry, value, states)
        })?;
        with_values.iter().try_for_each(|(start, key)| self.recall_values(&mut disk, *start, key, states))?;
        disk.forget(to);
        self.disk = Some(disk);
        Ok(())
    }

    /// What is on disk alone of windows that begin at `last` or earlier is gone.
    pub(super) fn forget_ended(&mut self, last: i64) -> Result<(), EngineError> {
        let Some((from, to)) = self.unswept(last) else { return Ok(()) };
        let Some(disk) = self.disk.take() else { return Ok(()) };
        disk.saved.range(&kept_key(from, &[]), &kept_key(to, &[]), &mut |entry, _| {
            let (start, key) = read_key(entry)?;
            if !self.has(start, key) {
                self.gone.push(entry.into());
            }
            Ok(())
        })?;
        disk.saved.range(&value_bound(from), &value_bound(to), &mut |entry, _| {
            let (start, key) = read_value_key(entry)?;
            if !self.has(start, key) {
                self.gone.push(entry.into());
            }
            Ok(())
        })?;
        self.disk = Some(disk);
        Ok(())
    }
}

/// Whether the values of a group stand beside this entry of it.
fn is_apart(value: &[u8]) -> bool {
    value.first() == Some(&apart::APART)
}
