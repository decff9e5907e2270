//! The state of ARRAY_AGG and STRING_AGG: the values of a group in the order of processing.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::Reader;
use super::declaration::Setup;
use super::state::{Accumulate, AggregateState};
use super::value::{ValueInput, text};
use super::value_column::ListOut;
use super::value_list::ValueList;
use crate::{Arg, Error, TextColumn};

/// What is made of a group's values; null where there are none.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    /// An array of all of them.
    Array,
    /// The texts among them with this between each two.
    Text(Arc<str>),
}

/// A state with such results.
pub(super) fn state(setup: &Setup<'_>, shown: Shown) -> Result<Box<dyn AggregateState>, Error> {
    let (ty, returns) = (setup.input(0)?.clone(), setup.returns.clone());
    Ok(Box::new(Gathered { lists: Vec::new(), ty, returns, shown }))
}

#[derive(Debug)]
struct Gathered {
    lists: Vec<ValueList>,
    ty: DataType,
    returns: DataType,
    shown: Shown,
}

/// Results under construction.
enum Out {
    Arrays(ListOut),
    Texts(TextColumn),
}

impl Gathered {
    fn keeps(&self, input: &ValueInput<'_>, row: usize) -> bool {
        matches!(self.shown, Shown::Array) || !input.is_null(row)
    }
}

impl Accumulate for Gathered {
    type Input<'a> = ValueInput<'a>;
    type Out = Out;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.lists.len()
    }

    fn resize(&mut self, slots: usize) {
        self.lists.resize_with(slots, ValueList::default);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        if self.keeps(input, row) { self.lists[slot].push(input.bytes(row)?) } else { Ok(()) }
    }

    /// Takes out the last value that is equal.
    fn undo(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        let value = input.bytes(row)?;
        let list = &mut self.lists[slot];
        let last = list.iter().rposition(|v| v == value);
        if let Some(last) = last {
            list.remove(last);
        }
        Ok(())
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = self.lists[into].clone();
        self.lists[from].iter().try_for_each(|value| joined.push(value))?;
        self.lists[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.lists[slot] = ValueList::default();
    }

    fn out(&self, _rows: usize) -> Result<Out, Error> {
        Ok(match self.shown {
            Shown::Array => Out::Arrays(ListOut::of(&self.returns)?),
            Shown::Text(_) => Out::Texts(TextColumn::default()),
        })
    }

    fn push(&self, slot: usize, out: &mut Out) -> Result<(), Error> {
        let list = &self.lists[slot];
        match (out, &self.shown) {
            (Out::Arrays(out), _) if list.len() == 0 => out.null(),
            (Out::Arrays(out), _) => out.push(list.len(), list.bytes()),
            (Out::Texts(out), _) if list.len() == 0 => {
                out.null();
                Ok(())
            }
            (Out::Texts(out), shown) => {
                let separator = if let Shown::Text(separator) = shown { separator } else { "" };
                for (at, value) in list.iter().enumerate() {
                    if at > 0 {
                        out.push(separator)?;
                    }
                    out.push(text(value)?)?;
                }
                out.end();
                Ok(())
            }
        }
    }

    fn finish(&self, out: Out) -> Result<ArrayRef, Error> {
        match out {
            Out::Arrays(out) => out.finish(),
            Out::Texts(out) => Ok(out.finish()),
        }
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.lists[slot].write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        let list = ValueList::read(&self.ty, bytes)?;
        if matches!(self.shown, Shown::Text(_)) {
            list.iter().try_for_each(|value| text(value).map(drop))?;
        }
        self.lists[slot] = list;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<ValueList>() + self.lists[slot].held()
    }
}
