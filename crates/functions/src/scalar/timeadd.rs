//! `TIMEADD`: the time of day some units later.

use arrow::array::ArrayRef;
use arrow::datatypes::Time32MillisecondType;

use super::interval::{INTERVAL, Length, UNIT, sums};
use crate::java_time::DAY_MS;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "timeadd",
    category: "DATE / TIME",
    description: "The time of day so many units later, after midnight that of the next day. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "time", ty: ParamType::Time }],
        variadic: false,
        returns: Returns::Type(ParamType::Time),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TIMEADD(MILLISECONDS, 10, TIME 86399995)", result: "TIME 5" },
        Example { call: "TIMEADD(HOURS, -1, TIME 0)", result: "TIME 82800000" },
        Example { call: "TIMEADD(DAYS, 3, TIME 7)", result: "TIME 7" },
        Example { call: "TIMEADD(SECONDS, 1, NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<Time32MillisecondType>(call, 1, add)
}

/// The time of day after the interval; months are whole days.
pub(super) fn add(time: i32, length: Length) -> Option<i32> {
    match length {
        Length::Millis(ms) => i32::try_from((i64::from(time) + ms).rem_euclid(DAY_MS)).ok(),
        Length::Months(_) => Some(time),
    }
}
