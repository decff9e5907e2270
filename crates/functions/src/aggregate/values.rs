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
