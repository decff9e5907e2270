//! The states of MIN and MAX: the value that comes first in an order, or in the reverse of it.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, ArrowPrimitiveType};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};

use super::bytes::{Fixed, Reader};
use super::declaration::Setup;
use super::number::{Numbers, Ordered, column};
use super::state::{Accumulate, AggregateState};
use super::value::{NULL, Order, ValueInput, scan_one};
use super::value_column::ValueColumn;
use crate::{Arg, Error};

/// A state that keeps the value which is `side` of all others.
pub(super) fn state(setup: &Setup<'_>, side: Ordering) -> Result<Box<dyn AggregateState>, Error> {
    let ty = setup.input(0)?;
    Ok(match ty {
        DataType::Int32 => Box::new(Extreme::<Int32Type>::of(ty, side)),
        DataType::Int64 => Box::new(Extreme::<Int64Type>::of(ty, side)),
        DataType::Float64 => Box::new(Extreme::<Float64Type>::of(ty, side)),
        DataType::Decimal128(..) => Box::new(Extreme::<Decimal128Type>::of(ty, side)),
        DataType::Decimal256(..) => Box::new(Extreme::<Decimal256Type>::of(ty, side)),
        DataType::Date32 => Box::new(Extreme::<Date32Type>::of(ty, side)),
        DataType::Time32(_) => Box::new(Extreme::<Time32MillisecondType>::of(ty, side)),
        DataType::Timestamp(..) => Box::new(Extreme::<TimestampMillisecondType>::of(ty, side)),
        DataType::Utf8 | DataType::Binary => {
            Box::new(ExtremeBytes { values: Vec::new(), order: Order::of(ty)?, ty: ty.clone(), side })
        }
        _ => return setup.unfit(),
    })
}

#[derive(Debug)]
struct Extreme<P: Ordered> {
    /// The default where there is no value.
    values: Vec<P::Native>,
    found: Vec<bool>,
    ty: DataType,
    side: Ordering,
}

impl<P: Ordered> Extreme<P> {
    fn of(ty: &DataType, side: Ordering) -> Self {
        Self { values: Vec::new(), found: Vec::new(), ty: ty.clone(), side }
    }

    #[inline]
    fn meet(&mut self, slot: usize, value: P::Native) {
        if !self.found[slot] || P::compare(value, self.values[slot]) == self.side {
            self.values[slot] = value;
            self.found[slot] = true;
        }
    }
}

impl<P: Ordered> Accumulate for Extreme<P> {
    type Input<'a> = Numbers<'a, P>;
    type Out = (Vec<P::Native>, Vec<bool>);
    const SMALL: bool = true;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Numbers<'a, P>, Error> {
        Numbers::of(args, 0)
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn resize(&mut self, slots: usize) {
        self.values.resize(slots, <P as ArrowPrimitiveType>::default_value());
        self.found.resize(slots, false);
    }

    fn add(&mut self, slot: usize, input: &mut Numbers<'_, P>, row: usize) -> Result<(), Error> {
        if let Some(value) = input.get(row) {
            self.meet(slot, value);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        if self.found[from] {
            self.meet(into, self.values[from]);
        }
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.values[slot] = <P as ArrowPrimitiveType>::default_value();
        self.found[slot] = false;
    }

    fn out(&self, rows: usize) -> Result<Self::Out, Error> {
        Ok((Vec::with_capacity(rows), Vec::with_capacity(rows)))
    }

    fn push(&self, slot: usize, (values, found): &mut Self::Out) -> Result<(), Error> {
        values.push(self.values[slot]);
        found.push(self.found[slot]);
        Ok(())
    }

    fn finish(&self, (values, found): Self::Out) -> Result<ArrayRef, Error> {
        column::<P>(values, Some(NullBuffer::from(found)), &self.ty)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        out.push(u8::from(self.found[slot]));
        if self.found[slot] {
            self.values[slot].put(out);
        }
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        if bytes.flag()? {
            self.values[slot] = P::Native::get(bytes)?;
            self.found[slot] = true;
        }
        Ok(())
    }

    fn size(&self, _slot: usize) -> usize {
        size_of::<P::Native>() + size_of::<bool>()
    }
}

/// Texts and bytes. A slot keeps its memory when its value changes.
#[derive(Debug)]
struct ExtremeBytes {
    values: Vec<Option<Vec<u8>>>,
    order: Order,
    ty: DataType,
    side: Ordering,
}

impl ExtremeBytes {
    fn meets(&self, slot: usize, value: &[u8]) -> bool {
        self.values[slot].as_deref().is_none_or(|kept| self.order.compare(value, kept) == self.side)
    }
}

impl Accumulate for ExtremeBytes {
    type Input<'a> = ValueInput<'a>;
    type Out = ValueColumn;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn resize(&mut self, slots: usize) {
        self.values.resize(slots, None);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if input.is_null(row) {
            return Ok(());
        }
        let value = input.bytes(row)?;
        if self.meets(slot, value) {
            let kept = self.values[slot].get_or_insert_default();
            kept.clear();
            kept.extend_from_slice(value);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        if let Some(value) = self.values[from].as_deref()
            && self.meets(into, value)
        {
            self.values[into] = self.values[from].clone();
        }
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.values[slot] = None;
    }

    fn out(&self, _rows: usize) -> Result<ValueColumn, Error> {
        ValueColumn::of(&self.ty)
    }

    fn push(&self, slot: usize, out: &mut ValueColumn) -> Result<(), Error> {
        out.read(&mut Reader::of(self.values[slot].as_deref().unwrap_or(&[NULL])))
    }

    fn finish(&self, out: ValueColumn) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.values[slot].as_deref().unwrap_or(&[NULL]));
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let value = scan_one(&self.ty, bytes)?;
        self.values[slot] = (value != [NULL]).then(|| value.to_vec());
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<Option<Vec<u8>>>() + self.values[slot].as_ref().map_or(0, Vec::capacity)
    }
}
