//! `EVERY`: whether a condition is true for all rows, the name that standard SQL has for it.

use super::AggregateFunction;
use super::flags::{self, Shown};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "EVERY",
    description: "Whether a condition is true for all rows, nulls left out; NULL when there is none. BOOL_AND is the \
                  same.",
    undo: true,
    extension: true,
    overloads: &flags::OVERLOADS,
    examples: &[
        Example { call: "EVERY(x) of TRUE; FALSE; TRUE", result: "FALSE" },
        Example { call: "EVERY(x) of TRUE; NULL without TRUE", result: "NULL" },
    ],
    state: |_| Ok(flags::state(Shown::All)),
};
