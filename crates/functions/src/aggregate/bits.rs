//! The state of BIT_AND, BIT_OR and BIT_XOR: in how many rows each bit is set, so that rows can be taken back.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array};
use arrow::datatypes::{DataType, Int32Type, Int64Type};

use super::AggregateOverload;
use super::bytes::{Fixed, Reader, damaged};
use super::declaration::{Setup, of};
use super::number::{Numbers, argument};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Param, ParamType, Returns};

/// Their overloads.
pub(super) static OVERLOADS: [AggregateOverload; 2] = [
    of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Type(ParamType::Integer)),
    of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Type(ParamType::Bigint)),
];

/// Whether a bit of the result is set, by the number of rows that have it and the number of all.
pub(super) type Shown = fn(set: i64, rows: i64) -> bool;

/// A state with such results.
pub(super) fn state(setup: &Setup<'_>, shown: Shown) -> Result<Box<dyn AggregateState>, Error> {
    let returns = setup.returns.clone();
    Ok(Box::new(Bits { slots: Vec::new(), shown, returns }))
}

#[derive(Debug)]
struct Bits {
    slots: Vec<Counts>,
    shown: Shown,
    returns: DataType,
}

/// How many rows there are, and how many have each bit; numbers of 32 bits have their sign in the higher ones.
#[derive(Debug, Clone)]
struct Counts {
    rows: i64,
    set: [i64; 64],
}

impl Counts {
    const NONE: Self = Self { rows: 0, set: [0; 64] };

    fn count(&mut self, value: i64, by: i64) {
        self.rows = self.rows.wrapping_add(by);
        let mut left = value.cast_unsigned();
        while left != 0 {
            if let Some(count) = self.set.get_mut(left.trailing_zeros() as usize) {
                *count = count.wrapping_add(by);
            }
            left &= left - 1;
        }
    }

    /// The bits that any row has.
    fn any(&self) -> u64 {
        (0..).zip(self.set).filter(|(_, count)| *count != 0).fold(0, |bits, (at, _): (u32, _)| bits | 1 << at)
    }
}

/// A column of whole numbers.
enum Whole<'a> {
    Integer(Numbers<'a, Int32Type>),
    Bigint(Numbers<'a, Int64Type>),
}

impl Whole<'_> {
    fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Integer(numbers) => numbers.get(row).map(i64::from),
            Self::Bigint(numbers) => numbers.get(row),
        }
    }
}

impl Accumulate for Bits {
    type Input<'a> = Whole<'a>;
    type Out = Vec<Option<i64>>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Whole<'a>, Error> {
        Ok(match argument(args, 0)?.array().data_type() {
            DataType::Int32 => Whole::Integer(Numbers::of(args, 0)?),
            _ => Whole::Bigint(Numbers::of(args, 0)?),
        })
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, Counts::NONE);
    }

    fn add(&mut self, slot: usize, input: &mut Whole<'_>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.slots[slot].count(value, 1);
        }
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Whole<'_>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.slots[slot].count(value, -1);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let other = self.slots[from].clone();
        let counts = &mut self.slots[into];
        counts.rows = counts.rows.wrapping_add(other.rows);
        counts.set.iter_mut().zip(other.set).for_each(|(count, other)| *count = count.wrapping_add(other));
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Counts::NONE;
    }

    fn out(&self, rows: usize) -> Result<Self::Out, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Self::Out) -> Result<(), Error> {
        let Counts { rows, set } = &self.slots[slot];
        let bit = |bits: u64, (at, count): (u32, &i64)| bits | u64::from((self.shown)(*count, *rows)) << at;
        out.push((*rows > 0).then(|| (0..).zip(set).fold(0, bit).cast_signed()));
        Ok(())
    }

    fn finish(&self, out: Self::Out) -> Result<ArrayRef, Error> {
        Ok(match self.returns {
            // The higher bits only repeat the sign.
            DataType::Int32 => Arc::new(out.into_iter().map(|v| v.map(|v| v as i32)).collect::<Int32Array>()),
            _ => Arc::new(Int64Array::from(out)),
        })
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let counts = &self.slots[slot];
        counts.rows.put(out);
        counts.any().put(out);
        counts.set.iter().filter(|count| **count != 0).for_each(|count| count.put(out));
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let mut counts = Counts { rows: i64::get(bytes)?, set: [0; 64] };
        let any = u64::get(bytes)?;
        for (at, count) in counts.set.iter_mut().enumerate().filter(|(at, _)| any >> at & 1 == 1) {
            *count = i64::get(bytes)?;
            if *count == 0 || at > 63 {
                return Err(damaged());
            }
        }
        self.slots[slot] = counts;
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<Counts>()
    }
}
