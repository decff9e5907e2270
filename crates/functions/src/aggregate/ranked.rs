//! The state of TOPK and TOPKDISTINCT: a group's largest values in descending order, of equal ones the earlier first.
//!
//! An element is kept as it will be shown: a value, or a struct that begins with the value.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::Reader;
use super::declaration::Setup;
use super::state::{Accumulate, AggregateState};
use super::value::{Order, ValueInput};
use super::value_column::ListOut;
use super::value_list::ValueList;
use crate::{Arg, Error};

/// A state for the constant k.
pub(super) fn state(setup: &Setup<'_>, distinct: bool) -> Result<Box<dyn AggregateState>, Error> {
    let (Some(k), DataType::List(element)) = (setup.count("k")?, &setup.returns) else { return setup.unfit() };
    let element = element.data_type().clone();
    let prefix = usize::from(matches!(element, DataType::Struct(_)));
    let order = Order::of(setup.input(0)?)?;
    Ok(Box::new(Ranked { lists: Vec::new(), k, distinct, order, prefix, element, returns: setup.returns.clone() }))
}

#[derive(Debug)]
struct Ranked {
    lists: Vec<ValueList>,
    k: usize,
    distinct: bool,
    order: Order,
    /// Bytes of an element before its value: the tag of a struct.
    prefix: usize,
    element: DataType,
    returns: DataType,
}

/// The inputs, and the element that is being made of a row.
#[derive(Debug)]
struct Elements<'a> {
    inputs: Vec<ValueInput<'a>>,
    bytes: Vec<u8>,
}

impl Ranked {
    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        self.order.compare(a.get(self.prefix..).unwrap_or(&[]), b.get(self.prefix..).unwrap_or(&[]))
    }

    /// Where an element belongs in a list; `None` when it does not.
    fn place(&self, list: &ValueList, element: &[u8]) -> Option<usize> {
        // From the end: most elements are too small, once the list is full.
        let mut at = list.len();
        while let Some(before) = at.checked_sub(1) {
            match self.compare(list.get(before), element) {
                Ordering::Greater => break,
                Ordering::Equal if self.distinct => return None,
                Ordering::Equal => break,
                Ordering::Less => at = before,
            }
        }
        (at < self.k).then_some(at)
    }

    fn insert(&self, list: &mut ValueList, element: &[u8]) -> Result<(), Error> {
        let Some(at) = self.place(list, element) else { return Ok(()) };
        list.insert(at, element)?;
        if list.len() > self.k {
            list.remove(self.k);
        }
        Ok(())
    }
}

impl Accumulate for Ranked {
    type Input<'a> = Elements<'a>;
    type Out = ListOut;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<Elements<'a>, Error> {
        if self.prefix == 0 && args.len() != 1 || args.is_empty() {
            return Err(Error::Fatal(format!("{} arguments to be ranked", args.len())));
        }
        let inputs = (0..args.len()).map(|i| ValueInput::of(args, i)).collect::<Result<_, _>>()?;
        Ok(Elements { inputs, bytes: Vec::new() })
    }

    fn len(&self) -> usize {
        self.lists.len()
    }

    fn resize(&mut self, slots: usize) {
        self.lists.resize_with(slots, ValueList::default);
    }

    fn add(&mut self, slot: usize, input: &mut Elements<'_>, row: usize) -> Result<(), Error> {
        if input.inputs.first().is_none_or(|value| value.is_null(row)) {
            return Ok(());
        }
        input.bytes.clear();
        input.bytes.resize(self.prefix, 1);
        input.inputs.iter().for_each(|field| field.append(row, &mut input.bytes));
        let mut list = std::mem::take(&mut self.lists[slot]);
        let result = self.insert(&mut list, &input.bytes);
        self.lists[slot] = list;
        result
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = self.lists[into].clone();
        self.lists[from].iter().try_for_each(|element| self.insert(&mut joined, element))?;
        self.lists[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.lists[slot] = ValueList::default();
    }

    fn out(&self, _rows: usize) -> Result<ListOut, Error> {
        ListOut::of(&self.returns)
    }

    fn push(&self, slot: usize, out: &mut ListOut) -> Result<(), Error> {
        out.push(self.lists[slot].len(), self.lists[slot].bytes())
    }

    fn finish(&self, out: ListOut) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.lists[slot].write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.lists[slot] = ValueList::read(&self.element, bytes)?;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<ValueList>() + self.lists[slot].held()
    }
}
