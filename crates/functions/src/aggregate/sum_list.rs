//! `SUM_LIST`: the sum over arrays.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::AggregateFunction;
use super::bytes::{Fixed, Reader};
use super::declaration::{Setup, of};
use super::number::{NumberLists, Summed, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "SUM_LIST",
    description: "The sum of the elements of all arrays of a column, nulls left out; 0 when there is none. INTEGER and BIGINT \
                  wrap.",
    undo: true,
    extension: false,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Integer) }], Returns::Type(ParamType::Integer)),
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Bigint) }], Returns::Type(ParamType::Bigint)),
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Double) }], Returns::Type(ParamType::Double)),
    ],
    examples: &[
        Example { call: "SUM_LIST(x) of ARRAY[1, NULL, 2]; NULL; ARRAY[3]", result: "6" },
        Example { call: "SUM_LIST(x) of ARRAY[1E0, 2E0]; ARRAY[4E0] without ARRAY[1E0, 2E0]", result: "4E0" },
    ],
    state,
};

fn state(setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    Ok(match &setup.returns {
        DataType::Int32 => Box::new(SumList::<Int32Type>(Vec::new())),
        DataType::Int64 => Box::new(SumList::<Int64Type>(Vec::new())),
        DataType::Float64 => Box::new(SumList::<Float64Type>(Vec::new())),
        _ => return setup.unfit(),
    })
}

#[derive(Debug)]
struct SumList<P: Summed>(Vec<P::Native>);

impl<P: Summed> Accumulate for SumList<P> {
    type Input<'a> = NumberLists<'a, P>;
    type Out = Vec<P::Native>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<NumberLists<'a, P>, Error> {
        NumberLists::of(args, 0)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn resize(&mut self, slots: usize) {
        self.0.resize(slots, P::ZERO);
    }

    fn add(&mut self, slot: usize, input: &mut NumberLists<'_, P>, row: usize) -> Result<(), Error> {
        self.0[slot] = input.row(row).fold(self.0[slot], P::plus);
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut NumberLists<'_, P>, row: usize) -> Result<(), Error> {
        self.0[slot] = P::minus(self.0[slot], input.row(row).fold(P::ZERO, P::plus));
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        self.0[into] = P::plus(self.0[into], self.0[from]);
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.0[slot] = P::ZERO;
    }

    fn out(&self, rows: usize) -> Result<Vec<P::Native>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<P::Native>) -> Result<(), Error> {
        out.push(self.0[slot]);
        Ok(())
    }

    fn finish(&self, out: Vec<P::Native>) -> Result<ArrayRef, Error> {
        column::<P>(out, None, &P::DATA_TYPE)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.0[slot].put(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.0[slot] = P::Native::get(bytes)?;
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<P::Native>()
    }
}
