//! The states of EARLIEST_BY_OFFSET and LATEST_BY_OFFSET: first or last values in the order of processing.
//!
//! As in ksqlDB each value has a number that grows with every value of the task, so that merged sessions keep that order,
//! whichever window is earlier. Numbers are part of the state; those that come after a restart are larger than all that
//! were read.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::{Fixed, Reader, damaged};
use super::declaration::{Constant, Setup};
use super::state::{Accumulate, AggregateState};
use super::value::{NULL, ValueInput, scan_one};
use super::value_column::{ListOut, ValueColumn};
use super::value_list::ValueList;
use crate::{Arg, Error};

/// A state for the constants n, which messages call `count`, and whether nulls are left out.
pub(super) fn state<const LATEST: bool>(setup: &Setup<'_>, count: &str) -> Result<Box<dyn AggregateState>, Error> {
    let ignore_nulls = !setup.constants.contains(&Constant::Boolean(false));
    let ty = setup.input(0)?.clone();
    Ok(match setup.count(count)? {
        None => Box::new(One::<LATEST> { values: Vec::new(), numbers: Numbering::default(), ignore_nulls, ty }),
        Some(n) => {
            let (returns, numbers) = (setup.returns.clone(), Numbering::default());
            Box::new(Several::<LATEST> { slots: Vec::new(), numbers, n, ignore_nulls, ty, returns })
        }
    })
}

/// Numbers values from 1.
#[derive(Debug, Default)]
struct Numbering(u64);

impl Numbering {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// Reads a number: those to come are larger.
    fn read(&mut self, bytes: &mut Reader<'_>) -> Result<u64, Error> {
        let number = u64::get(bytes)?;
        // No task counts that far: its counter must not overflow.
        if number > u64::MAX / 2 {
            return Err(damaged());
        }
        self.0 = self.0.max(number);
        Ok(number)
    }
}

/// One value a slot and its number, 0 when there is none. A slot keeps its memory when its value changes.
#[derive(Debug)]
struct One<const LATEST: bool> {
    values: Vec<(u64, Vec<u8>)>,
    numbers: Numbering,
    ignore_nulls: bool,
    ty: DataType,
}

impl<const LATEST: bool> Accumulate for One<LATEST> {
    type Input<'a> = ValueInput<'a>;
    type Out = ValueColumn;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn resize(&mut self, slots: usize) {
        self.values.resize(slots, (0, Vec::new()));
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        let (number, kept) = &mut self.values[slot];
        if (!LATEST && *number > 0) || (self.ignore_nulls && input.is_null(row)) {
            return Ok(());
        }
        let value = input.bytes(row)?;
        *number = self.numbers.next();
        kept.clear();
        kept.extend_from_slice(value);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let (a, b) = (self.values[into].0, self.values[from].0);
        if b > 0 && (a == 0 || (b > a) == LATEST) {
            self.values[into] = self.values[from].clone();
        }
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.values[slot] = (0, Vec::new());
    }

    fn out(&self, _rows: usize) -> Result<ValueColumn, Error> {
        ValueColumn::of(&self.ty)
    }

    fn push(&self, slot: usize, out: &mut ValueColumn) -> Result<(), Error> {
        match &self.values[slot] {
            (0, _) => out.null(),
            (_, value) => out.read(&mut Reader::of(value)),
        }
    }

    fn finish(&self, out: ValueColumn) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let (number, value) = &self.values[slot];
        number.put(out);
        out.extend_from_slice(if *number == 0 { &[NULL] } else { value });
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let number = self.numbers.read(bytes)?;
        let value = scan_one(&self.ty, bytes)?;
        if number > 0 {
            self.values[slot] = (number, value.to_vec());
        }
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<(u64, Vec<u8>)>() + self.values[slot].1.capacity()
    }
}

/// Up to n values a slot, in the order of their numbers.
#[derive(Debug)]
struct Several<const LATEST: bool> {
    slots: Vec<Numbered>,
    numbers: Numbering,
    n: usize,
    ignore_nulls: bool,
    ty: DataType,
    returns: DataType,
}

#[derive(Debug, Clone, Default)]
struct Numbered {
    values: ValueList,
    numbers: Vec<u64>,
}

impl Numbered {
    fn push(&mut self, number: u64, value: &[u8]) -> Result<(), Error> {
        self.values.push(value)?;
        self.numbers.push(number);
        Ok(())
    }
}

impl<const LATEST: bool> Accumulate for Several<LATEST> {
    type Input<'a> = ValueInput<'a>;
    type Out = ListOut;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots, Numbered::default);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        let kept = &mut self.slots[slot];
        if (!LATEST && kept.numbers.len() >= self.n) || (self.ignore_nulls && input.is_null(row)) {
            return Ok(());
        }
        kept.push(self.numbers.next(), input.bytes(row)?)?;
        if kept.numbers.len() > self.n {
            kept.values.remove(0);
            kept.numbers.remove(0);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let (a, b) = (&self.slots[into], &self.slots[from]);
        let entries = |slot| {
            let slot: &Numbered = slot;
            slot.numbers.iter().copied().zip(slot.values.iter()).collect::<Vec<_>>()
        };
        let mut all = entries(a);
        all.extend(entries(b));
        all.sort_by_key(|(number, _)| *number);
        let beyond = all.len().saturating_sub(self.n);
        let mut joined = Numbered::default();
        for (number, value) in all.iter().skip(if LATEST { beyond } else { 0 }).take(self.n) {
            joined.push(*number, value)?;
        }
        self.slots[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Numbered::default();
    }

    fn out(&self, _rows: usize) -> Result<ListOut, Error> {
        ListOut::of(&self.returns)
    }

    fn push(&self, slot: usize, out: &mut ListOut) -> Result<(), Error> {
        let values = &self.slots[slot].values;
        out.push(values.len(), values.bytes())
    }

    fn finish(&self, out: ListOut) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        let Numbered { values, numbers } = &self.slots[slot];
        values.write(out);
        numbers.iter().for_each(|number| number.put(out));
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let values = ValueList::read(&self.ty, bytes)?;
        let mut numbers = Vec::with_capacity(values.len());
        for _ in 0..values.len() {
            numbers.push(self.numbers.read(bytes)?);
        }
        self.slots[slot] = Numbered { values, numbers };
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        let Numbered { values, numbers } = &self.slots[slot];
        size_of::<Numbered>() + values.held() + numbers.capacity() * size_of::<u64>()
    }
}
