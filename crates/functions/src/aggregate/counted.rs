//! The state of MIN, MAX, TOPK and TOPKDISTINCT over tables, an extension: how often each value occurs, in the order of values.
//!
//! What leaves a group may be what was shown of it, and the next one must be known then: all values are kept, one by one
//! ([`Values`]) or together with their group, where groups come to an end. They may be 64 MiB a group, as behind DISTINCT. Over
//! streams the functions keep what they show ([`super::extreme`], [`super::ranked`]).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::{Fixed, Reader, damaged, put_count};
use super::declaration::Setup;
use super::state::{self, Accumulate, AggregateState};
use super::value::{NULL, Order, ValueInput, scan_one};
use super::value_column::{ListOut, ValueColumn};
use super::values::{Changes, Values};
use crate::{Arg, Error, check_size};

/// Whether a function has such a state when it is called with so many arguments. Of equal values TOPK shows the earlier one,
/// which is seen by what stands beside it, and not known any more when rows are taken back.
pub(super) fn is_for(name: &str, args: usize) -> bool {
    match name {
        "MIN" | "MAX" | "TOPKDISTINCT" => true,
        "TOPK" => args <= 2,
        _ => false,
    }
}

/// The state of a call of a function that has one.
pub(super) fn state(name: &str, setup: &Setup<'_>) -> Result<Box<dyn AggregateState>, Error> {
    let shown = match (name, setup.count("k")?) {
        ("MIN", None) => Shown::First,
        ("MAX", None) => Shown::Last,
        ("TOPK", Some(k)) => Shown::Top { k, distinct: false },
        ("TOPKDISTINCT", Some(k)) => Shown::Top { k, distinct: true },
        _ => return setup.unfit(),
    };
    let ty = setup.input(0)?.clone();
    let order = Order::of(&ty)?;
    Ok(Box::new(Counted {
        slots: Vec::new(),
        shown,
        order,
        ty,
        returns: setup.returns.clone(),
        changed: Changes::default(),
    }))
}

/// What is shown of a group.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// The smallest value.
    First,
    /// The largest one.
    Last,
    /// The k largest ones, each once or as often as it occurs.
    Top { k: usize, distinct: bool },
}

#[derive(Debug)]
struct Counted {
    slots: Vec<Sorted>,
    shown: Shown,
    order: Order,
    ty: DataType,
    returns: DataType,
    changed: Changes,
}

/// A value that is not null, among others of its type.
#[derive(Debug, Clone)]
struct Placed {
    bytes: Box<[u8]>,
    order: Order,
}

impl Ord for Placed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.compare(&self.bytes, &other.bytes).then_with(|| self.bytes.cmp(&other.bytes))
    }
}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Placed {}

/// The values of a group.
#[derive(Debug, Clone, Default)]
struct Sorted {
    counts: BTreeMap<Placed, i64>,
    /// Bytes of all values.
    bytes: usize,
    /// Bytes of the longest value that has been here.
    longest: usize,
}

impl Sorted {
    /// Counts a value `count` more times.
    ///
    /// Errors: [`Error::Data`] when all values are too large for one value of a column.
    fn add(&mut self, value: Placed, count: i64) -> Result<(), Error> {
        if let Some(known) = self.counts.get_mut(&value) {
            *known = known.wrapping_add(count);
            return Ok(());
        }
        check_size(0, self.bytes + value.bytes.len())?;
        self.put(value, count);
        Ok(())
    }

    /// Says how often a value occurs, whatever was known before.
    fn put(&mut self, value: Placed, count: i64) {
        let length = value.bytes.len();
        if self.counts.insert(value, count).is_none() {
            self.bytes += length;
            self.longest = self.longest.max(length);
        }
    }

    /// Counts a value once less; one that is not there stays so.
    fn undo(&mut self, value: &Placed) {
        let Some(count) = self.counts.get_mut(value) else { return };
        *count -= 1;
        if *count < 1 {
            self.counts.remove(value);
            self.bytes -= value.bytes.len();
        }
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], i64)> {
        self.counts.iter().map(|(value, count)| (value.bytes.as_ref(), *count))
    }
}

/// Results under construction.
#[derive(Debug)]
enum Out {
    Values(ValueColumn),
    Lists(ListOut),
}

impl Counted {
    /// One whole value that is not null, as it was written.
    fn read_value(&self, bytes: &mut Reader<'_>) -> Result<Placed, Error> {
        let value = scan_one(&self.ty, bytes)?;
        if value == [NULL] { Err(damaged()) } else { Ok(Placed { bytes: value.into(), order: self.order }) }
    }
}

/// The k largest values, each once or as often as it occurs: how many there are, and their bytes.
///
/// Errors: [`Error::Data`] when they are too large for one value of a column.
fn top(values: &Sorted, k: usize, distinct: bool) -> Result<(usize, Vec<u8>), Error> {
    let (mut found, mut bytes) = (0, Vec::new());
    for (value, count) in values.iter().rev() {
        let left = k - found;
        if left == 0 {
            break;
        }
        let times = if distinct { 1 } else { usize::try_from(count).unwrap_or(left).min(left) };
        for _ in 0..times {
            check_size(0, bytes.len() + value.len())?;
            bytes.extend_from_slice(value);
        }
        found += times;
    }
    Ok((found, bytes))
}

