//! `COUNT`: how many rows.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int64Type};

use super::AggregateFunction;
use super::bytes::{Fixed, Reader};
use super::declaration::of;
use super::number::{argument, column};
use super::state::Accumulate;
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COUNT",
    description: "How many rows have a value in a column; COUNT(*) and COUNT() count all rows.",
    undo: true,
    extension: false,
    overloads: &[of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Type(ParamType::Bigint))],
    examples: &[
        Example { call: "COUNT(x) of 'a'; NULL; 'b'", result: "2" },
        Example { call: "COUNT(x) of 'a'; 'b' without 'a'; NULL", result: "1" },
    ],
    state: |_| Ok(Box::new(Count(Vec::new()))),
};

#[derive(Debug)]
struct Count(Vec<i64>);

/// Which values of an argument are null.
#[derive(Debug)]
struct Nulls<'a> {
    nulls: Option<&'a NullBuffer>,
    step: usize,
}

impl Nulls<'_> {
    /// 1 for a value, 0 for a null.
    #[inline]
    fn count(&self, row: usize) -> i64 {
        self.nulls.map_or(1, |nulls| i64::from(nulls.is_valid(row * self.step)))
    }
}

impl Accumulate for Count {
    type Input<'a> = Nulls<'a>;
    type Out = Vec<i64>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Nulls<'a>, Error> {
        let arg = argument(args, 0)?;
        Ok(Nulls { nulls: arg.array().nulls(), step: usize::from(!arg.is_constant()) })
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn resize(&mut self, slots: usize) {
        self.0.resize(slots, 0);
    }

    fn add(&mut self, slot: usize, input: &mut Nulls<'_>, row: usize) -> Result<(), Error> {
        self.0[slot] = self.0[slot].wrapping_add(input.count(row));
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Nulls<'_>, row: usize) -> Result<(), Error> {
        self.0[slot] = self.0[slot].wrapping_sub(input.count(row));
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        self.0[into] = self.0[into].wrapping_add(self.0[from]);
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.0[slot] = 0;
    }

    fn out(&self, rows: usize) -> Result<Vec<i64>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<i64>) -> Result<(), Error> {
        out.push(self.0[slot]);
        Ok(())
    }

    fn finish(&self, out: Vec<i64>) -> Result<ArrayRef, Error> {
        column::<Int64Type>(out, None, &DataType::Int64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.0[slot].put(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.0[slot] = i64::get(bytes)?;
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<i64>()
    }
}
