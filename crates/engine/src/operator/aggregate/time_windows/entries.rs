//! What is kept of windows: the keys of its entries, and taking them in.

use super::apart::{self, APART, VALUE};
use super::{Group, States, TimeWindows, too_many};
use crate::error::EngineError;
use crate::operator::kept::{VERSION, newer, take_array, take_long};

/// What the times are kept under.
pub(super) const TIMES: &[u8] = b"t";

/// The key that a group in a window is kept under.
pub(super) fn kept_key(start: i64, key: &[u8]) -> Vec<u8> {
    [b"w", start.to_be_bytes().as_slice(), key].concat()
}

/// Beginning and key of a group in a window, of what it is kept under.
pub(super) fn read_key(entry: &[u8]) -> Result<(i64, &[u8]), EngineError> {
    let mut rest = entry.get(1..).unwrap_or_default();
    Ok((take_long(&mut rest)?, rest))
}

/// What the keys of all values of windows that begin then or later are not before.
pub(super) fn value_bound(start: i64) -> Vec<u8> {
    [&[VALUE], start.to_be_bytes().as_slice()].concat()
}

/// Beginning and key of a group in a window, of what a value of it is kept under.
pub(super) fn read_value_key(entry: &[u8]) -> Result<(i64, &[u8]), EngineError> {
    let mut rest = entry.get(1..).unwrap_or_default();
    let start = take_long(&mut rest)?;
    Ok((start, apart::read_value(rest)?.1))
}

/// Takes the version of a value: which form it has.
pub(super) fn take_form(value: &mut &[u8]) -> Result<u8, EngineError> {
    match take_array::<1>(value)? {
        [version @ (VERSION | APART)] => Ok(version),
        [other] => Err(newer(other, APART)),
    }
}

impl TimeWindows {
    /// The group of a key in a window of which entries are loaded, in any order: its number.
    fn loaded(&mut self, start: i64, key: &[u8], states: &mut States) -> Result<(u32, &mut Group), EngineError> {
        let window = self.windows.entry(start).or_default();
        let (number, new) = window.keys.add(key).ok_or_else(too_many)?;
        if new {
            let slot = states.take_slot()?;
            window.groups.push(Group { slot, time: i64::MIN, columns: Vec::new(), noted: false, saved: true });
        }
        Ok((number, window.groups.get_mut(number as usize).ok_or_else(too_many)?))
    }

    /// Takes the entry of a group.
    pub(super) fn load_group(
        &mut self,
        version: u8,
        mut kept: &[u8],
        mut value: &[u8],
        states: &mut States,
    ) -> Result<(), EngineError> {
        let start = take_long(&mut kept)?;
        let (time, columns) = (take_long(&mut value)?, self.columns.take(&mut value)?);
        let whole = version == VERSION;
        let (apart, decoded) = (self.apart, if whole { Some(states.decode(value)?) } else { None });
        let (number, group) = self.loaded(start, kept, states)?;
        (group.time, group.columns) = (time, columns);
        match decoded {
            // Given out twice, or a slot without anything: the later one counts.
            Some(slot) => states.give_back(std::mem::replace(&mut group.slot, slot))?,
            None => states.decode_rest(group.slot, value)?,
        }
        if whole == apart && !std::mem::replace(&mut group.noted, true) {
            // It has another form than this program writes.
            if apart {
                states.touch_values(group.slot);
            }
            self.changed.push((start, number));
        }
        Ok(())
    }

    /// Takes the entry of a value.
    pub(super) fn load_value(&mut self, kept: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        let mut rest = kept.get(1..).unwrap_or_default();
        let start = take_long(&mut rest)?;
        let (mark, key, of_group) = apart::read_value(rest)?;
        let slot = self.loaded(start, key, states)?.1.slot;
        if !states.put_value(slot, mark, of_group, take_long(&mut value)?)? || !self.apart {
            self.gone.push(kept.into());
        }
        Ok(())
    }

    /// Takes the times.
    pub(super) fn load_times(&mut self, mut value: &[u8]) -> Result<(), EngineError> {
        self.saved = (take_long(&mut value)?, take_long(&mut value)?);
        (self.now, self.latest) = self.saved;
        Ok(())
    }
}
