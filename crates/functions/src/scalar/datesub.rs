//! `DATESUB`: the date some units earlier.

use arrow::array::ArrayRef;
use arrow::datatypes::Date32Type;

use super::dateadd::add;
use super::interval::{INTERVAL, UNIT, sums};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "datesub",
    category: "DATE / TIME",
    description: "The date so many units earlier. Hours and less count as far as they make whole days; a day that the \
                  month has not is its last. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "date", ty: ParamType::Date }],
        variadic: false,
        returns: Returns::Type(ParamType::Date),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "DATESUB(DAYS, 10, DATE 5)", result: "DATE -5" },
        Example { call: "DATESUB(DAYS, -5, DATE 5)", result: "DATE 10" },
        Example { call: "DATESUB(YEARS, 1, DATE 365)", result: "DATE 0" },
        Example { call: "DATESUB(DAYS, 1, NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<Date32Type>(call, -1, add)
}
