//! `BIT_AND`: the bits that all values have.

use super::{AggregateFunction, bits};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "BIT_AND",
    description: "The bits that all values of a column have, nulls left out; NULL when there is none.",
    undo: true,
    extension: true,
    overloads: &bits::OVERLOADS,
    examples: &[
        Example { call: "BIT_AND(x) of 6; NULL; 3", result: "2" },
        Example { call: "BIT_AND(x) of 6; 3 without 3", result: "6" },
        Example { call: "BIT_AND(x) of -1; -2", result: "-2" },
    ],
    state: |setup| bits::state(setup, |set, rows| set == rows),
};
