//! `ASIN`: the angle whose sine is the argument.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "asin",
    category: "MATHEMATICAL",
    description: "The angle in radians whose sine is the argument; NaN outside -1 to 1. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::asin)),
    examples: &[Example { call: "ASIN(0E0)", result: "0E0" }],
};
