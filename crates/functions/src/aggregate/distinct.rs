//! `f(DISTINCT …)`: a state of any function that sees equal arguments once a group, an extension.
//!
//! Beside the function's own state stands how often each value occurs, exactly, so that rows are taken back as well as
//! the function can: a value leaves it with the last row that has it. A group grows with its different values and ends
//! where one value of a column does (64 MiB of them). They are kept one by one ([`Values`]), or all together with the
//! function's own state, where groups come to an end.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::Reader;
use super::row_bytes::RowReader;
use super::state::{self, Accumulate, AggregateState};
use super::tally::Tally;
use super::value::{ValueInput, scan_row};
use super::values::{Changes, Values};
use crate::{Arg, Error};

/// The state of a function, and what each slot of it has seen.
#[derive(Debug)]
pub(super) struct Distinct<A> {
    inner: A,
    seen: Vec<Tally>,
    types: Vec<DataType>,
    /// Rows of arguments are counted: those with a null are none, and the function is given the first one only.
    whole: bool,
    changed: Changes,
    /// That a value occurs once more is a change.
    counts: bool,
}

/// The arguments of a batch, for the function and as bytes.
pub(super) struct Input<'a, A: Accumulate> {
    inner: A::Input<'a>,
    values: Vec<ValueInput<'a>>,
    /// Those of the row at hand.
    bytes: Vec<u8>,
}

impl<A: Accumulate> Distinct<A> {
    /// Nothing seen, of arguments of these types.
    pub(super) fn of(inner: A, types: Vec<DataType>, whole: bool) -> Self {
        Self { inner, seen: Vec::new(), types, whole, changed: Changes::default(), counts: false }
    }

    /// Reads the arguments of a row; false: they do not count.
    fn read_row(&self, input: &mut Input<'_, A>, row: usize) -> bool {
        if self.whole && input.values.iter().any(|value| value.is_null(row)) {
            return false;
        }
        input.bytes.clear();
        input.values.iter().for_each(|value| value.append(row, &mut input.bytes));
        true
    }

    /// Shows the function what only `from` has seen; `into` counts all of it.
    fn join_all(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let (seen, other) = (&self.seen[into], &self.seen[from]);
        let mut joined = seen.clone();
        joined.join(other, usize::MAX)?;
        let mut rows = RowReader::of(&self.types)?;
        let mut count = 0;
        for (value, _) in other.iter().filter(|(value, _)| seen.count(value) == 0) {
            rows.push(value)?;
            count += 1;
        }
        let args: Vec<Arg> = rows.finish()?.into_iter().map(Arg::column).collect();
        let mut input = self.inner.input(given(&args, self.whole))?;
        (0..count).try_for_each(|row| self.inner.add(into, &mut input, row))?;
        self.seen[into] = joined;
        Ok(())
    }
}

/// The arguments that the function is given.
fn given(args: &[Arg], whole: bool) -> &[Arg] {
    if whole { args.get(..1).unwrap_or_default() } else { args }
}

impl<A: Accumulate + 'static> Accumulate for Distinct<A> {
    type Input<'a> = Input<'a, A>;
    type Out = A::Out;
    const SMALL: bool = A::SMALL;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Input<'a, A>, Error> {
        if args.len() != self.types.len() {
            return Err(Error::Fatal(format!("{} arguments instead of {}", args.len(), self.types.len())));
        }
        let values = (0..args.len()).map(|at| ValueInput::of(args, at)).collect::<Result<_, _>>()?;
        Ok(Input { inner: self.inner.input(given(args, self.whole))?, values, bytes: Vec::new() })
    }

    fn len(&self) -> usize {
        self.seen.len()
    }

    fn resize(&mut self, slots: usize) {
        self.inner.resize(slots);
        self.seen.resize_with(slots, Tally::default);
        self.changed.resize(slots);
    }

    fn add(&mut self, slot: usize, input: &mut Input<'_, A>, row: usize) -> Result<(), Error> {
        if !self.read_row(input, row) {
            return Ok(());
        }
        let Some(seen) = self.seen.get_mut(slot) else { return Ok(()) };
        let new = seen.count(&input.bytes) == 0;
        if new {
            seen.check(&input.bytes)?;
            self.inner.add(slot, &mut input.inner, row)?;
        }
        seen.add(&input.bytes, 1, usize::MAX)?;
        if new || self.counts {
            self.changed.note(slot, &input.bytes);
        }
        Ok(())
    }

    fn undo(&mut self, slot: usize, input: &mut Input<'_, A>, row: usize) -> Result<(), Error> {
        if !self.read_row(input, row) {
            return Ok(());
        }
        let Some(seen) = self.seen.get_mut(slot) else { return Ok(()) };
        if seen.count(&input.bytes) == 1 {
            self.inner.undo(slot, &mut input.inner, row)?;
        }
        seen.undo(&input.bytes);
        self.changed.note(slot, &input.bytes);
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut was = Vec::new();
        self.inner.write(into, &mut was);
        let joined = self.join_all(into, from);
        if joined.is_err() {
            self.inner.clear(into);
            self.inner.read(into, &mut Reader::of(&was))?;
        }
        joined
    }

    fn clear(&mut self, slot: usize) {
        self.inner.clear(slot);
        self.seen[slot] = Tally::default();
        self.changed.clear(slot);
    }

    fn out(&self, rows: usize) -> Result<A::Out, Error> {
        self.inner.out(rows)
    }

    fn push(&self, slot: usize, out: &mut A::Out) -> Result<(), Error> {
        self.inner.push(slot, out)
    }

    fn finish(&self, out: A::Out) -> Result<ArrayRef, Error> {
        self.inner.finish(out)
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.seen[slot].write(out);
        self.inner.write(slot, out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.seen[slot] = Tally::read_rows(&self.types, bytes)?;
        self.inner.read(slot, bytes)
    }

    fn size(&self, slot: usize) -> usize {
        self.seen[slot].held() + self.inner.size(slot)
    }

    fn values(&mut self) -> Option<&mut dyn Values> {
        Some(self)
    }

    fn into_distinct(self, _types: Vec<DataType>, _whole: bool) -> Result<Box<dyn AggregateState>, Error> {
        Err(Error::Fatal("DISTINCT twice".into()))
    }
}

impl<A: Accumulate + 'static> Values for Distinct<A> {
    fn track(&mut self) {
        self.changed.track(self.seen.len());
    }

    fn count(&mut self) {
        self.counts = true;
    }

    fn take(&mut self, slot: u32) -> Vec<(Box<[u8]>, i64)> {
        let slot = slot as usize;
        let Some(seen) = self.seen.get(slot) else { return Vec::new() };
        self.changed.take(slot, |value| seen.count(value))
    }

    fn put(&mut self, slot: u32, value: &[u8], count: i64) -> Result<(), Error> {
        let mut reader = Reader::of(value);
        scan_row(&self.types, &mut reader)?;
        reader.end()?;
        let seen = self.seen.get_mut(slot as usize).ok_or_else(|| Error::Fatal(format!("no slot {slot}")))?;
        seen.put(value, count)
    }

    fn touch(&mut self, slot: u32) {
        let slot = slot as usize;
        let Some(seen) = self.seen.get(slot) else { return };
        self.changed.touch(slot, seen.iter().map(|(value, _)| value));
    }

    fn encode_rest(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        state::encode(&self.inner, slot, out)
    }

    fn decode_rest(&mut self, slot: u32, bytes: &[u8]) -> Result<(), Error> {
        state::decode(&mut self.inner, slot, bytes)
    }
}
