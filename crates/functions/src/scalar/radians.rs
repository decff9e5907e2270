//! `RADIANS`: an angle in radians.

use super::double;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "radians",
    category: "MATHEMATICAL",
    description: "An angle given in degrees, in radians. Null gives null.",
    overloads: &double::of_one(|call| double::map(call, f64::to_radians)),
    examples: &[Example { call: "RADIANS(180)", result: "3.141592653589793E0" }],
};
