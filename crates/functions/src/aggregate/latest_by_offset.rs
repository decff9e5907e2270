//! `LATEST_BY_OFFSET`: the last value, or the last few.

use super::AggregateFunction;
use super::earliest_by_offset::OVERLOADS;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "LATEST_BY_OFFSET",
    description: "The last value of a column in the order of processing, or an array of the last n, the oldest of them first. \
                  Nulls are left out unless the last argument is false.",
    undo: false,
    overloads: &OVERLOADS,
};
