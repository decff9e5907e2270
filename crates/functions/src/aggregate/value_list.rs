//! Values of one group in order, as bytes one after the other (see [`super::value`]), and an index of those in a set.

use std::collections::HashMap;

use arrow::datatypes::DataType;

use super::bytes::{Reader, put_count};
use super::value::scan;
use crate::lists::check_length;
use crate::{Error, check_size};

/// Values in order.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueList {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl ValueList {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn start(&self, i: usize) -> usize {
        i.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    pub(super) fn get(&self, i: usize) -> &[u8] {
        &self.bytes[self.start(i)..self.ends[i] as usize]
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        (0..self.len()).map(|i| self.get(i))
    }

    /// All values one after the other.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether one more value, which makes it so many bytes, leaves it small enough to be shown.
    fn check(&self, bytes: usize) -> Result<(), Error> {
        check_size(0, bytes)?;
        check_length(0, self.len() + 1)
    }

    /// Appends a value.
    ///
    /// Errors: [`Error::Data`] when all of them are too large for one value of a column; nothing has changed then.
    pub(super) fn push(&mut self, value: &[u8]) -> Result<(), Error> {
        let length = self.bytes.len() + value.len();
        self.check(length)?;
        self.bytes.extend_from_slice(value);
        self.ends.push(length as u32);
        Ok(())
    }

    /// Puts a value before that at `i`, or at the end. Errors as [`Self::push`].
    pub(super) fn insert(&mut self, i: usize, value: &[u8]) -> Result<(), Error> {
        self.check(self.bytes.len() + value.len())?;
        let start = self.start(i);
        self.bytes.splice(start..start, value.iter().copied());
        self.ends.insert(i, start as u32);
        self.ends[i..].iter_mut().for_each(|end| *end += value.len() as u32);
        Ok(())
    }

    /// Takes the value at `i` out.
    pub(super) fn remove(&mut self, i: usize) {
        let range = self.start(i)..self.ends[i] as usize;
        let length = range.len() as u32;
        self.bytes.drain(range);
        self.ends.remove(i);
        self.ends[i..].iter_mut().for_each(|end| *end -= length);
    }

    /// Bytes of memory, without the list itself.
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_count(self.len(), out);
        out.extend_from_slice(&self.bytes);
    }

    /// Values of that type.
    ///
    /// Errors: [`Error::Fatal`] when they are damaged.
    pub(super) fn read(ty: &DataType, bytes: &mut Reader<'_>) -> Result<Self, Error> {
        let count = bytes.count()?;
        let start = *bytes;
        let ends = scan(ty, count, bytes)?;
        let values = start.clone().take(ends.last().copied().unwrap_or(0))?;
        Ok(Self { bytes: values.to_vec(), ends: ends.into_iter().map(|end| end as u32).collect() })
    }
}

/// Up to so many values are looked through one by one: that is quick, and an index takes memory.
const UNINDEXED: usize = 16;

/// Different values in the order of coming.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueSet {
    values: ValueList,
    /// Absent while there are few values.
    index: Option<Box<Index>>,
}

/// Where values are: the last one of each hash, and for each value the one before it that has the same hash.
#[derive(Debug, Clone, Default)]
struct Index {
    last: HashMap<u64, u32>,
    before: Vec<Option<u32>>,
}

impl Index {
    fn push(&mut self, value: &[u8]) {
        let number = self.before.len() as u32;
        self.before.push(self.last.insert(hash(value), number));
    }
}

impl ValueSet {
    pub(super) fn of(values: ValueList) -> Self {
        let mut set = Self { values, index: None };
        set.build();
        set
    }

    pub(super) fn values(&self) -> &ValueList {
        &self.values
    }

    pub(super) fn contains(&self, value: &[u8]) -> bool {
        let Some(index) = &self.index else { return self.values.iter().any(|v| v == value) };
        let mut candidate = index.last.get(&hash(value)).copied();
        while let Some(number) = candidate {
            if self.values.get(number as usize) == value {
                return true;
            }
            candidate = index.before[number as usize];
        }
        false
    }

    /// Adds a value that it does not contain. Errors as [`ValueList::push`].
    pub(super) fn push(&mut self, value: &[u8]) -> Result<(), Error> {
        self.values.push(value)?;
        match &mut self.index {
            Some(index) => index.push(value),
            None => self.build(),
        }
        Ok(())
    }

    fn build(&mut self) {
        if self.values.len() > UNINDEXED {
            let mut index = Index::default();
            self.values.iter().for_each(|value| index.push(value));
            self.index = Some(Box::new(index));
        }
    }

    /// Bytes of memory, without the set itself.
    pub(super) fn held(&self) -> usize {
        // A hash map has an entry and a byte for each place, and a few places empty.
        let index = |i: &Index| size_of::<Index>() + i.last.capacity() * 18 + i.before.capacity() * 8;
        self.values.held() + self.index.as_deref().map_or(0, index)
    }
}

/// 64 bits of bytes: FNV-1a, whose bits the finalizer of MurmurHash3 mixes. COUNT_DISTINCT keeps what it makes of them:
/// it must never change.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mixed = |hash: u64, shift: u32, factor: u64| (hash ^ (hash >> shift)).wrapping_mul(factor);
    let hash = bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3));
    let hash = mixed(mixed(hash, 33, 0xFF51_AFD7_ED55_8CCD), 33, 0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_were_put() {
        let mut list = ValueList::default();
        for (i, value) in [(0, "b"), (0, "aa"), (2, ""), (2, "ccc")] {
            list.insert(i, value.as_bytes()).unwrap();
        }
        list.push(b"d").unwrap();
        let texts = |list: &ValueList| list.iter().map(|v| String::from_utf8_lossy(v).into_owned()).collect::<Vec<_>>();
        assert_eq!(texts(&list), ["aa", "b", "ccc", "", "d"]);
        list.remove(0);
        list.remove(1);
        assert_eq!(texts(&list), ["b", "", "d"]);
        assert_eq!(list.bytes(), b"bd");
    }

    #[test]
    fn large_sets_find_what_they_contain() {
        let mut set = ValueSet::default();
        for i in 0..1000u32 {
            assert!(!set.contains(&i.to_le_bytes()));
            set.push(&i.to_le_bytes()).unwrap();
        }
        assert!((0..1000u32).all(|i| set.contains(&i.to_le_bytes())) && set.index.is_some());
    }

    #[test]
    fn hashes_never_change() {
        assert_eq!([hash(b""), hash(b"a")], [0xEFD0_1F60_BA99_2926, 0x82A2_A958_A9BE_CE5B]);
    }
}
