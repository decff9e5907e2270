//! `ATTR`: the one value that all rows have.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::AggregateFunction;
use super::bytes::Reader;
use super::declaration::of;
use super::state::Accumulate;
use super::tally::Tally;
use super::value::ValueInput;
use super::value_column::ValueColumn;
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "ATTR",
    description: "The value of a column that is the same in all rows; null when rows differ. Null is a value like any other.",
    undo: true,
    extension: false,
    overloads: &[of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Like(0))],
    examples: &[
        Example { call: "ATTR(x) of 'a'; 'a'", result: "'a'" },
        Example { call: "ATTR(x) of 'a'; NULL", result: "NULL" },
        Example { call: "ATTR(x) of 'a'; 'b'; 'a' without 'b'", result: "'a'" },
    ],
    state: |setup| Ok(Box::new(Attr { slots: Vec::new(), ty: setup.input(0)?.clone() })),
};

#[derive(Debug)]
struct Attr {
    slots: Vec<Tally>,
    ty: DataType,
}

impl Accumulate for Attr {
    type Input<'a> = ValueInput<'a>;
    type Out = ValueColumn;

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
        self.slots[slot].add(input.bytes(row)?, 1, usize::MAX)
    }

    fn undo(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        self.slots[slot].undo(input.bytes(row)?);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = std::mem::take(&mut self.slots[into]);
        let result = joined.join(&self.slots[from], usize::MAX);
        self.slots[into] = joined;
        result
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Tally::default();
    }

    fn out(&self, _rows: usize) -> Result<ValueColumn, Error> {
        ValueColumn::of(&self.ty)
    }

    fn push(&self, slot: usize, out: &mut ValueColumn) -> Result<(), Error> {
        let mut values = self.slots[slot].iter();
        match (values.next(), values.next()) {
            (Some((only, _)), None) => out.read(&mut Reader::of(only)),
            _ => out.null(),
        }
    }

    fn finish(&self, out: ValueColumn) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.slots[slot].write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.slots[slot] = Tally::read(&self.ty, bytes)?;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        self.slots[slot].held()
    }
}
