//! `CEIL`: the smallest whole number not less than the argument.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, decimal};

pub(crate) static FUNCTION: Function = Function {
    name: "Ceil",
    category: "MATHEMATICAL",
    description: "The smallest whole number that is not less than the argument, in the argument's type. Null gives null.",
    overloads: &[
        overload(&[Param { name: "value", ty: ParamType::Integer }], false),
        overload(&[Param { name: "value", ty: ParamType::Bigint }], false),
        overload(&[Param { name: "value", ty: ParamType::Double }], false),
        overload(&[Param { name: "value", ty: ParamType::Decimal }], true),
    ],
    examples: &[
        Example { call: "CEIL(7)", result: "7" },
        Example { call: "CEIL(-1.5E0)", result: "-1E0" },
        Example { call: "CEIL(1.2)", result: "2.0" },
    ],
};

const fn overload(params: &'static [Param], fallible: bool) -> Overload {
    Overload { params, variadic: false, returns: Returns::Like(0), fallible, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    Ok(match call.returns {
        DataType::Int32 | DataType::Int64 => ArrayRef::clone(arg.array()),
        DataType::Float64 => Arc::new(arg.array().as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::ceil)),
        returns => {
            let unit = decimal::power_of_ten(decimal::scale(arg)?);
            decimal::map(arg, returns, |v| {
                Some(decimal::floor(v.wrapping_neg(), unit)?.checked_mul(unit)?.wrapping_neg())
            })?
        }
    })
}
