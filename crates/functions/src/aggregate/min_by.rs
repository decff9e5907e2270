//! `MIN_BY`: a value of the row that is smallest by another one.

use std::cmp::Ordering;

use super::{AggregateFunction, best};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MIN_BY",
    description: "The value of the first column in the row whose second one is smallest; of several such rows the \
                  earliest. Rows whose second column is null are left out; NULL when there is none.",
    undo: false,
    extension: true,
    overloads: &best::OVERLOADS,
    examples: &[
        Example { call: "MIN_BY(x, y) of 'a', 3; 'b', 1; 'c', NULL; 'd', 1", result: "'b'" },
        Example { call: "MIN_BY(x, y) of 'a', 1; NULL, 0", result: "NULL" },
    ],
    state: |setup| best::state(setup, Ordering::Less),
};
