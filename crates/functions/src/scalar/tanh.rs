//! `TANH`: the hyperbolic tangent.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "tanh",
    category: "MATHEMATICAL",
    description: "The hyperbolic tangent. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::tanh)),
    examples: &[Example { call: "TANH(0)", result: "0E0" }],
};
