//! `SUM`: the sum.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type};

use super::AggregateFunction;
use super::bytes::{Fixed, Reader, damaged};
use super::declaration::{Setup, of};
use super::number::{Numbers, Summed, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "SUM",
    description: "The sum of a column, nulls left out; 0 when there is none. INTEGER and BIGINT wrap; a DECIMAL that gets too large \
                  fails.",
    undo: true,
    extension: false,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Double }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Decimal }], Returns::Like(0)),
    ],
    examples: &[
        Example { call: "SUM(x) of 10; NULL; -3", result: "7" },
        Example { call: "SUM(x) of 2147483647; 1", result: "-2147483648" },
        Example { call: "SUM(x) of 1.50; 2.25 without 1.50", result: "2.25" },
        Example { call: "SUM(x) of 1E0; NULL without 1E0", result: "0E0" },
    ],
    state,
};

fn state(setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    let ty = &setup.returns;
    Ok(match setup.input(0)? {
        DataType::Int32 => Box::new(Sum::<Int32Type>::of(ty)),
        DataType::Int64 => Box::new(Sum::<Int64Type>::of(ty)),
        DataType::Float64 => Box::new(Sum::<Float64Type>::of(ty)),
        DataType::Decimal128(..) => Box::new(Sum::<Decimal128Type>::of(ty)),
        DataType::Decimal256(..) => Box::new(Sum::<Decimal256Type>::of(ty)),
        _ => return setup.unfit(),
    })
}

#[derive(Debug)]
struct Sum<P: Summed> {
    sums: Vec<P::Native>,
    ty: DataType,
    bound: Option<P::Native>,
}

impl<P: Summed> Sum<P> {
    fn of(ty: &DataType) -> Self {
        let bound = match ty {
            DataType::Decimal128(precision, _) | DataType::Decimal256(precision, _) => P::bound(*precision),
            _ => None,
        };
        Self { sums: Vec::new(), ty: ty.clone(), bound }
    }

    #[inline]
    fn set(&mut self, slot: usize, sum: P::Native) -> Result<(), Error> {
        if let Some(bound) = self.bound
            && !P::fits(sum, bound)
        {
            return Err(overflow::<P>(sum, &self.ty));
        }
        self.sums[slot] = sum;
        Ok(())
    }
}

/// ksqlDB's text for a decimal that does not fit its column.
#[cold]
fn overflow<P: Summed>(sum: P::Native, ty: &DataType) -> Error {
    let (precision, scale) = match ty {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => (*precision, *scale),
        _ => (0, 0),
    };
    let digits = i32::from(precision) - i32::from(scale);
    Error::Data(format!(
        "Numeric field overflow: A field with precision {precision} and scale {scale} must round to an absolute value \
         less than 10^{digits}. Got {}",
        P::text(sum, scale)
    ))
}

impl<P: Summed> Accumulate for Sum<P> {
    type Input<'a> = Numbers<'a, P>;
    type Out = Vec<P::Native>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Numbers<'a, P>, Error> {
        Numbers::of(args, 0)
    }

    fn len(&self) -> usize {
        self.sums.len()
    }

    fn resize(&mut self, slots: usize) {
        self.sums.resize(slots, P::ZERO);
    }

    fn add(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        input.get(row).map_or(Ok(()), |value| self.set(slot, P::plus(self.sums[slot], value)))
    }

    fn undo(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        input.get(row).map_or(Ok(()), |value| self.set(slot, P::minus(self.sums[slot], value)))
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        self.set(into, P::plus(self.sums[into], self.sums[from]))
    }

    fn clear(&mut self, slot: usize) {
        self.sums[slot] = P::ZERO;
    }

    fn out(&self, rows: usize) -> Result<Vec<P::Native>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<P::Native>) -> Result<(), Error> {
        out.push(self.sums[slot]);
        Ok(())
    }

    fn finish(&self, out: Vec<P::Native>) -> Result<ArrayRef, Error> {
        column::<P>(out, None, &self.ty)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.sums[slot].put(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let sum = P::Native::get(bytes)?;
        self.set(slot, sum).map_err(|_| damaged())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<P::Native>()
    }
}