impl Accumulate for Counted {
    type Input<'a> = ValueInput<'a>;
    type Out = Out;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots, Sorted::default);
        self.changed.resize(slots);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if input.is_null(row) {
            return Ok(());
        }
        let value = input.bytes(row)?;
        self.slots[slot].add(Placed { bytes: value.into(), order: self.order }, 1)?;
        self.changed.note(slot, value);
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if input.is_null(row) {
            return Ok(());
        }
        let value = input.bytes(row)?;
        self.slots[slot].undo(&Placed { bytes: value.into(), order: self.order });
        self.changed.note(slot, value);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = self.slots[into].clone();
        self.slots[from].counts.iter().try_for_each(|(value, count)| joined.add(value.clone(), *count))?;
        self.slots[into] = joined;
        self.changed.touch(into, self.slots[from].iter().map(|(value, _)| value));
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.slots[slot] = Sorted::default();
        self.changed.clear(slot);
    }

    fn out(&self, _rows: usize) -> Result<Out, Error> {
        Ok(match self.shown {
            Shown::First | Shown::Last => Out::Values(ValueColumn::of(&self.ty)?),
            Shown::Top { .. } => Out::Lists(ListOut::of(&self.returns)?),
        })
    }

    fn push(&self, slot: usize, out: &mut Out) -> Result<(), Error> {
        let values = &self.slots[slot];
        match (out, self.shown) {
            (Out::Values(out), shown) => {
                let smallest = matches!(shown, Shown::First);
                let value = if smallest { values.iter().next() } else { values.iter().next_back() };
                match value {
                    Some((value, _)) => out.read(&mut Reader::of(value)),
                    None => out.null(),
                }
            }
            (Out::Lists(out), Shown::Top { k, distinct }) => {
                let (count, bytes) = top(values, k, distinct)?;
                out.push(count, &bytes)
            }
            (Out::Lists(out), _) => out.null(),
        }
    }

    fn finish(&self, out: Out) -> Result<ArrayRef, Error> {
        match out {
            Out::Values(out) => out.finish(),
            Out::Lists(out) => out.finish(),
        }
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        put_count(self.slots[slot].counts.len(), out);
        for (value, count) in self.slots[slot].iter() {
            out.extend_from_slice(value);
            count.put(out);
        }
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let mut values = Sorted::default();
        for _ in 0..bytes.count()? {
            let (value, count) = (self.read_value(bytes)?, i64::get(bytes)?);
            if count < 1 || values.counts.contains_key(&value) {
                return Err(damaged());
            }
            values.put(value, count);
        }
        self.slots[slot] = values;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        let Sorted { counts, bytes, .. } = &self.slots[slot];
        // A node of the map has room for eleven entries and is half full or more.
        size_of::<Sorted>() + bytes + counts.len() * 56
    }

    fn shown(&self, slot: usize) -> usize {
        let times = if let Shown::Top { k, .. } = self.shown { k } else { 1 };
        self.slots[slot].longest.saturating_mul(times)
    }

    fn values(&mut self) -> Option<&mut dyn Values> {
        Some(self)
    }

    /// That a value occurs more than once is seen in lists alone.
    fn into_distinct(self, _types: Vec<DataType>, _whole: bool) -> Result<Box<dyn AggregateState>, Error> {
        let shown = match self.shown {
            Shown::Top { k, .. } => Shown::Top { k, distinct: true },
            one => one,
        };
        Ok(Box::new(Self { shown, ..self }))
    }
}

impl Values for Counted {
    fn track(&mut self) {
        self.changed.track(self.slots.len());
    }

    /// They always may.
    fn count(&mut self) {}

    fn take(&mut self, slot: u32) -> Vec<(Box<[u8]>, i64)> {
        let slot = slot as usize;
        let (Some(values), order) = (self.slots.get(slot), self.order) else { return Vec::new() };
        let count = |value: &[u8]| values.counts.get(&Placed { bytes: value.into(), order }).copied().unwrap_or(0);
        self.changed.take(slot, count)
    }

    fn put(&mut self, slot: u32, value: &[u8], count: i64) -> Result<(), Error> {
        let mut reader = Reader::of(value);
        let placed = self.read_value(&mut reader)?;
        reader.end()?;
        if count < 1 {
            return Err(damaged());
        }
        let values = self.slots.get_mut(slot as usize).ok_or_else(|| Error::Fatal(format!("no slot {slot}")))?;
        values.put(placed, count);
        Ok(())
    }

    fn touch(&mut self, slot: u32) {
        let slot = slot as usize;
        let Some(values) = self.slots.get(slot) else { return };
        self.changed.touch(slot, values.iter().map(|(value, _)| value));
    }

    fn encode_rest(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        state::encode_empty(self, slot, out)
    }

    fn decode_rest(&mut self, slot: u32, bytes: &[u8]) -> Result<(), Error> {
        state::decode_empty(self, slot, bytes)
    }
}
