//! `BIT_OR`: the bits that any value has.

use super::{AggregateFunction, bits};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "BIT_OR",
    description: "The bits that at least one value of a column has, nulls left out; NULL when there is none.",
    undo: true,
    extension: true,
    overloads: &bits::OVERLOADS,
    examples: &[
        Example { call: "BIT_OR(x) of 6; NULL; 3", result: "7" },
        Example { call: "BIT_OR(x) of 6; 3 without 6", result: "3" },
    ],
    state: |setup| bits::state(setup, |set, _| set > 0),
};
