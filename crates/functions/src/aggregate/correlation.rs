//! `CORRELATION`: how far two columns rise and fall together.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::AggregateFunction;
use super::bytes::{Fixed, Reader};
use super::declaration::{Setup, of};
use super::number::{Averaged, Numbers, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "CORRELATION",
    description: "Pearson's correlation coefficient of two columns, from -1 to 1. Rows with a null are left out; NaN when it is \
                  not defined, as for a single row or a column that never changes.",
    undo: true,
    extension: false,
    overloads: &[
        of(
            &[Param { name: "x", ty: ParamType::Integer }, Param { name: "y", ty: ParamType::Integer }],
            Returns::Type(ParamType::Double),
        ),
        of(
            &[Param { name: "x", ty: ParamType::Bigint }, Param { name: "y", ty: ParamType::Bigint }],
            Returns::Type(ParamType::Double),
        ),
        of(
            &[Param { name: "x", ty: ParamType::Double }, Param { name: "y", ty: ParamType::Double }],
            Returns::Type(ParamType::Double),
        ),
    ],
    examples: &[
        Example { call: "CORRELATION(x, y) of 1, 8; NULL, 3; -1, -2", result: "1E0" },
        Example { call: "CORRELATION(x, y) of 1, 2; 2, 1; 3, 3 without 3, 3", result: "-1E0" },
        Example { call: "CORRELATION(x, y) of 1, 8", result: "NaN" },
    ],
    state,
};

fn state(setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    Ok(match setup.input(0)? {
        DataType::Int32 => Box::new(Correlation::<Int32Type>::default()),
        DataType::Int64 => Box::new(Correlation::<Int64Type>::default()),
        DataType::Float64 => Box::new(Correlation::<Float64Type>::default()),
        _ => return setup.unfit(),
    })
}

/// The sums of the rows of each slot: 1, x, y, x², y² and xy. Sums are taken back exactly while they are whole numbers
/// below 2^53.
#[derive(Debug)]
struct Correlation<P: Averaged> {
    slots: Vec<[f64; 6]>,
    of: std::marker::PhantomData<P>,
}

impl<P: Averaged> Default for Correlation<P> {
    fn default() -> Self {
        Self { slots: Vec::new(), of: std::marker::PhantomData }
    }
}

impl<P: Averaged> Correlation<P> {
    fn sum(&mut self, slot: usize, (x, y): &Pair<'_, P>, row: usize, sign: f64) {
        if let (Some(x), Some(y)) = (x.get(row), y.get(row)) {
            let (x, y) = (P::double(x), P::double(y));
            let terms = [1.0, x, y, x * x, y * y, x * y];
            self.slots[slot].iter_mut().zip(terms).for_each(|(sum, term)| *sum += sign * term);
        }
    }
}

type Pair<'a, P> = (Numbers<'a, P>, Numbers<'a, P>);

impl<P: Averaged> Accumulate for Correlation<P> {
    type Input<'a> = Pair<'a, P>;
    type Out = Vec<f64>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Pair<'a, P>, Error> {
        Ok((Numbers::of(args, 0)?, Numbers::of(args, 1)?))
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, [0.0; 6]);
    }

    fn add(&mut self, slot: usize, input: &mut Pair<'_, P>, row: usize) -> Result<(), Error> {
        self.sum(slot, input, row, 1.0);
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Pair<'_, P>, row: usize) -> Result<(), Error> {
        self.sum(slot, input, row, -1.0);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let other = self.slots[from];
        self.slots[into].iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = [0.0; 6];
    }

    fn out(&self, rows: usize) -> Result<Vec<f64>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<f64>) -> Result<(), Error> {
        let [n, x, y, xx, yy, xy] = self.slots[slot];
        // Not defined: 0 / 0.
        let value = (n * xy - x * y) / ((n * xx - x * x) * (n * yy - y * y)).sqrt();
        out.push(if value.is_finite() { value } else { f64::NAN });
        Ok(())
    }

    fn finish(&self, out: Vec<f64>) -> Result<ArrayRef, Error> {
        column::<Float64Type>(out, None, &DataType::Float64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.slots[slot].iter().for_each(|sum| sum.put(out));
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let mut sums = [0.0; 6];
        for sum in &mut sums {
            *sum = f64::get(bytes)?;
        }
        self.slots[slot] = sums;
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<[f64; 6]>()
    }
}
