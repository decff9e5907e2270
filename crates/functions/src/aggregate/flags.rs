//! The state of functions of conditions: how many rows there are for which it is true, and for which it is false.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int64Type};

use super::AggregateOverload;
use super::bytes::{Fixed, Reader};
use super::declaration::of;
use super::number::{argument, column};
use super::state::{Accumulate, AggregateState};
use crate::{Arg, Error, Param, ParamType, Returns};

/// The overload of functions whose result is a condition, too.
pub(super) static OVERLOADS: [AggregateOverload; 1] = [of(&CONDITION, Returns::Type(ParamType::Boolean))];

/// What they read of a row.
pub(super) const CONDITION: [Param; 1] = [Param { name: "condition", ty: ParamType::Boolean }];

/// What a function makes of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Whether it is true for all; null for none.
    All,
    /// Whether it is true for any; null for none.
    Any,
    /// For how many.
    Count,
}

/// A state with such results.
pub(super) fn state(shown: Shown) -> Box<dyn AggregateState> {
    Box::new(Flags { slots: Vec::new(), shown })
}

#[derive(Debug)]
struct Flags {
    /// How many are true, and false.
    slots: Vec<[i64; 2]>,
    shown: Shown,
}

/// The conditions of a batch.
struct Conditions<'a> {
    values: &'a BooleanArray,
    step: usize,
}

impl Flags {
    fn count(&mut self, slot: usize, input: &Conditions<'_>, row: usize, by: i64) {
        let at = row * input.step;
        if input.values.is_valid(at) {
            let count = &mut self.slots[slot][usize::from(!input.values.value(at))];
            *count = count.wrapping_add(by);
        }
    }
}

impl Accumulate for Flags {
    type Input<'a> = Conditions<'a>;
    type Out = Vec<[i64; 2]>;
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Conditions<'a>, Error> {
        let arg = argument(args, 0)?;
        let values = arg.array().as_boolean_opt();
        let values = values.ok_or_else(|| Error::Fatal(format!("{} is no BOOLEAN", arg.array().data_type())))?;
        Ok(Conditions { values, step: usize::from(!arg.is_constant()) })
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, [0; 2]);
    }

    fn add(&mut self, slot: usize, input: &mut Conditions<'_>, row: usize) -> Result<(), Error> {
        self.count(slot, input, row, 1);
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Conditions<'_>, row: usize) -> Result<(), Error> {
        self.count(slot, input, row, -1);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let other = self.slots[from];
        self.slots[into].iter_mut().zip(other).for_each(|(count, other)| *count = count.wrapping_add(other));
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = [0; 2];
    }

    fn out(&self, rows: usize) -> Result<Self::Out, Error> {
        Ok(Vec::with_capacity(rows))
    }

    fn push(&self, slot: usize, out: &mut Self::Out) -> Result<(), Error> {
        out.push(self.slots[slot]);
        Ok(())
    }

    fn finish(&self, out: Self::Out) -> Result<ArrayRef, Error> {
        if self.shown == Shown::Count {
            return column::<Int64Type>(out.iter().map(|[yes, _]| *yes).collect(), None, &DataType::Int64);
        }
        let value = |[yes, no]: &[i64; 2]| if self.shown == Shown::All { *no < 1 } else { *yes > 0 };
        let nulls: NullBuffer = out.iter().map(|[yes, no]| *yes > 0 || *no > 0).collect();
        let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
        Ok(std::sync::Arc::new(BooleanArray::new(out.iter().map(value).collect(), nulls)))
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.slots[slot].iter().for_each(|count| count.put(out));
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.slots[slot] = [i64::get(bytes)?, i64::get(bytes)?];
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<[i64; 2]>()
    }
}
