//! The state of MIN_BY and MAX_BY: the value of the row that comes first by another one; of equal ones the earliest.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::AggregateOverload;
use super::bytes::Reader;
use super::declaration::{Setup, of};
use super::state::{Accumulate, AggregateState};
use super::value::{NULL, Order, ValueInput, scan_one};
use super::value_column::ValueColumn;
use crate::{Arg, Error, Param, ParamType, Returns};

const fn by(ty: ParamType) -> [Param; 2] {
    [Param { name: "column", ty: ParamType::Any('T') }, Param { name: "by", ty }]
}

/// What rows are compared by may be of any type that has an order.
static PARAMS: [[Param; 2]; 9] = [
    by(ParamType::Integer),
    by(ParamType::Bigint),
    by(ParamType::Double),
    by(ParamType::Decimal),
    by(ParamType::String),
    by(ParamType::Bytes),
    by(ParamType::Date),
    by(ParamType::Time),
    by(ParamType::Timestamp),
];

/// The overloads of both functions.
pub(super) static OVERLOADS: [AggregateOverload; 9] = [
    of(&PARAMS[0], Returns::Like(0)),
    of(&PARAMS[1], Returns::Like(0)),
    of(&PARAMS[2], Returns::Like(0)),
    of(&PARAMS[3], Returns::Like(0)),
    of(&PARAMS[4], Returns::Like(0)),
    of(&PARAMS[5], Returns::Like(0)),
    of(&PARAMS[6], Returns::Like(0)),
    of(&PARAMS[7], Returns::Like(0)),
    of(&PARAMS[8], Returns::Like(0)),
];

/// A state that keeps the row for which `better` holds against all before it.
pub(super) fn state(setup: &Setup<'_>, better: Ordering) -> Result<Box<dyn AggregateState>, Error> {
    let (ty, by) = (setup.input(0)?.clone(), setup.input(1)?.clone());
    Ok(Box::new(Best { slots: Vec::new(), order: Order::of(&by)?, better, ty, by }))
}

#[derive(Debug)]
struct Best {
    /// What the row is compared by and its value; both empty when there is none.
    slots: Vec<(Vec<u8>, Vec<u8>)>,
    order: Order,
    better: Ordering,
    ty: DataType,
    by: DataType,
}

impl Best {
    fn is_better(&self, by: &[u8], slot: usize) -> bool {
        let kept = &self.slots[slot].0;
        kept.is_empty() || self.order.compare(by, kept) == self.better
    }
}

impl Accumulate for Best {
    type Input<'a> = (ValueInput<'a>, ValueInput<'a>);
    type Out = ValueColumn;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Self::Input<'a>, Error> {
        Ok((ValueInput::of(args, 0)?, ValueInput::of(args, 1)?))
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, (Vec::new(), Vec::new()));
    }

    fn add(&mut self, slot: usize, (value, by): &mut Self::Input<'_>, row: usize) -> Result<(), Error> {
        if by.is_null(row) {
            return Ok(());
        }
        let by = by.bytes(row)?;
        if self.is_better(by, slot) {
            let value = value.bytes(row)?;
            let (kept_by, kept) = &mut self.slots[slot];
            kept_by.clear();
            kept_by.extend_from_slice(by);
            kept.clear();
            kept.extend_from_slice(value);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let other = &self.slots[from].0;
        if !other.is_empty() && self.is_better(other, into) {
            self.slots[into] = self.slots[from].clone();
        }
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = (Vec::new(), Vec::new());
    }

    fn out(&self, _rows: usize) -> Result<ValueColumn, Error> {
        ValueColumn::of(&self.ty)
    }

    fn push(&self, slot: usize, out: &mut ValueColumn) -> Result<(), Error> {
        let (by, value) = &self.slots[slot];
        if by.is_empty() { out.null() } else { out.read(&mut Reader::of(value)) }
    }

    fn finish(&self, out: ValueColumn) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let (by, value) = &self.slots[slot];
        out.extend_from_slice(if by.is_empty() { &[NULL] } else { by });
        out.extend_from_slice(value);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let by = scan_one(&self.by, bytes)?;
        if by != [NULL] {
            self.slots[slot] = (by.to_vec(), scan_one(&self.ty, bytes)?.to_vec());
        }
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        let (by, value) = &self.slots[slot];
        size_of::<(Vec<u8>, Vec<u8>)>() + by.capacity() + value.capacity()
    }
}
