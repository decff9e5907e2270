//! `VAR_SAMP`: the variance of a sample.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "VAR_SAMP",
    description: "The variance of a sample, the values of a column, computed in DOUBLE. Nulls are left out; NULL when \
                  there are less than two values. VARIANCE is the same.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "VAR_SAMP(x) of 5; NULL; 8; 11", result: "9E0" },
        Example { call: "VAR_SAMP(x) of 5; 8 without 8", result: "NULL" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yy, m.count, true)),
};
