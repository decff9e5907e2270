//! `SIGN`: -1, 0 or 1.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "sign",
    category: "MATHEMATICAL",
    description: "-1 for a negative number, 1 for a positive one, 0 for zero. Null gives null.",
    overloads: &[
        overload(&[Param { name: "value", ty: ParamType::Integer }]),
        overload(&[Param { name: "value", ty: ParamType::Bigint }]),
        overload(&[Param { name: "value", ty: ParamType::Double }]),
    ],
    examples: &[
        Example { call: "SIGN(-3)", result: "-1" },
        Example { call: "SIGN(0E0)", result: "0" },
        Example { call: "SIGN(0.5E0)", result: "1" },
    ],
};

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Integer), fallible: false, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    // A double keeps the sign of every number.
    let values = cast(call.arg(0)?.array(), &DataType::Float64)?;
    let signs = values.as_primitive::<Float64Type>().unary::<_, Int32Type>(|v| i32::from(v > 0.0) - i32::from(v < 0.0));
    Ok(Arc::new(signs))
}
