//! `LN`: the natural logarithm.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ln",
    category: "MATHEMATICAL",
    description: "The natural logarithm: negative infinity for 0, NaN below. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::ln)),
    examples: &[Example { call: "LN(1)", result: "0E0" }],
};
