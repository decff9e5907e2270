//! `VAR_POP`: the variance of all values.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "VAR_POP",
    description: "The variance of the values of a column, computed in DOUBLE. Nulls are left out; NULL when there is \
                  no value.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "VAR_POP(x) of 5; NULL; 8; 11", result: "6E0" },
        Example { call: "VAR_POP(x) of 5; 8 without 8", result: "0E0" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yy, m.count, false)),
};
