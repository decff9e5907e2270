//! Windows of which most is on disk: groups come back one by one when rows change them, and window by window when windows end.

use super::entries::{kept_key, read_key};
use super::{Grouping, States, TimeWindows};
use crate::error::EngineError;

impl TimeWindows {
    /// Takes the group of a key from disk, if it is there and not here.
    pub(super) fn recall(&mut self, start: i64, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.disk.is_none() || self.has(start, key) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let entry = kept_key(start, key);
        if let Some(value) = disk.get(&entry)? {
            self.load(&entry, value, states)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Whether a group is here.
    fn has(&self, start: i64, key: &[u8]) -> bool {
        self.windows.get(&start).is_some_and(|window| window.keys.find(key).is_some())
    }

    /// Where on disk those windows are that begin at `last` or earlier and were not asked for yet; `None`: there can be none.
    fn unswept(&mut self, last: i64) -> Option<(Vec<u8>, Vec<u8>)> {
        self.disk.as_ref()?;
        let last = last.div_euclid(self.advance).saturating_mul(self.advance);
        if last <= self.swept {
            return None;
        }
        let from = std::mem::replace(&mut self.swept, last).saturating_add(1);
        Some((kept_key(from, &[]), kept_key(last.saturating_add(1), &[])))
    }

    /// Takes all groups from disk of windows that begin at `last` or earlier.
    pub(super) fn recall_ended(&mut self, last: i64, states: &mut States) -> Result<(), EngineError> {
        let Some((from, to)) = self.unswept(last) else { return Ok(()) };
        let Some(disk) = self.disk.take() else { return Ok(()) };
        disk.range(&from, &to, &mut |entry, value| {
            let (start, key) = read_key(entry)?;
            if self.has(start, key) { Ok(()) } else { self.load(entry, value, states) }
        })?;
        self.disk = Some(disk);
        Ok(())
    }

    /// What is on disk alone of windows that begin at `last` or earlier is gone.
    pub(super) fn forget_ended(&mut self, last: i64) -> Result<(), EngineError> {
        let Some((from, to)) = self.unswept(last) else { return Ok(()) };
        let Some(disk) = self.disk.take() else { return Ok(()) };
        disk.range(&from, &to, &mut |entry, _| {
            let (start, key) = read_key(entry)?;
            if !self.has(start, key) {
                self.gone.push(entry.into());
            }
            Ok(())
        })?;
        self.disk = Some(disk);
        Ok(())
    }
}
