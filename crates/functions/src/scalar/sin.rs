//! `SIN`: the sine.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "sin",
    category: "MATHEMATICAL",
    description: "The sine of an angle in radians. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::sin)),
    examples: &[Example { call: "SIN(0)", result: "0E0" }],
};
