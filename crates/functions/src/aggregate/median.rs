//! `MEDIAN`: the number in the middle.

use super::{AggregateFunction, moments, percentile};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MEDIAN",
    description: "The number in the middle of a column's, exactly, or the mean of the two in the middle; nulls are left out, NULL \
                  when there is none. A group may have 50000 different numbers: a query stops at one more.",
    undo: true,
    extension: true,
    overloads: &moments::ONE,
    examples: &[
        Example { call: "MEDIAN(x) of 5; NULL; 1; 9", result: "5E0" },
        Example { call: "MEDIAN(x) of 1; 2; 9 without 9", result: "1.5E0" },
    ],
    state: |_| Ok(percentile::state(0.5)),
};
