//! `TIMESTAMPSUB`.

use arrow::array::ArrayRef;
use arrow::datatypes::TimestampMillisecondType;

use super::interval::{INTERVAL, UNIT, sums};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "timestampsub",
    category: "DATE / TIME",
    description: "The moment so many units earlier; a day that the month has not is its last. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "moment", ty: ParamType::Timestamp }],
        variadic: false,
        returns: Returns::Type(ParamType::Timestamp),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TIMESTAMPSUB(SECONDS, 2, TIMESTAMP 5)", result: "TIMESTAMP -1995" },
        Example { call: "TIMESTAMPSUB(DAYS, -1, TIMESTAMP 5)", result: "TIMESTAMP 86400005" },
        Example { call: "TIMESTAMPSUB(DAYS, 1, NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<TimestampMillisecondType>(call, -1, |ms, length| length.after(ms))
}
