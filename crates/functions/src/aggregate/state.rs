//! The state of an aggregate call in one task: that of all its groups, by slot.
//!
//! The engine keeps the map from keys to slots and asks here for whole batches, so that a call costs one virtual call a
//! batch and the loops run over typed columns. [`Accumulate`] is what a function writes: what one row does to one slot, on
//! its own typed view of the arguments. Every such type is an [`AggregateState`], whose loops are compiled for it.

use std::fmt;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;

use super::bytes::Reader;
use super::distinct::Distinct;
use super::values::Values;
use crate::{Arg, Error};

/// Version of the layout of encoded states.
const VERSION: u8 = 1;

/// Bytes of results that a batch is cut at; a single one may be larger.
const ROOM: usize = 64 << 20;

/// The states of the groups of one aggregate call in one task. A slot is a group's number; new slots have seen no rows.
///
/// Slots out of range, arguments of other types or lengths than announced and a slot merged into itself are defects of
/// the caller: [`Error::Fatal`].
pub trait AggregateState: fmt::Debug + Send {
    /// How many slots there are.
    fn slots(&self) -> usize;

    /// Makes room for at least so many slots.
    fn grow(&mut self, slots: usize);

    /// Counts rows in and out, in order. Rows that have no result (a DECIMAL sum that gets too large) are added to `failed`
    /// and leave their groups as they were.
    fn apply(&mut self, rows: &Rows<'_>, failed: &mut Vec<FailedRow>) -> Result<(), Error>;

    /// The same, and gives the result of each row's group after it, as ksqlDB emits them when nothing is cached.
    ///
    /// Errors: [`Error::Data`] when the results are too large for one array; rows have been counted then. Up to
    /// [`Self::room`] rows never are.
    fn apply_each(&mut self, rows: &Rows<'_>, failed: &mut Vec<FailedRow>) -> Result<ArrayRef, Error>;

    /// How many of these rows, from the first one on, may go through [`Self::apply_each`] at once: a list that is shown
    /// after each of a thousand rows is shown a thousand times. At least one, if there is one.
    fn room(&self, rows: &Rows<'_>) -> usize;

    /// Adds what `from` has seen to `into`, as when a row joins two session windows: those of the earlier window come
    /// first. `from` stays as it is.
    ///
    /// Errors: [`Error::Data`] when there is no result; `into` is as it was then.
    fn merge(&mut self, into: u32, from: u32) -> Result<(), Error>;

    /// The results of these groups, in the type that the call was resolved to.
    ///
    /// Errors: [`Error::Data`] when they are too large for one array.
    fn result(&self, slots: &[u32]) -> Result<ArrayRef, Error>;

    /// Makes a slot as new, and frees what it held.
    fn reset(&mut self, slot: u32) -> Result<(), Error>;

    /// Appends the state of a slot, for a changelog or a store. Equal states of equal history have equal bytes.
    fn encode(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), Error>;

    /// Puts an encoded state into a slot.
    ///
    /// Errors: [`Error::Fatal`] when the bytes are damaged or newer than this program; the slot is as new then.
    fn decode(&mut self, slot: u32, bytes: &[u8]) -> Result<(), Error>;

    /// About how many bytes of memory a slot takes, for budgets. 0 for a slot that is not there.
    fn held(&self, slot: u32) -> usize;

    /// What it keeps value by value, if it can.
    fn values(&mut self) -> Option<&mut dyn Values>;

    /// The same state behind a filter that lets equal arguments, of those types, pass once a group. `whole`: it counts
    /// rows of arguments of which none is null; else nulls are values like others, to be passed over or not.
    ///
    /// Errors: [`Error::Fatal`] when it is one already.
    fn distinct(self: Box<Self>, types: Vec<DataType>, whole: bool) -> Result<Box<dyn AggregateState>, Error>;
}

/// Rows to be counted in or out, in order. A change of a table's row is both: what it was is taken back first.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group of each row.
    pub slots: &'a [u32],
    /// What is taken back. Only for functions that undo.
    pub undo: Option<Side<'a>>,
    /// What is added.
    pub add: Option<Side<'a>>,
}

/// The arguments of an aggregate call, without its constants.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// A value per row, or a constant, for each input.
    pub args: &'a [Arg],
    /// Which rows have this side; `None` when all do.
    pub rows: Option<&'a BooleanBuffer>,
}

/// A row without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// Its number in the batch.
    pub row: usize,
    /// Why, for the error ledger.
    pub error: Error,
}

impl<'a> Rows<'a> {
    /// Rows of a stream: all are added.
    pub fn added(slots: &'a [u32], args: &'a [Arg]) -> Self {
        Self { slots, undo: None, add: Some(Side { args, rows: None }) }
    }

