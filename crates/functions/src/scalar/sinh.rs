//! `SINH`: the hyperbolic sine.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "sinh",
    category: "MATHEMATICAL",
    description: "The hyperbolic sine. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::sinh)),
    examples: &[Example { call: "SINH(0)", result: "0E0" }],
};
