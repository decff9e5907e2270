//! `BIT_XOR`: the bits that an odd number of values have.

use super::{AggregateFunction, bits};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "BIT_XOR",
    description: "The bits that an odd number of the values of a column have, nulls left out; NULL when there is none.",
    undo: true,
    extension: true,
    overloads: &bits::OVERLOADS,
    examples: &[
        Example { call: "BIT_XOR(x) of 6; NULL; 3", result: "5" },
        Example { call: "BIT_XOR(x) of 6; 3 without 6", result: "3" },
    ],
    state: |setup| bits::state(setup, |set, _| set % 2 != 0),
};
