//! States that keep a part of themselves value by value: what a group has seen, which grows with its different values. As one piece it
//! would be written anew with each change, and outgrow what a changelog takes in one record.

use crate::Error;

/// The values of a state's groups, apart from the rest of it.
pub trait Values {
    /// From here on it is noted which values change.
    fn track(&mut self);

    /// Rows may be taken back: how often a value occurs is a change, too. Without this call only that it has come is.
    fn count(&mut self);

    /// The values of a slot that have changed since the last call, each once and in order, with how often they occur; 0: it is
    /// gone.
    fn take(&mut self, slot: u32) -> Vec<(Box<[u8]>, i64)>;

    /// Takes a value that [`Values::take`] gave out. Errors: [`Error::Fatal`] when it is damaged.
    fn put(&mut self, slot: u32, value: &[u8], count: i64) -> Result<(), Error>;

    /// All values of a slot have changed.
    fn touch(&mut self, slot: u32);

    /// As [`super::AggregateState::encode`], of the state without its values.
    ///
    /// # Errors
    /// There is no such slot.
    fn encode_rest(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), Error>;

    /// As [`super::AggregateState::decode`]; the values of the slot stay.
    ///
    /// # Errors
    /// The bytes are damaged or newer than this program.
    fn decode_rest(&mut self, slot: u32, bytes: &[u8]) -> Result<(), Error>;
}

/// By slot: values that have changed since they were last given out, once this is tracked.
#[derive(Debug, Default)]
pub(super) struct Changes(Option<Vec<Vec<Box<[u8]>>>>);

impl Changes {
    /// From here on changes of so many slots are noted.
    pub(super) fn track(&mut self, slots: usize) {
        self.0.get_or_insert_default().resize_with(slots, Vec::new);
    }

    /// There are so many slots.
    pub(super) fn resize(&mut self, slots: usize) {
        if let Some(changed) = &mut self.0 {
            changed.resize_with(slots, Vec::new);
        }
    }

    /// A value of a slot has changed.
    pub(super) fn note(&mut self, slot: usize, value: &[u8]) {
        if let Some(values) = self.of(slot) {
            values.push(value.into());
        }
    }

    /// These values of a slot have.
    pub(super) fn touch<'a>(&mut self, slot: usize, all: impl Iterator<Item = &'a [u8]>) {
        if let Some(values) = self.of(slot) {
            values.extend(all.map(Into::into));
        }
    }

    /// A slot is as new.
    pub(super) fn clear(&mut self, slot: usize) {
        if let Some(values) = self.of(slot) {
            values.clear();
        }
    }

    /// What has changed of a slot since the last call, each value once and in order, with what `count` says of it.
    pub(super) fn take(&mut self, slot: usize, count: impl Fn(&[u8]) -> i64) -> Vec<(Box<[u8]>, i64)> {
        let mut values = self.of(slot).map(std::mem::take).unwrap_or_default();
        values.sort_unstable();
        values.dedup();
        let counted = |value: Box<[u8]>| {
            let count = count(&value);
            (value, count)
        };
        values.into_iter().map(counted).collect()
    }

    fn of(&mut self, slot: usize) -> Option<&mut Vec<Box<[u8]>>> {
        self.0.as_mut()?.get_mut(slot)
    }
}
