//! `ROUND`: a number rounded to so many digits.

use super::rounding::{Rounding, overloads, scaled, scaled_decimal, whole};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "Round",
    category: "MATHEMATICAL",
    description: "The nearest whole number, or the nearest number with that many digits after the point; a negative count \
                  rounds to tens, hundreds and so on. Ties go up: -1.5 gives -1. Null gives null.",
    overloads: &overloads(
        |call| whole(call, Rounding::HalfUp),
        |call| scaled(call, Rounding::HalfUp),
        |call| scaled_decimal(call, Rounding::HalfUp),
    ),
    examples: &[
        Example { call: "ROUND(2.5E0)", result: "3" },
        Example { call: "ROUND(-1.5E0)", result: "-1" },
        Example { call: "ROUND(12.34)", result: "12" },
        Example { call: "ROUND(1.235E0, 2)", result: "1.24E0" },
        Example { call: "ROUND(12345.678E0, -2)", result: "12300E0" },
        Example { call: "ROUND(-1.25, 1)", result: "-1.20" },
    ],
};
