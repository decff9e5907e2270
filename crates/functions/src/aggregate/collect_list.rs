//! `COLLECT_LIST`: all values.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::AggregateFunction;
use super::bytes::Reader;
use super::declaration::of;
use super::state::Accumulate;
use super::value::ValueInput;
use super::value_column::ListOut;
use super::value_list::ValueList;
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COLLECT_LIST",
    description: "The values of a column in the order of processing, nulls and repetitions included, up to the number that \
                  ksql.functions.collect_list.limit allows; what comes later is left out.",
    undo: true,
    extension: false,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::Any('T') }],
        Returns::Type(ParamType::Array(&ParamType::Any('T'))),
    )],
    examples: &[
        Example { call: "COLLECT_LIST(x) of 1; NULL; 1", result: "ARRAY[1, NULL, 1]" },
        Example { call: "COLLECT_LIST(x) of 'a'; 'b'; 'a'; 'c' without 'a'", result: "ARRAY['a', 'b', 'c']" },
    ],
    state: |setup| {
        let ty = setup.input(0)?.clone();
        Ok(Box::new(CollectList {
            lists: Vec::new(),
            ty,
            limit: setup.limits.collect_list,
            returns: setup.returns.clone(),
        }))
    },
};

#[derive(Debug)]
struct CollectList {
    lists: Vec<ValueList>,
    ty: DataType,
    returns: DataType,
    limit: usize,
}

impl Accumulate for CollectList {
    type Input<'a> = ValueInput<'a>;
    type Out = ListOut;

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
        let list = &mut self.lists[slot];
        if list.len() < self.limit { list.push(input.bytes(row)?) } else { Ok(()) }
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
        let room = self.limit.saturating_sub(joined.len());
        self.lists[from].iter().take(room).try_for_each(|value| joined.push(value))?;
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
        self.lists[slot] = ValueList::read(&self.ty, bytes)?;
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<ValueList>() + self.lists[slot].held()
    }
}
