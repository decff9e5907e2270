//! `COSH`: the hyperbolic cosine.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "cosh",
    category: "MATHEMATICAL",
    description: "The hyperbolic cosine. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::cosh)),
    examples: &[Example { call: "COSH(0)", result: "1E0" }],
};
