//! `TAN`: the tangent.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "tan",
    category: "MATHEMATICAL",
    description: "The tangent of an angle in radians. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::tan)),
    examples: &[Example { call: "TAN(0)", result: "0E0" }],
};
