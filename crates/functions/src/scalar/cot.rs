//! `COT`: the cotangent.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "cot",
    category: "MATHEMATICAL",
    description: "The cotangent of an angle in radians; infinite for 0. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, |v| 1.0 / v.tan())),
    examples: &[Example { call: "COT(0.7853981633974483E0)", result: "1.0000000000000002E0" }],
};
