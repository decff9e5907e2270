//! `COUNT_DISTINCT`: how many different values, approximately.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int64Type};

use super::bytes::Reader;
use super::declaration::{Setup, of};
use super::number::column;
use super::sketch::Sketch;
use super::state::{Accumulate, AggregateState};
use super::value::ValueInput;
use super::value_list::hash;
use super::{AggregateFunction, AggregateOverload};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COUNT_DISTINCT",
    description: "How many different values a column has, nulls left out: an estimate that is off by a percent or two, in \
                  bounded memory.",
    undo: false,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "COUNT_DISTINCT(x) of 'a'; 'b'; NULL; 'a'", result: "2" },
        Example { call: "COUNT_DISTINCT(x) of ARRAY[1, 2]; ARRAY[2, 1]; ARRAY[1, 2]", result: "2" },
    ],
    state,
};

/// Also that of APPROX_COUNT_DISTINCT.
pub(super) static OVERLOADS: [AggregateOverload; 1] =
    [of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Type(ParamType::Bigint))];

/// Also the states of APPROX_COUNT_DISTINCT.
pub(super) fn state(_: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    Ok(Box::new(CountDistinct(Vec::new())))
}

#[derive(Debug)]
struct CountDistinct(Vec<Sketch>);

impl Accumulate for CountDistinct {
    type Input<'a> = ValueInput<'a>;
    type Out = Vec<i64>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn resize(&mut self, slots: usize) {
        self.0.resize_with(slots, Sketch::default);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if !input.is_null(row) {
            self.0[slot].insert(hash(input.bytes(row)?));
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = std::mem::take(&mut self.0[into]);
        joined.join(&self.0[from]);
        self.0[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.0[slot] = Sketch::default();
    }

    fn out(&self, rows: usize) -> Result<Vec<i64>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<i64>) -> Result<(), Error> {
        out.push(self.0[slot].estimate());
        Ok(())
    }

    fn finish(&self, out: Vec<i64>) -> Result<ArrayRef, Error> {
        column::<Int64Type>(out, None, &DataType::Int64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.0[slot].write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.0[slot] = Sketch::read(bytes)?;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        self.0[slot].held()
    }
}
