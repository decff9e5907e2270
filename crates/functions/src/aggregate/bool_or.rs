//! `BOOL_OR`: whether a condition is true for any row.

use super::AggregateFunction;
use super::flags::{self, Shown};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "BOOL_OR",
    description: "Whether a condition is true for at least one row, nulls left out; NULL when there is none.",
    undo: true,
    extension: true,
    overloads: &flags::OVERLOADS,
    examples: &[
        Example { call: "BOOL_OR(x) of FALSE; NULL; TRUE", result: "TRUE" },
        Example { call: "BOOL_OR(x) of FALSE; TRUE without TRUE", result: "FALSE" },
    ],
    state: |_| Ok(flags::state(Shown::Any)),
};
