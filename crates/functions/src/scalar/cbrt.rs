//! `CBRT`: the cube root.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "cbrt",
    category: "MATHEMATICAL",
    description: "The cube root. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::cbrt)),
    examples: &[Example { call: "CBRT(-8)", result: "-2E0" }],
};
