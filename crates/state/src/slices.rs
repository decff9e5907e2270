//! Many keys, or many values, in two buffers: what batch calls take and give.

use crate::error::StateError;

/// Byte strings, one behind the other: string `i` is `bytes[offsets[i]..offsets[i + 1]]`, as in Arrow.
#[derive(Debug, Clone, Copy)]
pub struct Slices<'a> {
    offsets: &'a [i32],
    bytes: &'a [u8],
}

impl<'a> Slices<'a> {
    /// `offsets`: one more than there are strings, ascending from 0 or above, within `bytes`. Error: they are not.
    pub fn new(offsets: &'a [i32], bytes: &'a [u8]) -> Result<Self, StateError> {
        let within = offsets.first().is_some_and(|&first| first >= 0)
            && offsets.is_sorted()
            && offsets.last().is_some_and(|&last| last as usize <= bytes.len());
        if within { Ok(Self { offsets, bytes }) } else { Err(StateError::Misuse("offsets do not fit their bytes")) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        self.offsets.windows(2).map(move |ends| &self.bytes[ends[0] as usize..ends[1] as usize])
    }
}

/// Values by row, some of them absent. Made once and cleared per batch: its memory is used again.
#[derive(Debug, Clone, Default)]
pub struct Values {
    bytes: Vec<u8>,
    ends: Vec<(usize, bool)>,
}

impl Values {
    /// No rows.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds a row; `None`: no value, which a put takes as a deletion.
    pub fn push(&mut self, value: Option<&[u8]>) {
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.ends.push((self.bytes.len(), value.is_some()));
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value of a row; `None` also beyond the last.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let &(end, present) = self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before].0);
        present.then(|| &self.bytes[start..end])
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        (0..self.len()).map(|row| self.get(row))
    }
}
