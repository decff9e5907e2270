//! `DEGREES`: an angle in degrees.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "degrees",
    category: "MATHEMATICAL",
    description: "An angle given in radians, in degrees. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::to_degrees)),
    examples: &[Example { call: "DEGREES(0)", result: "0E0" }],
};
