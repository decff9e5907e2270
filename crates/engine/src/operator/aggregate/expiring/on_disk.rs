//! Groups of which most are on disk: one comes back when rows change it, and when it is due.

use super::super::Grouping;
use super::super::states::States;
use super::Expiring;
use crate::error::EngineError;

impl Expiring {
    /// Takes the group of a key from disk, if it is there and not here.
    pub(super) fn recall(&mut self, key: &[u8], states: &mut States) -> Result<(), EngineError> {
        if self.disk.is_none() || self.groups.contains_key(key) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let entry = [b"g", key].concat();
        if let Some(value) = disk.get(&entry, key)? {
            self.load(&entry, value, states)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Takes the groups from disk whose last row was then or earlier.
    pub(super) fn recall_due(&mut self, last: i64, states: &mut States) -> Result<(), EngineError> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let keys = disk.until(last)?;
        keys.iter().try_for_each(|key| self.recall(key, states))
    }
}
