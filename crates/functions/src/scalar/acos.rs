//! `ACOS`: the angle whose cosine is the argument.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "acos",
    category: "MATHEMATICAL",
    description: "The angle in radians whose cosine is the argument; NaN outside -1 to 1. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::acos)),
    examples: &[Example { call: "ACOS(1)", result: "0E0" }],
};
