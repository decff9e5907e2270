//! How groups are kept whose calls keep values: each value on its own, so that a group that has seen a million of them does not
//! write them all with the next one, nor outgrow a record of its changelog.
//!
//! - `g`, the group's key → version 2, the latest time of its rows, the states of the calls without their values
//! - `v`, the call (8 bytes), the length of the group's key (4), that key, the value → version 2, how often it occurs
//!
//! Of windows, the beginning of the window stands behind `v`, and the groups themselves are kept as [`super::time_windows`] has it.
//!
//! Other groups, and these as programs before wrote them: the group's key → version 1, the time, the states as a whole. The
//! version tells which of the two an entry is. A state is all in one form: whoever reads the other one writes all of it anew.

use super::states::States;
use crate::error::EngineError;
use crate::operator::kept::{VERSION, damaged, newer, take_array, take_long};
use crate::operator::{Lend, Save, Saved};

/// The version that entries begin with whose values are apart.
pub(super) const APART: u8 = 2;

const GROUP: u8 = b'g';
/// What the keys of values begin with.
pub(super) const VALUE: u8 = b'v';

/// What an entry is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A group with all that it has seen.
    Whole { key: &'a [u8], time: i64, states: &'a [u8] },
    /// A group without its values.
    Rest { key: &'a [u8], time: i64, states: &'a [u8] },
    /// A value of a call of a group.
    Value { key: &'a [u8], mark: u64, value: &'a [u8], count: i64 },
}

/// Reads an entry. Error: it is damaged or newer than this program.
pub(super) fn read<'a>(mut key: &'a [u8], mut value: &'a [u8]) -> Result<Found<'a>, EngineError> {
    match take_array::<1>(&mut value)? {
        [VERSION] => Ok(Found::Whole { key, time: take_long(&mut value)?, states: value }),
        [APART] => match take_array::<1>(&mut key)? {
            [GROUP] => Ok(Found::Rest { key, time: take_long(&mut value)?, states: value }),
            [VALUE] => {
                let (mark, group, of_group) = read_value(key)?;
                Ok(Found::Value { key: group, mark, value: of_group, count: take_long(&mut value)? })
            }
            _ => Err(damaged()),
        },
        [other] => Err(newer(other, APART)),
    }
}

/// The call, the key of the group and the value that the key of a value's entry names behind where it stands.
pub(super) fn read_value(mut key: &[u8]) -> Result<(u64, &[u8], &[u8]), EngineError> {
    let mark = u64::from_be_bytes(take_array(&mut key)?);
    let length = u32::from_be_bytes(take_array(&mut key)?) as usize;
    let (group, value) = key.split_at_checked(length).ok_or_else(damaged)?;
    Ok((mark, group, value))
}

/// The key of a group's entry.
pub(super) fn put_group(key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.push(GROUP);
    out.extend_from_slice(key);
}

/// What a group's entry begins with.
pub(super) fn begin(apart: bool, time: i64, out: &mut Vec<u8>) {
    out.clear();
    out.push(if apart { APART } else { VERSION });
    out.extend_from_slice(&time.to_be_bytes());
}

/// The key of a value's entry; `window` is where its window begins, as bytes, and empty without windows. Error: the group's key is
/// too long.
pub(super) fn put_value(
    window: &[u8],
    key: &[u8],
    mark: u64,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EngineError> {
    let length = u32::try_from(key.len()).map_err(|_| EngineError::Query("the key of a group is too long".into()))?;
    out.clear();
    out.push(VALUE);
    out.extend_from_slice(window);
    out.extend_from_slice(&mark.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(value);
    Ok(())
}

/// Gives out the values of a slot that have changed, and says how many they are.
pub(super) fn save_values(
    window: &[u8],
    key: &[u8],
    slot: u32,
    states: &mut States,
    change: &mut Save<'_>,
) -> Result<usize, EngineError> {
    let (mut kept, mut given) = (Vec::new(), 0);
    for (mark, value, count) in states.take_values(slot) {
        put_value(window, key, mark, &value, &mut kept)?;
        let entry = counted(count);
        change(&kept, (count > 0).then_some(&entry[..]))?;
        given += 1;
    }
    Ok(given)
}

/// The calls of which values may be on disk, in a window as [`put_value`] has it: these, and those that are no longer asked for.
pub(super) fn marks(saved: &Saved, window: &[u8], own: Vec<u64>) -> Result<Vec<u64>, EngineError> {
    let bound = |mark: u64, rest: &[u8]| [&[VALUE], window, &mark.to_be_bytes(), rest].concat();
    let (mut marks, mut next) = (own, Some(0));
    // One value of each is enough.
    while let Some(from) = next.take() {
        saved.first(1, &bound(from, &[]), &bound(u64::MAX, &[0xff; 4]), &mut |entry, _| {
            let mut rest = entry.get(1 + window.len()..).unwrap_or_default();
            let mark = u64::from_be_bytes(take_array(&mut rest)?);
            marks.push(mark);
            next = mark.checked_add(1);
            Ok(())
        })?;
    }
    marks.sort_unstable();
    marks.dedup();
    Ok(marks)
}

/// Lends the entries of the values of a group that are on disk.
pub(super) fn each_value(
    saved: &Saved,
    window: &[u8],
    key: &[u8],
    marks: &[u64],
    each: &mut Lend<'_>,
) -> Result<(), EngineError> {
    let mut prefix = Vec::new();
    for mark in marks {
        put_value(window, key, *mark, &[], &mut prefix)?;
        saved.beginning(usize::MAX, &prefix, each)?;
    }
    Ok(())
}

/// The keys of the entries of all values of a slot.
pub(super) fn all_values(
    window: &[u8],
    key: &[u8],
    slot: u32,
    states: &mut States,
) -> Result<Vec<Box<[u8]>>, EngineError> {
    states.touch_values(slot);
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    for (mark, value, _) in states.take_values(slot) {
        put_value(window, key, mark, &value, &mut kept)?;
        all.push(kept.as_slice().into());
    }
    Ok(all)
}

/// The entry of a value that occurs so often.
fn counted(count: i64) -> [u8; 9] {
    let mut entry = [APART; 9];
    if let Some((_, number)) = entry.split_first_chunk_mut::<1>() {
        number.copy_from_slice(&count.to_be_bytes());
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written() {
        let (mut key, mut entry) = (Vec::new(), Vec::new());
        put_group(b"k", &mut key);
        begin(true, 7, &mut entry);
        entry.push(9);
        assert_eq!(read(&key, &entry).unwrap(), Found::Rest { key: b"k", time: 7, states: &[9] });
        begin(false, 7, &mut entry);
        assert_eq!(read(b"g", &entry).unwrap(), Found::Whole { key: b"g", time: 7, states: &[] });
        put_value(b"", b"key", 3, b"value", &mut key).unwrap();
        assert_eq!(read(&key, &counted(5)).unwrap(), Found::Value { key: b"key", mark: 3, value: b"value", count: 5 });
        assert!(read(b"x", &counted(5)).is_err());
        assert!(read(b"v123", &counted(5)).is_err());
        assert!(read(b"k", &[3]).unwrap_err().to_string().contains("version 3"));
    }
}
