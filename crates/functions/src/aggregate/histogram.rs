//! `HISTOGRAM`: how often each value occurs.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType;

use super::AggregateFunction;
use super::bytes::{Reader, damaged};
use super::declaration::of;
use super::state::Accumulate;
use super::tally::Tally;
use super::value::{NULL, ValueInput};
use super::value_column::ValueColumn;
use crate::lists::Bounds;
use crate::{Arg, Error, Example, Param, ParamType, Returns};

/// Most values of a group.
const MAX_VALUES: usize = 1000;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "HISTOGRAM",
    description: "A map from each value of a column to the number of rows that have it. It has up to 1000 values; those that \
                  come later are left out, and so are nulls.",
    undo: true,
    extension: false,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::String }],
        Returns::Type(ParamType::Map(&ParamType::String, &ParamType::Bigint)),
    )],
    examples: &[
        Example { call: "HISTOGRAM(x) of 'a'; 'b'; NULL; 'a'", result: "MAP('a' := 2, 'b' := 1)" },
        Example { call: "HISTOGRAM(x) of 'a'; 'b'; 'a' without 'a'; 'b'", result: "MAP('a' := 1)" },
    ],
    state: |setup| Ok(Box::new(Histogram { slots: Vec::new(), returns: setup.returns.clone() })),
};

#[derive(Debug)]
struct Histogram {
    slots: Vec<Tally>,
    returns: DataType,
}

/// Maps under construction.
#[derive(Debug)]
struct Maps {
    bounds: Bounds,
    keys: ValueColumn,
    counts: Vec<i64>,
}

impl Accumulate for Histogram {
    type Input<'a> = ValueInput<'a>;
    type Out = Maps;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots, Tally::default);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if input.is_null(row) { Ok(()) } else { self.slots[slot].add(input.bytes(row)?, 1, MAX_VALUES) }
    }

    fn undo(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        self.slots[slot].undo(input.bytes(row)?);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = std::mem::take(&mut self.slots[into]);
        let result = joined.join(&self.slots[from], MAX_VALUES);
        self.slots[into] = joined;
        result
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Tally::default();
    }

    fn out(&self, _rows: usize) -> Result<Maps, Error> {
        Ok(Maps { bounds: Bounds::default(), keys: ValueColumn::of(&DataType::Utf8)?, counts: Vec::new() })
    }

    fn push(&self, slot: usize, out: &mut Maps) -> Result<(), Error> {
        for (value, count) in self.slots[slot].iter() {
            out.keys.read(&mut Reader::of(value))?;
            out.counts.push(count);
        }
        out.bounds.end(out.counts.len(), true)
    }

    fn finish(&self, out: Maps) -> Result<ArrayRef, Error> {
        out.bounds.map(out.keys.finish()?, Arc::new(Int64Array::from(out.counts)), &self.returns)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.slots[slot].write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let tally = Tally::read(&DataType::Utf8, bytes)?;
        if tally.iter().any(|(value, _)| value == [NULL]) {
            return Err(damaged());
        }
        self.slots[slot] = tally;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        self.slots[slot].held()
    }
}
