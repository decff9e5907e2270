//! The state of variances, covariances and the coefficient of correlation: how many rows there are, their means, and the
//! sums of the products of their distances from them, kept up by Welford's update in DOUBLE.
//!
//! A row is taken back by the same steps the other way round, which rounds: when the last one is gone nothing is left of
//! that, and until then it is known how much of a sum may be nothing else (a correlation would make a coefficient of it).
//! Numbers that are not finite are only counted: while there is one, the result is NaN.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Float64Type};

use super::AggregateOverload;
use super::bytes::{Fixed, Reader, damaged};
use super::declaration::{Setup, of};
use super::doubles::{COLUMN, Doubles, PAIR};
use super::number::column;
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, ParamType, Returns};

/// Overloads of functions of one column.
pub(super) static ONE: [AggregateOverload; 4] = [
    of(&COLUMN[0], Returns::Type(ParamType::Double)),
    of(&COLUMN[1], Returns::Type(ParamType::Double)),
    of(&COLUMN[2], Returns::Type(ParamType::Double)),
    of(&COLUMN[3], Returns::Type(ParamType::Double)),
];

/// Overloads of functions of two columns.
pub(super) static TWO: [AggregateOverload; 4] = [
    of(&PAIR[0], Returns::Type(ParamType::Double)),
    of(&PAIR[1], Returns::Type(ParamType::Double)),
    of(&PAIR[2], Returns::Type(ParamType::Double)),
    of(&PAIR[3], Returns::Type(ParamType::Double)),
];

/// What a group's rows have in common. Of one column, y is x.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    /// Finite rows.
    pub(super) count: i64,
    /// Others.
    odd: i64,
    y: f64,
    x: f64,
    pub(super) yy: f64,
    pub(super) xx: f64,
    pub(super) yx: f64,
    /// How much of `yy` and of `xx` rounding may have left when rows were taken back.
    noise: [f64; 2],
}

/// What a function makes of them; `None`: null.
pub(super) type Shown = fn(&Moments) -> Option<f64>;

impl Moments {
    fn with(mut self, y: f64, x: f64) -> Self {
        if !(y.is_finite() && x.is_finite()) {
            self.odd += 1;
            return self;
        }
        self.count += 1;
        let n = self.count as f64;
        let (dy, dx) = (y - self.y, x - self.x);
        self.y += dy / n;
        self.x += dx / n;
        self.yy += dy * (y - self.y);
        self.xx += dx * (x - self.x);
        self.yx += dy * (x - self.x);
        self
    }

    fn without(mut self, y: f64, x: f64) -> Self {
        if !(y.is_finite() && x.is_finite()) {
            self.odd -= 1;
            return self;
        }
        self.count -= 1;
        if self.count < 1 {
            return Self { count: self.count, odd: self.odd, ..Self::default() };
        }
        let n = self.count as f64;
        let (before_y, before_x) = (self.y - (y - self.y) / n, self.x - (x - self.x) / n);
        self.noise[0] += rounding(self.yy, y, self.y, before_y);
        self.noise[1] += rounding(self.xx, x, self.x, before_x);
        // One row has no spread, and rounding must not leave some behind, nor less than none.
        let spread = |sum: f64| if self.count == 1 { 0.0 } else { sum };
        self.yy = spread(self.yy - (y - before_y) * (y - self.y)).max(0.0);
        self.xx = spread(self.xx - (x - before_x) * (x - self.x)).max(0.0);
        self.yx = spread(self.yx - (y - before_y) * (x - self.x));
        (self.y, self.x) = (before_y, before_x);
        self
    }

