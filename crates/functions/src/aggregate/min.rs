//! `MIN`: the smallest value.

use super::AggregateFunction;
use super::max::OVERLOADS;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MIN",
    description: "The smallest value of a column, nulls left out; null when there is none.",
    undo: false,
    overloads: &OVERLOADS,
};
