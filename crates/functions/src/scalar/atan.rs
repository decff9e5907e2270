//! `ATAN`: the angle whose tangent is the argument.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "atan",
    category: "MATHEMATICAL",
    description: "The angle in radians whose tangent is the argument. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::atan)),
    examples: &[Example { call: "ATAN(0)", result: "0E0" }],
};