    /// Rows that are all taken back.
    pub fn undone(slots: &'a [u32], args: &'a [Arg]) -> Self {
        Self { slots, undo: Some(Side { args, rows: None }), add: None }
    }

    /// Whether the state has all slots and each side a value for every row.
    fn check(&self, slots: usize) -> Result<(), Error> {
        if let Some(slot) = self.slots.iter().max() {
            check(*slot, slots)?;
        }
        for side in [self.undo, self.add].into_iter().flatten() {
            let short = |arg: &Arg| !arg.is_constant() && arg.array().len() != self.slots.len();
            if side.args.iter().any(short) || side.rows.is_some_and(|rows| rows.len() != self.slots.len()) {
                return Err(Error::Fatal("arguments of an aggregate function differ in length".into()));
            }
        }
        Ok(())
    }
}

impl Side<'_> {
    fn has(&self, row: usize) -> bool {
        self.rows.is_none_or(|rows| rows.value(row))
    }
}

/// What a function does with one row of one slot. Slots are in range here.
pub(super) trait Accumulate: fmt::Debug + Send {
    /// The arguments of a batch, downcast once.
    type Input<'a>;
    /// Results under construction.
    type Out;
    /// Whether a result has a fixed, small size.
    const SMALL: bool = false;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Self::Input<'a>, Error>;
    fn len(&self) -> usize;
    fn resize(&mut self, slots: usize);
    /// Counts a row in. On an error the slot is as it was.
    fn add(&mut self, slot: usize, input: &mut Self::Input<'_>, row: usize) -> Result<(), Error>;
    /// Takes a row back. On an error the slot is as it was.
    fn undo(&mut self, _slot: usize, _input: &mut Self::Input<'_>, _row: usize) -> Result<(), Error> {
        Err(Error::Fatal("this aggregate function cannot take rows back".into()))
    }
    fn join(&mut self, into: usize, from: usize) -> Result<(), Error>;
    fn clear(&mut self, slot: usize);
    fn out(&self, rows: usize) -> Result<Self::Out, Error>;
    fn push(&self, slot: usize, out: &mut Self::Out) -> Result<(), Error>;
    fn finish(&self, out: Self::Out) -> Result<ArrayRef, Error>;
    fn write(&self, slot: usize, out: &mut Vec<u8>);
    /// Fills a cleared slot.
    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error>;
    fn size(&self, slot: usize) -> usize;
    /// Bytes that the result of a slot may take.
    fn shown(&self, slot: usize) -> usize {
        self.size(slot)
    }
    /// See [`AggregateState::values`].
    fn values(&mut self) -> Option<&mut dyn Values> {
        None
    }
    /// See [`AggregateState::distinct`].
    fn into_distinct(self, types: Vec<DataType>, whole: bool) -> Result<Box<dyn AggregateState>, Error>
    where
        Self: Sized + 'static,
    {
        Ok(Box::new(Distinct::of(self, types, whole)))
    }
}

impl<A: Accumulate + 'static> AggregateState for A {
    fn values(&mut self) -> Option<&mut dyn Values> {
        Accumulate::values(self)
    }

    fn distinct(self: Box<Self>, types: Vec<DataType>, whole: bool) -> Result<Box<dyn AggregateState>, Error> {
        A::into_distinct(*self, types, whole)
    }

    fn slots(&self) -> usize {
        self.len()
    }

    fn grow(&mut self, slots: usize) {
        if slots > self.len() {
            self.resize(slots);
        }
    }

    fn apply(&mut self, rows: &Rows<'_>, failed: &mut Vec<FailedRow>) -> Result<(), Error> {
        run(self, rows, failed, |_, _| Ok(()))
    }

    fn apply_each(&mut self, rows: &Rows<'_>, failed: &mut Vec<FailedRow>) -> Result<ArrayRef, Error> {
        let mut out = self.out(rows.slots.len())?;
        run(self, rows, failed, |state, slot| state.push(slot, &mut out))?;
        self.finish(out)
    }

    fn room(&self, rows: &Rows<'_>) -> usize {
        if A::SMALL {
            return rows.slots.len();
        }
        // What a group shows now and what all rows might add to it bounds its result after any of them.
        let args = rows.add.map_or(&[][..], |side| side.args);
        let added: usize = args.iter().map(|arg| arg.array().to_data().get_slice_memory_size().unwrap_or(0)).sum();
        let mut left = ROOM;
        let fits = rows.slots.iter().take_while(|slot| {
            let fits = left > 0;
            let slot = **slot as usize;
            let shown = if slot < self.len() { self.shown(slot) } else { 0 };
            left = left.saturating_sub(shown.saturating_add(added));
            fits
        });
        fits.count()
    }

