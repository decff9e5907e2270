//! `BOOL_AND`: whether a condition is true for all rows.

use super::AggregateFunction;
use super::flags::{self, Shown};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "BOOL_AND",
    description: "Whether a condition is true for all rows, nulls left out; NULL when there is none. EVERY is the \
                  same.",
    undo: true,
    extension: true,
    overloads: &flags::OVERLOADS,
    examples: &[
        Example { call: "BOOL_AND(x) of TRUE; NULL; TRUE", result: "TRUE" },
        Example { call: "BOOL_AND(x) of TRUE; FALSE; TRUE without FALSE", result: "TRUE" },
        Example { call: "BOOL_AND(x) of TRUE; FALSE", result: "FALSE" },
    ],
    state: |_| Ok(flags::state(Shown::All)),
};
