//! `AVG`: the mean.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::AggregateFunction;
use super::bytes::{Fixed, Reader};
use super::declaration::{Setup, of};
use super::number::{Averaged, Numbers, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "AVG",
    description: "The mean of a column, nulls left out; 0 when there is none. The sum of INTEGERs wraps at 32 bits.",
    undo: true,
    extension: false,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Type(ParamType::Double)),
        of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Type(ParamType::Double)),
        of(&[Param { name: "column", ty: ParamType::Double }], Returns::Type(ParamType::Double)),
    ],
    examples: &[
        Example { call: "AVG(x) of 1; NULL; 2", result: "1.5E0" },
        Example { call: "AVG(x) of 2147483647; 1", result: "-1073741824E0" },
        Example { call: "AVG(x) of 1E0; 4E0 without 1E0", result: "4E0" },
        Example { call: "AVG(x) of 1; NULL without 1", result: "0E0" },
    ],
    state,
};

fn state(setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    Ok(match setup.input(0)? {
        DataType::Int32 => Box::new(Mean::<Int32Type>(Vec::new())),
        DataType::Int64 => Box::new(Mean::<Int64Type>(Vec::new())),
        DataType::Float64 => Box::new(Mean::<Float64Type>(Vec::new())),
        _ => return setup.unfit(),
    })
}

/// The sum and the number of values of each slot, side by side: both are needed for every row.
#[derive(Debug)]
struct Mean<P: Averaged>(Vec<(P::Native, i64)>);

impl<P: Averaged> Accumulate for Mean<P> {
    type Input<'a> = Numbers<'a, P>;
    type Out = Vec<f64>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Numbers<'a, P>, Error> {
        Numbers::of(args, 0)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn resize(&mut self, slots: usize) {
        self.0.resize(slots, (P::ZERO, 0));
    }

    fn add(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            let (sum, count) = self.0[slot];
            self.0[slot] = (P::plus(sum, value), count.wrapping_add(1));
        }
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            let (sum, count) = self.0[slot];
            self.0[slot] = (P::minus(sum, value), count.wrapping_sub(1));
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let ((a, n), (b, m)) = (self.0[into], self.0[from]);
        self.0[into] = (P::plus(a, b), n.wrapping_add(m));
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.0[slot] = (P::ZERO, 0);
    }

    fn out(&self, rows: usize) -> Result<Vec<f64>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<f64>) -> Result<(), Error> {
        let (sum, count) = self.0[slot];
        out.push(if count == 0 { 0.0 } else { P::double(sum) / count as f64 });
        Ok(())
    }

    fn finish(&self, out: Vec<f64>) -> Result<ArrayRef, Error> {
        column::<Float64Type>(out, None, &DataType::Float64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let (sum, count) = self.0[slot];
        sum.put(out);
        count.put(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.0[slot] = (P::Native::get(bytes)?, i64::get(bytes)?);
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<(P::Native, i64)>()
    }
}
