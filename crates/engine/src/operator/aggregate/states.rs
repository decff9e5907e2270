//! The states of all calls of an aggregation, by slot: a slot is one group in one window.
//!
//! As bytes a slot is, call by call: eight bytes that tell the call, four of length, and its state. A call that was not
//! there when they were written has seen no rows then, as when a query is replaced.

use arrow::array::ArrayRef;
use millstream_functions::{AggregateState, Error, FailedRow, Rows, Values};
use millstream_plan::topology::AggregateCall;

use crate::error::EngineError;
use crate::operator::kept::{damaged, take_array};

/// States by slot, of every call.
pub(super) struct States {
    calls: Vec<(AggregateCall, Box<dyn AggregateState>)>,
    /// What tells each call among others.
    marks: Vec<u64>,
    /// Slots that were given back.
    free: Vec<u32>,
    /// How many slots there are.
    slots: u32,
    /// A call keeps a part of its state value by value.
    has_values: bool,
}

impl States {
    /// No slots. Error: a call cannot have a state.
    pub(super) fn new(calls: &[AggregateCall]) -> Result<Self, EngineError> {
        let state = |call: &AggregateCall| match call.state() {
            Ok(state) => Ok((call.clone(), state)),
            Err(error) => Err(failed(&call.sql, &error)),
        };
        let marks = calls.iter().map(mark).collect();
        let mut calls: Vec<(AggregateCall, Box<dyn AggregateState>)> =
            calls.iter().map(state).collect::<Result<_, _>>()?;
        let has_values = calls.iter_mut().any(|(_, state)| state.values().is_some());
        Ok(Self { calls, marks, free: Vec::new(), slots: 0, has_values })
    }

    /// Whether a call keeps a part of its state value by value.
    pub(super) fn has_values(&self) -> bool {
        self.has_values
    }

    fn values(&mut self) -> impl Iterator<Item = (u64, &mut dyn Values)> {
        let marked = self.marks.iter().zip(&mut self.calls);
        marked.filter_map(|(mark, (_, state))| Some((*mark, state.values()?)))
    }

    /// What tells the calls that do so among others.
    pub(super) fn value_marks(&mut self) -> Vec<u64> {
        self.values().map(|(mark, _)| mark).collect()
    }

    /// From here on it is noted which values change.
    pub(super) fn track_values(&mut self) {
        self.values().for_each(|(_, values)| values.track());
    }

    /// Rows may be taken back: that a value occurs once more is a change of it, too.
    pub(super) fn count_values(&mut self) {
        self.values().for_each(|(_, values)| values.count());
    }

    /// All values of a slot have changed.
    pub(super) fn touch_values(&mut self, slot: u32) {
        self.values().for_each(|(_, values)| values.touch(slot));
    }

    /// The values of a slot that have changed since the last call: the mark of the call, the value, and how often it occurs; 0: it
    /// is gone.
    pub(super) fn take_values(&mut self, slot: u32) -> Vec<(u64, Box<[u8]>, i64)> {
        let mut all = Vec::new();
        for (mark, values) in self.values() {
            all.extend(values.take(slot).into_iter().map(|(value, count)| (mark, value, count)));
        }
        all
    }

    /// Takes a value that [`States::take_values`] gave; `false`: its call is not here.
    pub(super) fn put_value(&mut self, slot: u32, mark: u64, value: &[u8], count: i64) -> Result<bool, EngineError> {
        let Some((_, values)) = self.values().find(|(own, _)| *own == mark) else { return Ok(false) };
        values.put(slot, value, count).map_err(|error| EngineError::Query(error.to_string()))?;
        Ok(true)
    }

    /// How many slots are taken.
    pub(super) fn len(&self) -> usize {
        (self.slots as usize).saturating_sub(self.free.len())
    }

    /// Makes room for so many slots more.
    pub(super) fn expect(&mut self, slots: usize) {
        let wanted = (self.slots as usize).saturating_add(slots).next_power_of_two();
        self.calls.iter_mut().for_each(|(_, state)| state.grow(wanted));
    }

    /// A slot that has seen no rows.
    pub(super) fn take_slot(&mut self) -> Result<u32, EngineError> {
        if let Some(slot) = self.free.pop() {
            return Ok(slot);
        }
        let slot = self.slots;
        self.slots = slot.checked_add(1).ok_or_else(|| EngineError::Query("there are too many groups".into()))?;
        // All calls at once, in steps that double: most of them hold their slots in one vector.
        let wanted = (self.slots as usize).next_power_of_two();
        self.calls.iter_mut().for_each(|(_, state)| state.grow(wanted));
        Ok(slot)
    }

    /// Gives a slot back.
    pub(super) fn give_back(&mut self, slot: u32) -> Result<(), EngineError> {
        for (call, state) in &mut self.calls {
            state.reset(slot).map_err(|error| failed(&call.sql, &error))?;
        }
        self.free.push(slot);
        Ok(())
    }

    /// About how many bytes of memory a slot takes.
    pub(super) fn held(&self, slot: u32) -> usize {
        self.calls.iter().map(|(_, state)| state.held(slot)).sum()
    }

