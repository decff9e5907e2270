//! `VARIANCE`: the variance of a sample, as most databases call it.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "VARIANCE",
    description: "The variance of a sample, the values of a column, computed in DOUBLE. Nulls are left out; NULL when \
                  there are less than two values. VAR_SAMP is the same.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "VARIANCE(x) of 1.5; 2.5", result: "0.5E0" },
        Example { call: "VARIANCE(x) of 5; 8; 11 without 11", result: "4.5E0" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yy, m.count, true)),
};
