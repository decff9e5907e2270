//! The state of MEDIAN and PERCENTILE_CONT: how often each number occurs, in their order, so that the result is exact and
//! rows can be taken back. It grows with the different numbers of a group, and has a bound.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Float64Type};

use super::bytes::{Fixed, Reader, damaged, put_count};
use super::doubles::Doubles;
use super::number::column;
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error};

/// Different numbers of a group: their states are read and written whole.
pub(super) const NUMBERS_MAX: usize = 50_000;

/// A state whose result has that share of the numbers below it.
pub(super) fn state(fraction: f64) -> Box<dyn AggregateState> {
    Box::new(Percentiles { slots: Vec::new(), fraction })
}

#[derive(Debug)]
struct Percentiles {
    slots: Vec<Sorted>,
    fraction: f64,
}

/// The numbers of a group.
#[derive(Debug, Clone, Default)]
struct Sorted {
    counts: BTreeMap<u64, i64>,
    total: i64,
}

/// Bits in the order of their numbers: NaN, of which there is one, is the largest, and there is one zero.
fn ordered(number: f64) -> u64 {
    let bits = if number.is_nan() { f64::NAN.to_bits() } else { (number + 0.0).to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of such bits.
fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
}

impl Sorted {
    fn add(&mut self, number: u64, count: i64) -> Result<(), Error> {
        if let Some(known) = self.counts.get_mut(&number) {
            *known += count;
        } else if self.counts.len() < NUMBERS_MAX {
            self.counts.insert(number, count);
        } else {
            return Err(Error::Data(format!("a group has more than {NUMBERS_MAX} different numbers")));
        }
        self.total += count;
        Ok(())
    }

    fn undo(&mut self, number: u64) {
        let Some(known) = self.counts.get_mut(&number) else { return };
        *known -= 1;
        self.total -= 1;
        if *known < 1 {
            self.counts.remove(&number);
        }
    }

    /// The number at a place between 0 and the last one; between two of them it is in between as far.
    fn at(&self, fraction: f64) -> Option<f64> {
        let last = self.total.checked_sub(1).filter(|last| *last >= 0)?;
        let place = fraction * last as f64;
        // Below 2^53 rows the places are exact.
        let (low, part) = (place.floor(), place.fract());
        let (mut seen, mut below) = (0, None);
        for (bits, count) in &self.counts {
            seen += count;
            if let Some(below) = below {
                return Some(between(below, number(*bits), part));
            }
            if seen as f64 > low {
                let found = number(*bits);
                if part == 0.0 || seen as f64 > low + 1.0 {
                    return Some(found);
                }
                below = Some(found);
            }
        }
        below
    }
}

fn between(low: f64, high: f64, part: f64) -> f64 {
    // No difference of numbers that overflows.
    low * (1.0 - part) + high * part
}

impl Accumulate for Percentiles {
    type Input<'a> = Doubles<'a>;
    type Out = Vec<Option<f64>>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Doubles<'a>, Error> {
        Doubles::of(args, 0)
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots, Sorted::default);
    }

    fn add(&mut self, slot: usize, input: &mut Doubles<'_>, row: usize) -> Result<(), Error> {
        input.get(row).map_or(Ok(()), |value| self.slots[slot].add(ordered(value), 1))
    }

    fn undo(&mut self, slot: usize, input: &mut Doubles<'_>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.slots[slot].undo(ordered(value));
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = self.slots[into].clone();
        self.slots[from].counts.iter().try_for_each(|(number, count)| joined.add(*number, *count))?;
        self.slots[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Sorted::default();
    }

    fn out(&self, rows: usize) -> Result<Self::Out, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Self::Out) -> Result<(), Error> {
        out.push(self.slots[slot].at(self.fraction));
        Ok(())
    }

    fn finish(&self, out: Self::Out) -> Result<ArrayRef, Error> {
        let nulls: NullBuffer = out.iter().map(Option::is_some).collect();
        let values = out.into_iter().map(Option::unwrap_or_default).collect();
        column::<Float64Type>(values, Some(nulls).filter(|nulls| nulls.null_count() > 0), &DataType::Float64)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let Sorted { counts, .. } = &self.slots[slot];
        put_count(counts.len(), out);
        for (number, count) in counts {
            number.put(out);
            count.put(out);
        }
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let mut sorted = Sorted::default();
        for _ in 0..bytes.count()? {
            let (number, count) = (u64::get(bytes)?, i64::get(bytes)?);
            // Far from where counting would overflow.
            if !(1..1 << 40).contains(&count) || sorted.counts.contains_key(&number) {
                return Err(damaged());
            }
            sorted.add(number, count).map_err(|_| damaged())?;
        }
        self.slots[slot] = sorted;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<Sorted>() + self.slots[slot].counts.len() * 32
    }
}