    /// Counts rows in and out, and gives the results of their slots after each, if they are asked for.
    ///
    /// Errors: a row has no result: its query stops, as ksqlDB's do.
    pub(super) fn apply(
        &mut self,
        call: usize,
        rows: &Rows<'_>,
        results: bool,
    ) -> Result<Option<ArrayRef>, EngineError> {
        let Some((AggregateCall { sql, .. }, state)) = self.calls.get_mut(call) else { return Ok(None) };
        let mut rejected: Vec<FailedRow> = Vec::new();
        let done = if results {
            state.apply_each(rows, &mut rejected).map(Some)
        } else {
            state.apply(rows, &mut rejected).map(|()| None)
        };
        if let Some(first) = rejected.first() {
            return Err(failed(sql, &first.error));
        }
        done.map_err(|error| failed(sql, &error))
    }

    /// How many of these rows, from the first one on, may be counted at once when results are asked for.
    pub(super) fn room(&self, call: usize, rows: &Rows<'_>) -> usize {
        self.calls.get(call).map_or(rows.slots.len(), |(_, state)| state.room(rows))
    }

    /// The results of these slots, call by call.
    pub(super) fn results(&self, slots: &[u32]) -> Result<Vec<ArrayRef>, EngineError> {
        let result = |(call, state): &(AggregateCall, Box<dyn AggregateState>)| {
            state.result(slots).map_err(|error| failed(&call.sql, &error))
        };
        self.calls.iter().map(result).collect()
    }

    /// Adds what a slot has seen to an earlier one, and gives it back.
    pub(super) fn merge(&mut self, into: u32, from: u32) -> Result<(), EngineError> {
        for (call, state) in &mut self.calls {
            state.merge(into, from).map_err(|error| failed(&call.sql, &error))?;
        }
        self.give_back(from)
    }

    /// Appends what a slot has seen.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), EngineError> {
        for ((call, state), mark) in self.calls.iter().zip(&self.marks) {
            framed(call, *mark, out, |out| state.encode(slot, out))?;
        }
        Ok(())
    }

    /// The same without what [`States::take_values`] gives out.
    pub(super) fn encode_rest(&mut self, slot: u32, out: &mut Vec<u8>) -> Result<(), EngineError> {
        for ((call, state), mark) in self.calls.iter_mut().zip(&self.marks) {
            framed(call, *mark, out, |out| match state.values() {
                Some(values) => values.encode_rest(slot, out),
                None => state.encode(slot, out),
            })?;
        }
        Ok(())
    }

    /// Puts what [`States::encode`] gave into a new slot, and gives its number.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<u32, EngineError> {
        let slot = self.take_slot()?;
        self.each_framed(bytes, |state, bytes| state.decode(slot, bytes))?;
        Ok(slot)
    }

    /// Puts what [`States::encode_rest`] gave into a slot, which may have its values already.
    pub(super) fn decode_rest(&mut self, slot: u32, bytes: &[u8]) -> Result<(), EngineError> {
        self.each_framed(bytes, |state, bytes| match state.values() {
            Some(values) => values.decode_rest(slot, bytes),
            None => state.decode(slot, bytes),
        })
    }

    /// Hands each state what [`framed`] has written of it. That of a call which is not here is passed over.
    fn each_framed(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(&mut dyn AggregateState, &[u8]) -> Result<(), Error>,
    ) -> Result<(), EngineError> {
        while !bytes.is_empty() {
            let (mark, length) = (take_array(&mut bytes)?, take_array(&mut bytes)?);
            let length = u32::from_le_bytes(length) as usize;
            let (state, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
            bytes = rest;
            let Some(at) = self.marks.iter().position(|own| *own == u64::from_le_bytes(mark)) else { continue };
            if let Some((call, own)) = self.calls.get_mut(at) {
                take(own.as_mut(), state).map_err(|error| failed(&call.sql, &error))?;
            }
        }
        Ok(())
    }

    /// Goes on with the slots of another aggregation of the same groups, and with its states of the calls that both have.
    /// To the other calls the groups have seen no rows yet.
    pub(super) fn adopt(&mut self, mut earlier: Self) {
        (self.free, self.slots) = (earlier.free, earlier.slots);
        for (call, state) in &mut self.calls {
            let same = |(other, _): &(AggregateCall, Box<dyn AggregateState>)| {
                other.sql == call.sql
                    && other.function.params == call.function.params
                    && other.constants == call.constants
            };
            match earlier.calls.iter().position(same) {
                Some(at) => *state = earlier.calls.swap_remove(at).1,
                None => state.grow(self.slots as usize),
            }
        }
    }
}

/// Appends the state of a call, with what tells the call and its length before it.
fn framed(
    call: &AggregateCall,
    mark: u64,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
) -> Result<(), EngineError> {
    out.extend_from_slice(&mark.to_le_bytes());
    let length = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out).map_err(|error| failed(&call.sql, &error))?;
    let bytes = u32::try_from(out.len() - length - 4);
    let bytes = bytes.map_err(|_| EngineError::Query(format!("{}: a group is too large to keep", call.sql)))?;
    if let Some(place) = out.get_mut(length..length + 4) {
        place.copy_from_slice(&bytes.to_le_bytes());
    }
    Ok(())
}

/// What tells a call among others in bytes that outlive the program: FNV-1a of its text, types and constants.
fn mark(call: &AggregateCall) -> u64 {
    let text = format!("{}|{:?}|{:?}", call.sql, call.function.params, call.constants);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn failed(sql: &str, error: &Error) -> EngineError {
    EngineError::Query(format!("{sql}: {error}"))
}
