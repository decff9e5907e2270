//! `STDDEV_SAMP`: the variance of a sample, whatever its name says.

use super::stddev_sample::OVERLOADS;
use super::{AggregateFunction, spread};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV_SAMP",
    description: "The sample variance of a column, not its root, as ksqlDB has it; nulls are left out, 0 when there are less than \
                  two values. STDDEV_SAMPLE is the standard deviation.",
    undo: true,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "STDDEV_SAMP(x) of 5; NULL; 8; 11", result: "9E0" },
        Example { call: "STDDEV_SAMP(x) of 5; 8 without 8", result: "0E0" },
    ],
    state: |setup| spread::state(setup, |variance| variance),
};
