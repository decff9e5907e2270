//! How often each value occurs, by slot: the state of HISTOGRAM and ATTR, and what DISTINCT has seen.
//!
//! A map in the order of the values' bytes: values come and go, and states that saw the same rows in any order have the
//! same bytes.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::bytes::{Fixed, Reader, damaged, put_count};
use super::value::scan_row;
use crate::{Error, check_size};

/// The values of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: BTreeMap<Box<[u8]>, i64>,
    /// Bytes of all values.
    bytes: usize,
}

impl Tally {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], i64)> {
        self.counts.iter().map(|(value, count)| (value.as_ref(), *count))
    }

    /// Counts a value `count` more times. A value that is new beyond `limit` values is left out.
    ///
    /// Errors: [`Error::Data`] when all values are too large for one value of a column.
    pub(super) fn add(&mut self, value: &[u8], count: i64, limit: usize) -> Result<(), Error> {
        if let Some(known) = self.counts.get_mut(value) {
            *known = known.wrapping_add(count);
        } else if self.counts.len() < limit {
            check_size(0, self.bytes + value.len())?;
            self.bytes += value.len();
            self.counts.insert(value.into(), count);
        }
        Ok(())
    }

    /// How often a value has been counted.
    pub(super) fn count(&self, value: &[u8]) -> i64 {
        self.counts.get(value).copied().unwrap_or(0)
    }

    /// Errors: those of [`Self::add`] for a new value.
    pub(super) fn check(&self, value: &[u8]) -> Result<(), Error> {
        check_size(0, self.bytes + value.len())
    }

    /// Says how often a value has been counted, whatever was known before. Error: not once.
    pub(super) fn put(&mut self, value: &[u8], count: i64) -> Result<(), Error> {
        if count < 1 {
            return Err(damaged());
        }
        if self.counts.insert(value.into(), count).is_none() {
            self.bytes += value.len();
        }
        Ok(())
    }

    /// Counts a value once less; one that is not there stays so.
    pub(super) fn undo(&mut self, value: &[u8]) {
        if let Some(count) = self.counts.get_mut(value) {
            *count -= 1;
            if *count < 1 {
                self.counts.remove(value);
                self.bytes -= value.len();
            }
        }
    }

    /// Counts all values of another tally. Errors as [`Self::add`]; nothing has changed then.
    pub(super) fn join(&mut self, other: &Self, limit: usize) -> Result<(), Error> {
        let mut joined = self.clone();
        other.iter().try_for_each(|(value, count)| joined.add(value, count, limit))?;
        *self = joined;
        Ok(())
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_count(self.counts.len(), out);
        for (value, count) in self.iter() {
            out.extend_from_slice(value);
            count.put(out);
        }
    }

    /// A tally of values of that type.
    pub(super) fn read(ty: &DataType, bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Self::read_rows(std::slice::from_ref(ty), bytes)
    }

    /// A tally of rows of values of these types.
    pub(super) fn read_rows(types: &[DataType], bytes: &mut Reader<'_>) -> Result<Self, Error> {
        let mut tally = Self::default();
        for _ in 0..bytes.count()? {
            let value = scan_row(types, bytes)?;
            if tally.count(value) != 0 {
                return Err(damaged());
            }
            tally.put(value, i64::get(bytes)?)?;
        }
        Ok(tally)
    }

    /// Bytes of memory: a node of the map has room for eleven entries and is half full or more.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.bytes + self.counts.len() * 48
    }
}
