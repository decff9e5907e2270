//! `UNIX_DATE`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};
use arrow::compute::cast;

use crate::java_time::{Zone, local_day};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, clock};

pub(crate) static FUNCTION: Function = Function {
    name: "unix_date",
    category: "DATE / TIME",
    description: "Days from 1970-01-01 to the date, or to today in the server's time zone. Null gives null.",
    overloads: &[
        Overload {
            params: &[],
            variadic: false,
            returns: Returns::Type(ParamType::Integer),
            fallible: false,
            eval: today,
        },
        Overload {
            params: &[Param { name: "date", ty: ParamType::Date }],
            variadic: false,
            returns: Returns::Type(ParamType::Integer),
            fallible: false,
            eval,
        },
    ],
    examples: &[Example { call: "UNIX_DATE(DATE 50)", result: "50" }],
};

fn today(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let day = local_day(clock::now_ms(), Zone::local());
    let day = i32::try_from(day).map_err(|_| Error::Data(format!("{day} days from 1970-01-01 are out of range")))?;
    Ok(Arc::new(Int32Array::from(vec![day; call.rows])))
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(cast(call.arg(0)?.array(), call.returns)?)
}
