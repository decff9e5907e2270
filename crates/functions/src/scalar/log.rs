//! `LOG`: a logarithm.

use arrow::array::ArrayRef;

use super::double;
use crate::{Call, Error, Example, Function, Param, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "log",
    category: "MATHEMATICAL",
    description: "The natural logarithm, or that to a base: NaN when the base is 1 or not positive. Any null gives null.",
    overloads: &[
        double::overload(&[Param { name: "value", ty: ParamType::Integer }], one),
        double::overload(&[Param { name: "value", ty: ParamType::Bigint }], one),
        double::overload(&[Param { name: "value", ty: ParamType::Double }], one),
        double::overload(
            &[Param { name: "base", ty: ParamType::Integer }, Param { name: "value", ty: ParamType::Integer }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Bigint }, Param { name: "value", ty: ParamType::Bigint }],
            two,
        ),
        double::overload(
            &[Param { name: "base", ty: ParamType::Double }, Param { name: "value", ty: ParamType::Double }],
            two,
        ),
    ],
    examples: &[Example { call: "LOG(1)", result: "0E0" }, Example { call: "LOG(2, 8)", result: "3E0" }],
};

fn one(call: &Call<'_>) -> Result<ArrayRef, Error> {
    double::map(call, f64::ln)
}

fn two(call: &Call<'_>) -> Result<ArrayRef, Error> {
    double::map_two(call, logarithm)
}

fn logarithm(base: f64, value: f64) -> f64 {
    if base <= 0.0 || base == 1.0 { f64::NAN } else { value.ln() / base.ln() }
}
