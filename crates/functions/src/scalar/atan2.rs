//! `ATAN2`: the angle of a point.

use arrow::array::ArrayRef;

use super::double;
use crate::{Call, Error, Example, Function, Param, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "atan2",
    category: "MATHEMATICAL",
    description: "The angle in radians of the point (x, y), from -π to π. Any null gives null.",
    overloads: &[
        double::overload(
            &[Param { name: "y", ty: ParamType::Integer }, Param { name: "x", ty: ParamType::Integer }],
            two,
        ),
        double::overload(
            &[Param { name: "y", ty: ParamType::Bigint }, Param { name: "x", ty: ParamType::Bigint }],
            two,
        ),
        double::overload(
            &[Param { name: "y", ty: ParamType::Double }, Param { name: "x", ty: ParamType::Double }],
            two,
        ),
    ],
    examples: &[
        Example { call: "ATAN2(0, 1)", result: "0E0" },
        Example { call: "ATAN2(1E0, 1E0)", result: "0.7853981633974483E0" },
    ],
};

fn two(call: &Call<'_>) -> Result<ArrayRef, Error> {
    double::map_two(call, f64::atan2)
}
