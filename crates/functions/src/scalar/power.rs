//! `POWER`: a number to the power of another.

use arrow::array::ArrayRef;

use super::double;
use crate::{Call, Error, Example, Function, Param, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "POWER",
    category: "MATHEMATICAL",
    description: "The base to the power of the exponent; infinite when it is too large. Any null gives null.",
    overloads: &[
        double::overload(
            &[Param { name: "base", ty: ParamType::Integer }, Param { name: "exponent", ty: ParamType::Integer }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Bigint }, Param { name: "exponent", ty: ParamType::Bigint }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Double }, Param { name: "exponent", ty: ParamType::Double }],
            two,
        ),
    ],
    examples: &[
        Example { call: "POWER(2, 10)", result: "1024E0" },
        Example { call: "POWER(2.5E0, 2E0)", result: "6.25E0" },
    ],
};

fn two(call: &Call<'_>) -> Result<ArrayRef, Error> {
    double::map_two(call, f64::powf)
}
