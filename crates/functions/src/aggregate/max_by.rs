//! `MAX_BY`: a value of the row that is largest by another one.

use std::cmp::Ordering;

use super::{AggregateFunction, best};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MAX_BY",
    description: "The value of the first column in the row whose second one is largest; of several such rows the \
                  earliest. Rows whose second column is null are left out; NULL when there is none.",
    undo: false,
    extension: true,
    overloads: &best::OVERLOADS,
    examples: &[
        Example { call: "MAX_BY(x, y) of 'a', 3; 'b', 1; 'c', NULL; 'd', 3", result: "'a'" },
        Example { call: "MAX_BY(x, y) of NULL, 5; 'b', 1", result: "NULL" },
    ],
    state: |setup| best::state(setup, Ordering::Greater),
};
