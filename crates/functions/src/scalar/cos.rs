//! `COS`: the cosine.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "cos",
    category: "MATHEMATICAL",
    description: "The cosine of an angle in radians. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::cos)),
    examples: &[Example { call: "COS(0)", result: "1E0" }],
};
