//! `TIMESUB`: the time of day some units earlier.

use arrow::array::ArrayRef;
use arrow::datatypes::Time32MillisecondType;

use super::interval::{INTERVAL, UNIT, sums};
use super::timeadd::add;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "timesub",
    category: "DATE / TIME",
    description: "The time of day so many units earlier, before midnight that of the day before. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "time", ty: ParamType::Time }],
        variadic: false,
        returns: Returns::Type(ParamType::Time),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TIMESUB(MINUTES, 1, TIME 5)", result: "TIME 86340005" },
        Example { call: "TIMESUB(MINUTES, -1, TIME 5)", result: "TIME 60005" },
        Example { call: "TIMESUB(NULL, 1, TIME 5)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<Time32MillisecondType>(call, -1, add)
}
