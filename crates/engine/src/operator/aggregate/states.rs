//! The states of all calls of an aggregation, by slot: a slot is one group in one window.
//!
//! As bytes a slot is, call by call: eight bytes that tell the call, four of length, and its state. A call that was not
//! there when they were written has seen no rows then, as when a query is replaced.

use arrow::array::ArrayRef;
use millstream_functions::{AggregateState, Error, FailedRow, Rows};
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
}

impl States {
    /// No slots. Error: a call cannot have a state.
    pub(super) fn new(calls: &[AggregateCall]) -> Result<Self, EngineError> {
        let state = |call: &AggregateCall| match call.state() {
            Ok(state) => Ok((call.clone(), state)),
            Err(error) => Err(failed(&call.sql, &error)),
        };
        let marks = calls.iter().map(mark).collect();
        Ok(Self { calls: calls.iter().map(state).collect::<Result<_, _>>()?, marks, free: Vec::new(), slots: 0 })
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
            out.extend_from_slice(&mark.to_le_bytes());
            let length = out.len();
            out.extend_from_slice(&[0; 4]);
            state.encode(slot, out).map_err(|error| failed(&call.sql, &error))?;
            let bytes = u32::try_from(out.len() - length - 4);
            let bytes = bytes.map_err(|_| EngineError::Query(format!("{}: a group is too large to keep", call.sql)))?;
            if let Some(place) = out.get_mut(length..length + 4) {
                place.copy_from_slice(&bytes.to_le_bytes());
            }
        }
        Ok(())
    }

    /// Puts what [`States::encode`] gave into a new slot, and gives its number.
    pub(super) fn decode(&mut self, mut bytes: &[u8]) -> Result<u32, EngineError> {
        let slot = self.take_slot()?;
        while !bytes.is_empty() {
            let (mark, length) = (take_array(&mut bytes)?, take_array(&mut bytes)?);
            let length = u32::from_le_bytes(length) as usize;
            let (state, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
            bytes = rest;
            let Some(at) = self.marks.iter().position(|own| *own == u64::from_le_bytes(mark)) else { continue };
            if let Some((call, own)) = self.calls.get_mut(at) {
                own.decode(slot, state).map_err(|error| failed(&call.sql, &error))?;
            }
        }
        Ok(slot)
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

/// What tells a call among others in bytes that outlive the program: FNV-1a of its text, types and constants.
fn mark(call: &AggregateCall) -> u64 {
    let text = format!("{}|{:?}|{:?}", call.sql, call.function.params, call.constants);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn failed(sql: &str, error: &Error) -> EngineError {
    EngineError::Query(format!("{sql}: {error}"))
}
