//! `STDDEV_POP`: the standard deviation of all values.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV_POP",
    description: "The standard deviation of the values of a column, computed in DOUBLE. Nulls are left out; NULL when \
                  there is no value.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "STDDEV_POP(x) of 1; NULL; 5", result: "2E0" },
        Example { call: "STDDEV_POP(x) of 1; 5 without 5", result: "0E0" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yy, m.count, false).map(f64::sqrt)),
};
