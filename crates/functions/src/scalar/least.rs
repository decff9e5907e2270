//! `LEAST`: the smallest of its arguments.

use arrow::compute::kernels::cmp;

use super::greatest::{best, overloads};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "least",
    category: "CONDITIONAL",
    description: "The smallest of the arguments that are not null; null when all are.",
    overloads: &overloads(|call| best(call, cmp::lt)),
    examples: &[
        Example { call: "LEAST(3, NULL, 1, 2)", result: "1" },
        Example { call: "LEAST('b', 'a')", result: "'a'" },
        Example { call: "LEAST(1.5, 2.25)", result: "1.50" },
    ],
};
