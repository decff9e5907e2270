//! Rows of which most are on disk: one comes back when it changes, and when it is due.

use super::Expire;
use crate::error::EngineError;
use crate::operator::Operator;

impl Expire {
    /// Takes the row of a key from disk, if it is there and not here.
    pub(super) fn recall(&mut self, key: &[u8]) -> Result<(), EngineError> {
        if self.disk.is_none() || self.rows.contains_key(key) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let entry = [b"k", key].concat();
        if let Some(value) = disk.get(&entry, key)? {
            self.load(&entry, value)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Takes the rows from disk whose last change was then or earlier.
    pub(super) fn recall_due(&mut self, last: i64) -> Result<(), EngineError> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let keys = disk.until(last)?;
        keys.iter().try_for_each(|key| self.recall(key))
    }

    /// What is on disk of a key no longer counts.
    pub(super) fn note_gone(&mut self, key: &[u8]) {
        if let Some(disk) = &mut self.disk {
            disk.note_gone(key);
        }
    }
}
