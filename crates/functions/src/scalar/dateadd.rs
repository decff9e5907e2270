//! `DATEADD`: the date some units later.

use arrow::array::ArrayRef;
use arrow::datatypes::Date32Type;

use super::interval::{INTERVAL, Length, UNIT, sums};
use crate::java_time::DAY_MS;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "dateadd",
    category: "DATE / TIME",
    description: "The date so many units later. Hours and less count as far as they make whole days; a day that the month \
                  has not is its last. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "date", ty: ParamType::Date }],
        variadic: false,
        returns: Returns::Type(ParamType::Date),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "DATEADD(DAYS, 9, DATE 1)", result: "DATE 10" },
        Example { call: "DATEADD(DAYS, -3, DATE 1)", result: "DATE -2" },
        Example { call: "DATEADD(HOURS, 49, DATE 1)", result: "DATE 3" },
        Example { call: "DATEADD(MONTHS, 1, DATE 30)", result: "DATE 58" },
        Example { call: "DATEADD(DAYS, NULL, DATE 1)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<Date32Type>(call, 1, add)
}

/// The day in which the moment after the interval lies; before 1970 the one after it, as Java's division drops hours.
pub(super) fn add(day: i32, length: Length) -> Option<i32> {
    i32::try_from(length.after(i64::from(day) * DAY_MS)? / DAY_MS).ok()
}
