//! `MIN`: the smallest value.

use std::cmp::Ordering;

use super::max::OVERLOADS;
use super::{AggregateFunction, extreme};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MIN",
    description: "The smallest value of a column, nulls left out; null when there is none.",
    undo: false,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "MIN(x) of 3; NULL; 10", result: "3" },
        Example { call: "MIN(x) of DATE 2; DATE 1", result: "DATE 1" },
        Example { call: "MIN(x) of 'b'; 'ab'", result: "'ab'" },
        Example { call: "MIN(x) of 3; 1; 1; 2 without 1; 1", result: "2" },
    ],
    state: |setup| extreme::state(setup, Ordering::Less),
};
