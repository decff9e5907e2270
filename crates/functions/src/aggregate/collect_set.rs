//! `COLLECT_SET`: the distinct values.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::AggregateFunction;
use super::bytes::Reader;
use super::declaration::of;
use super::state::Accumulate;
use super::value::ValueInput;
use super::value_column::ListOut;
use super::value_list::{ValueList, ValueSet};
use crate::{Arg, Error, Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COLLECT_SET",
    description: "The distinct values of a column in the order of first occurrence, null included, up to the number that \
                  ksql.functions.collect_set.limit allows; what comes later is left out.",
    undo: false,
    extension: false,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::Any('T') }],
        Returns::Type(ParamType::Array(&ParamType::Any('T'))),
    )],
    examples: &[
        Example { call: "COLLECT_SET(x) of 2; NULL; 1; 2; NULL", result: "ARRAY[2, NULL, 1]" },
        Example {
            call: "COLLECT_SET(x) of ARRAY[1, 2]; ARRAY[2, 1]; ARRAY[1, 2]",
            result: "ARRAY[ARRAY[1, 2], ARRAY[2, 1]]",
        },
    ],
    state: |setup| {
        let ty = setup.input(0)?.clone();
        Ok(Box::new(CollectSet {
            sets: Vec::new(),
            ty,
            limit: setup.limits.collect_set,
            returns: setup.returns.clone(),
        }))
    },
};

#[derive(Debug)]
struct CollectSet {
    sets: Vec<ValueSet>,
    ty: DataType,
    returns: DataType,
    limit: usize,
}

impl Accumulate for CollectSet {
    type Input<'a> = ValueInput<'a>;
    type Out = ListOut;

    fn input<'a>(&self, args: &'a [Arg]) -> Result<ValueInput<'a>, Error> {
        ValueInput::of(args, 0)
    }

    fn len(&self) -> usize {
        self.sets.len()
    }

    fn resize(&mut self, slots: usize) {
        self.sets.resize_with(slots, ValueSet::default);
    }

    fn add(&mut self, slot: usize, input: &mut ValueInput<'_>, row: usize) -> Result<(), Error> {
        let set = &mut self.sets[slot];
        if set.values().len() >= self.limit {
            return Ok(());
        }
        let value = input.bytes(row)?;
        if set.contains(value) { Ok(()) } else { set.push(value) }
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Error> {
        let mut joined = self.sets[into].clone();
        for value in self.sets[from].values().iter() {
            if joined.values().len() < self.limit && !joined.contains(value) {
                joined.push(value)?;
            }
        }
        self.sets[into] = joined;
        Ok(())
    }

    fn clear(&mut self, slot: usize) {
        self.sets[slot] = ValueSet::default();
    }

    fn out(&self, _rows: usize) -> Result<ListOut, Error> {
        ListOut::of(&self.returns)
    }

    fn push(&self, slot: usize, out: &mut ListOut) -> Result<(), Error> {
        let values = self.sets[slot].values();
        out.push(values.len(), values.bytes())
    }

    fn finish(&self, out: ListOut) -> Result<ArrayRef, Error> {
        out.finish()
    }

    fn write(&self, slot: usize, out: &mut Vec<u8>) {
        self.sets[slot].values().write(out);
    }

    fn read(&mut self, slot: usize, bytes: &mut Reader<'_>) -> Result<(), Error> {
        self.sets[slot] = ValueSet::of(ValueList::read(&self.ty, bytes)?);
        Ok(())
    }

    fn size(&self, slot: usize) -> usize {
        size_of::<ValueSet>() + self.sets[slot].held()
    }
}
