//! `EXP`: e to the power of the argument.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "exp",
    category: "MATHEMATICAL",
    description: "Euler's number to the power of the argument. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::exp)),
    examples: &[Example { call: "EXP(0)", result: "1E0" }],
};