    fn joined(self, other: Self) -> Self {
        let odd = self.odd + other.odd;
        if self.count == 0 || other.count == 0 {
            return Self { odd, ..if self.count == 0 { other } else { self } };
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let (dy, dx) = (other.y - self.y, other.x - self.x);
        let share = n * m / (n + m);
        Self {
            count: self.count + other.count,
            odd,
            y: self.y + dy * m / (n + m),
            x: self.x + dx * m / (n + m),
            yy: self.yy + other.yy + dy * dy * share,
            xx: self.xx + other.xx + dx * dx * share,
            yx: self.yx + other.yx + dy * dx * share,
            noise: [self.noise[0] + other.noise[0], self.noise[1] + other.noise[1]],
        }
    }

    /// The sums of squares, those that may be nothing but noise as zeros.
    pub(super) fn squares(&self) -> (f64, f64) {
        let heard = |sum: f64, noise: f64| if sum > noise { sum } else { 0.0 };
        (heard(self.yy, self.noise[0]), heard(self.xx, self.noise[1]))
    }
}

/// What is lost of a sum of squares at most, and a little more, when a value is taken back from it: some last digits of the
/// sum, and those of the product of the value's distances from the means, which have them from the value and the means.
fn rounding(squares: f64, value: f64, mean: f64, mean_without: f64) -> f64 {
    const DIGITS: f64 = 4.0 * f64::EPSILON;
    DIGITS * (squares + (value.abs() + mean.abs()) * (value - mean_without).abs())
}

/// The sum of the products of distances over how many rows there are, or over one less.
pub(super) fn mean(sum: f64, count: i64, sample: bool) -> Option<f64> {
    let over = count - i64::from(sample);
    (over > 0).then(|| sum / over as f64)
}

/// A state whose results are `shown` of the moments of one column or two.
pub(super) fn state(setup: &Setup<'_>, shown: Shown) -> Result<Box<dyn AggregateState>, Error> {
    Ok(Box::new(Spreads { slots: Vec::new(), columns: setup.inputs.len(), shown, noise: false }))
}

/// The same of a function that asks for [`Moments::squares`].
pub(super) fn state_with_noise(setup: &Setup<'_>, shown: Shown) -> Result<Box<dyn AggregateState>, Error> {
    Ok(Box::new(Spreads { slots: Vec::new(), columns: setup.inputs.len(), shown, noise: true }))
}

#[derive(Debug)]
struct Spreads {
    slots: Vec<Moments>,
    columns: usize,
    shown: Shown,
    /// Whether noise is part of the encoded state.
    noise: bool,
}

/// The columns of a batch; of one column the second is missing.
struct Columns<'a>(Doubles<'a>, Option<Doubles<'a>>);

impl Columns<'_> {
    /// Both values of a row; `None` when one of them is null.
    fn get(&self, row: usize) -> Option<(f64, f64)> {
        let y = self.0.get(row)?;
        Some((y, self.1.as_ref().map_or(Some(y), |x| x.get(row))?))
    }
}

impl Accumulate for Spreads {
    type Input<'a> = Columns<'a>;
    type Out = Vec<Option<f64>>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Columns<'a>, Error> {
        let second = if self.columns > 1 { Some(Doubles::of(args, 1)?) } else { None };
        Ok(Columns(Doubles::of(args, 0)?, second))
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, Moments::default());
    }

    fn add(&mut self, slot: usize, input: &mut Columns<'_>, row: usize) -> Result<(), Error> {
        if let Some((y, x)) = input.get(row) {
            self.slots[slot] = self.slots[slot].with(y, x);
        }
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Columns<'_>, row: usize) -> Result<(), Error> {
        if let Some((y, x)) = input.get(row) {
            self.slots[slot] = self.slots[slot].without(y, x);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        self.slots[into] = self.slots[into].joined(self.slots[from]);
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Moments::default();
    }

    fn out(&self, rows: usize) -> Result<Self::Out, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Self::Out) -> Result<(), Error> {
        let moments = &self.slots[slot];
        out.push(if moments.odd > 0 { Some(f64::NAN) } else { (self.shown)(moments) });
        Ok(())
    }

    fn finish(&self, out: Self::Out) -> Result<ArrayRef, Error> {
        let nulls: NullBuffer = out.iter().map(Option::is_some).collect();
        let values = out.into_iter().map(Option::unwrap_or_default).collect();
        column::<Float64Type>(values, Some(nulls).filter(|nulls| nulls.null_count() > 0), &DataType::Float64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let Moments { count, odd, y, x, yy, xx, yx, noise } = self.slots[slot];
        [count, odd].into_iter().for_each(|number| number.put(out));
        [y, x, yy, xx, yx].into_iter().for_each(|number| number.put(out));
        // Without it the state is as it was when nobody knew of noise.
        if self.noise && noise != [0.0; 2] {
            noise.into_iter().for_each(|number| number.put(out));
        }
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let (count, odd) = (i64::get(bytes)?, i64::get(bytes)?);
        // Far from where counting would overflow.
        if count.unsigned_abs() > 1 << 60 || odd.unsigned_abs() > 1 << 60 {
            return Err(damaged());
        }
        let mut next = || f64::get(bytes);
        let (y, x, yy, xx, yx) = (next()?, next()?, next()?, next()?, next()?);
        let noise = if self.noise && bytes.left() > 0 { [f64::get(bytes)?, f64::get(bytes)?] } else { [0.0; 2] };
        self.slots[slot] = Moments { count, odd, y, x, yy, xx, yx, noise };
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<Moments>()
    }
}
