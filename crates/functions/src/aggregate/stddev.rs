//! `STDDEV`: the standard deviation of a sample.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV",
    description: "The standard deviation of a sample, the values of a column, computed in DOUBLE. Nulls are left out; \
                  NULL when there are less than two values. STDDEV_SAMPLE gives 0 then; STDDEV_SAMP is a variance, as \
                  in ksqlDB.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "STDDEV(x) of 5; NULL; 8; 11", result: "3E0" },
        Example { call: "STDDEV(x) of 5; 8 without 8", result: "NULL" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yy, m.count, true).map(f64::sqrt)),
};
