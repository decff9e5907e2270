//! The state of STDDEV_SAMP and STDDEV_SAMPLE: count, sum and the sum of squared distances from the mean, kept up by
//! Youngs and Cramer's update. Results have ksqlDB's last digits only with its very steps: the sum of INTEGERs and BIGINTs
//! is an integer that wraps.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::bytes::{Fixed, Reader};
use super::declaration::Setup;
use super::number::{Averaged, Numbers, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error};

/// A state whose result is `shown` of the sample variance.
pub(super) fn state(setup: &Setup<'_>, shown: fn(f64) -> f64) -> Result<Box<dyn AggregateState>, Error> {
    Ok(match setup.input(0)? {
        DataType::Int32 => Box::new(Spread::<Int32Type> { slots: Vec::new(), shown }),
        DataType::Int64 => Box::new(Spread::<Int64Type> { slots: Vec::new(), shown }),
        DataType::Float64 => Box::new(Spread::<Float64Type> { slots: Vec::new(), shown }),
        _ => return setup.unfit(),
    })
}

#[derive(Debug)]
struct Spread<P: Averaged> {
    slots: Vec<Moments<P>>,
    shown: fn(f64) -> f64,
}

#[derive(Debug)]
struct Moments<P: Averaged> {
    sum: P::Native,
    count: i64,
    squares: f64,
}

// Derived, these would ask for a type P that is copied.
impl<P: Averaged> Clone for Moments<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Averaged> Copy for Moments<P> {}

impl<P: Averaged> Moments<P> {
    const NONE: Self = Self { sum: P::ZERO, count: 0, squares: 0.0 };

    /// What a value is worth in squares among `self`, which includes it.
    fn share(&self, value: P::Native) -> f64 {
        let distance = P::distance(self.count, value, self.sum);
        distance * distance / (self.count.wrapping_mul(self.count - 1)) as f64
    }

    fn with(self, value: P::Native) -> Self {
        let mut new = Self { sum: P::plus(self.sum, value), count: self.count + 1, ..self };
        if new.count > 1 {
            new.squares += new.share(value);
        }
        new
    }

    fn without(self, value: P::Native) -> Self {
        // One value has no spread, and rounding must not leave some behind.
        let squares = if self.count > 2 { self.squares - self.share(value) } else { 0.0 };
        Self { sum: P::minus(self.sum, value), count: self.count - 1, squares }
    }

    fn joined(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let apart = P::double(self.sum) / n - P::double(other.sum) / m;
        Self {
            sum: P::plus(self.sum, other.sum),
            count: self.count + other.count,
            squares: self.squares + other.squares + apart * apart * n * m / (n + m),
        }
    }
}

impl<P: Averaged> Accumulate for Spread<P> {
    type Input<'a> = Numbers<'a, P>;
    type Out = Vec<f64>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Numbers<'a, P>, Error> {
        Numbers::of(args, 0)
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots, || Moments::NONE);
    }

    fn add(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.slots[slot] = self.slots[slot].with(value);
        }
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.slots[slot] = self.slots[slot].without(value);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        self.slots[into] = self.slots[into].joined(self.slots[from]);
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Moments::NONE;
    }

    fn out(&self, rows: usize) -> Result<Vec<f64>, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Vec<f64>) -> Result<(), Error> {
        let Moments { count, squares, .. } = self.slots[slot];
        out.push(if count < 2 { 0.0 } else { (self.shown)(squares / (count - 1) as f64) });
        Ok(())
    }

    fn finish(&self, out: Vec<f64>) -> Result<ArrayRef, Error> {
        column::<Float64Type>(out, None, &DataType::Float64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let Moments { sum, count, squares } = self.slots[slot];
        sum.put(out);
        count.put(out);
        squares.put(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let (sum, count, squares) = (P::Native::get(bytes)?, i64::get(bytes)?, f64::get(bytes)?);
        // Far from where counting would overflow.
        if count.unsigned_abs() > 1 << 60 {
            return Err(super::bytes::damaged());
        }
        self.slots[slot] = Moments { sum, count, squares };
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<Moments<P>>()
    }
}
