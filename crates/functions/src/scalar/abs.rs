//! `ABS`: the absolute value of a number.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, decimal};

pub(crate) static FUNCTION: Function = Function {
    name: "Abs",
    category: "MATHEMATICAL",
    description: "The absolute value. Null gives null. The smallest INTEGER and BIGINT have none and stay as they are.",
    overloads: &[
        Overload {
            params: &[int(ParamType::Integer)],
            variadic: false,
            returns: Returns::Like(0),
            fallible: false,
            eval,
        },
        Overload {
            params: &[int(ParamType::Bigint)],
            variadic: false,
            returns: Returns::Like(0),
            fallible: false,
            eval,
        },
        Overload {
            params: &[int(ParamType::Double)],
            variadic: false,
            returns: Returns::Like(0),
            fallible: false,
            eval,
        },
        Overload {
            params: &[int(ParamType::Decimal)],
            variadic: false,
            returns: Returns::Like(0),
            fallible: false,
            eval,
        },
    ],
    examples: &[
        Example { call: "ABS(-3)", result: "3" },
        Example { call: "ABS(-2147483648)", result: "-2147483648" },
        Example { call: "ABS(-1.5E0)", result: "1.5E0" },
        Example { call: "ABS(-1.50)", result: "1.50" },
    ],
};

const fn int(ty: ParamType) -> Param {
    Param { name: "value", ty }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    Ok(match call.returns {
        DataType::Int32 => Arc::new(arg.array().as_primitive::<Int32Type>().unary::<_, Int32Type>(i32::wrapping_abs)),
        DataType::Int64 => Arc::new(arg.array().as_primitive::<Int64Type>().unary::<_, Int64Type>(i64::wrapping_abs)),
        DataType::Float64 => Arc::new(arg.array().as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs)),
        returns => decimal::map(arg, returns, |v| Some(v.wrapping_abs()))?,
    })
}
