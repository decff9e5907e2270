//! `APPROX_COUNT_DISTINCT`: how many different values, approximately, another name of COUNT_DISTINCT.

use super::{AggregateFunction, count_distinct};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "APPROX_COUNT_DISTINCT",
    description: "How many different values a column has, nulls left out: an estimate that is off by a percent or two, \
                  in bounded memory. COUNT_DISTINCT is the same; COUNT(DISTINCT column) is exact.",
    undo: false,
    extension: true,
    overloads: &count_distinct::OVERLOADS,
    examples: &[Example { call: "APPROX_COUNT_DISTINCT(x) of 'a'; 'b'; NULL; 'a'", result: "2" }],
    state: count_distinct::state,
};