    fn merge(&mut self, into: u32, from: u32) -> Result<(), Error> {
        check(into.max(from), self.len())?;
        if into == from {
            return Err(Error::Fatal("a slot cannot be merged into itself".into()));
        }
        self.join(into as usize, from as usize)
    }

    fn result(&self, slots: &[u32]) -> Result<ArrayRef, Error> {
        let mut out = self.out(slots.len())?;
        for slot in slots {
            check(*slot, self.len())?;
            self.push(*slot as usize, &mut out)?;
        }
        self.finish(out)
    }

    fn reset(&mut self, slot: u32) -> Result<(), Error> {
        check(slot, self.len())?;
        self.clear(slot as usize);
        Ok(())
    }

    fn encode(&self, slot: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        encode(self, slot, out)
    }

    fn decode(&mut self, slot: u32, bytes: &[u8]) -> Result<(), Error> {
        decode(self, slot, bytes)
    }

    fn held(&self, slot: u32) -> usize {
        if (slot as usize) < self.len() { self.size(slot as usize) } else { 0 }
    }
}

/// As [`AggregateState::encode`].
pub(super) fn encode<A: Accumulate>(state: &A, slot: u32, out: &mut Vec<u8>) -> Result<(), Error> {
    check(slot, state.len())?;
    out.push(VERSION);
    state.write(slot as usize, out);
    Ok(())
}

/// As [`AggregateState::decode`].
pub(super) fn decode<A: Accumulate>(state: &mut A, slot: u32, bytes: &[u8]) -> Result<(), Error> {
    check(slot, state.len())?;
    state.clear(slot as usize);
    let mut reader = Reader::of(bytes);
    let read = version(&mut reader).and_then(|()| state.read(slot as usize, &mut reader)).and_then(|()| reader.end());
    if read.is_err() {
        state.clear(slot as usize);
    }
    read
}

/// As [`encode`], of a state of which nothing is left beside its values.
pub(super) fn encode_empty<A: Accumulate>(state: &A, slot: u32, out: &mut Vec<u8>) -> Result<(), Error> {
    check(slot, state.len())?;
    out.push(VERSION);
    Ok(())
}

/// Reads what [`encode_empty`] wrote.
pub(super) fn decode_empty<A: Accumulate>(state: &A, slot: u32, bytes: &[u8]) -> Result<(), Error> {
    check(slot, state.len())?;
    let mut reader = Reader::of(bytes);
    version(&mut reader)?;
    reader.end()
}

fn version(bytes: &mut Reader<'_>) -> Result<(), Error> {
    match bytes.u8()? {
        VERSION => Ok(()),
        other => Err(Error::Fatal(format!("version {other} of aggregate states is not known"))),
    }
}

fn check(slot: u32, slots: usize) -> Result<(), Error> {
    if (slot as usize) < slots {
        return Ok(());
    }
    Err(Error::Fatal(format!("slot {slot} of {slots}")))
}

/// The loops over a batch; `after` sees each row's slot when the row has been counted.
fn run<A: Accumulate>(
    state: &mut A,
    rows: &Rows<'_>,
    failed: &mut Vec<FailedRow>,
    mut after: impl FnMut(&A, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    rows.check(state.len())?;
    let mut note = |row: usize, result: Result<(), Error>| match result {
        Err(error @ Error::Data(_)) => {
            failed.push(FailedRow { row, error });
            Ok(())
        }
        result => result,
    };
    // A stream's rows, the common case, have a loop of their own.
    if let (None, Some(Side { args, rows: None })) = (rows.undo, rows.add) {
        let mut input = state.input(args)?;
        for (row, slot) in rows.slots.iter().enumerate() {
            let result = state.add(*slot as usize, &mut input, row);
            if result.is_err() {
                note(row, result)?;
            }
            after(state, *slot as usize)?;
        }
        return Ok(());
    }
    let mut undo = side_of(state, rows.undo)?;
    let mut add = side_of(state, rows.add)?;
    for (row, slot) in rows.slots.iter().enumerate() {
        let slot = *slot as usize;
        if let Some((side, input)) = &mut undo
            && side.has(row)
        {
            note(row, state.undo(slot, input, row))?;
        }
        if let Some((side, input)) = &mut add
            && side.has(row)
        {
            note(row, state.add(slot, input, row))?;
        }
        after(state, slot)?;
    }
    Ok(())
}

type Given<'a, A> = (Side<'a>, <A as Accumulate>::Input<'a>);

fn side_of<'a, A: Accumulate>(state: &A, side: Option<Side<'a>>) -> Result<Option<Given<'a, A>>, Error> {
    side.map(|side| Ok((side, state.input(side.args)?))).transpose()
}
