//! The states of all calls of an aggregation, by slot: a slot is one group in one window.

use arrow::array::ArrayRef;
use millstream_functions::{AggregateState, Error, FailedRow, Rows};
use millstream_plan::topology::AggregateCall;

use crate::error::EngineError;

/// States by slot, of every call.
pub(super) struct States {
    calls: Vec<(AggregateCall, Box<dyn AggregateState>)>,
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
        Ok(Self { calls: calls.iter().map(state).collect::<Result<_, _>>()?, free: Vec::new(), slots: 0 })
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

fn failed(sql: &str, error: &Error) -> EngineError {
    EngineError::Query(format!("{sql}: {error}"))
}
