//! `TRUNC`: a number cut after so many digits.

use super::rounding::{Rounding, overloads, scaled, scaled_decimal, whole};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "Trunc",
    category: "MATHEMATICAL",
    description: "The number without the digits after the point, or with only so many of them; a negative count cuts tens, \
                  hundreds and so on too. Goes toward 0: -1.7 gives -1. Null gives null.",
    overloads: &overloads(
        |call| whole(call, Rounding::Down),
        |call| scaled(call, Rounding::Down),
        |call| scaled_decimal(call, Rounding::Down),
    ),
    examples: &[
        Example { call: "TRUNC(7)", result: "7" },
        Example { call: "TRUNC(-1.7E0)", result: "-1" },
        Example { call: "TRUNC(-12.99)", result: "-12" },
        Example { call: "TRUNC(1.239E0, 2)", result: "1.23E0" },
        Example { call: "TRUNC(-12345.678E0, -2)", result: "-12300E0" },
        Example { call: "TRUNC(-0.5E0, 0)", result: "0E0" },
        Example { call: "TRUNC(-1.29, 1)", result: "-1.20" },
    ],
};
