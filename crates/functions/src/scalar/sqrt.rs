//! `SQRT`: the square root.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "sqrt",
    category: "MATHEMATICAL",
    description: "The square root; NaN below 0. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::sqrt)),
    examples: &[Example { call: "SQRT(9)", result: "3E0" }, Example { call: "SQRT(2.25E0)", result: "1.5E0" }],
};
