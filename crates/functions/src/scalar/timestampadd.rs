//! `TIMESTAMPADD`.

use arrow::array::ArrayRef;
use arrow::datatypes::TimestampMillisecondType;

use super::interval::{INTERVAL, UNIT, sums};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "timestampadd",
    category: "DATE / TIME",
    description: "The moment so many units later; a day that the month has not is its last. Any null gives null.",
    overloads: &[Overload {
        params: &[UNIT, INTERVAL, Param { name: "moment", ty: ParamType::Timestamp }],
        variadic: false,
        returns: Returns::Type(ParamType::Timestamp),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TIMESTAMPADD(HOURS, 2, TIMESTAMP 5)", result: "TIMESTAMP 7200005" },
        Example { call: "TIMESTAMPADD(MILLISECONDS, -10, TIMESTAMP 5)", result: "TIMESTAMP -5" },
        Example { call: "TIMESTAMPADD(MONTHS, 1, TIMESTAMP 0)", result: "TIMESTAMP 2678400000" },
        Example { call: "TIMESTAMPADD(DAYS, NULL, TIMESTAMP 5)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    sums::<TimestampMillisecondType>(call, 1, |ms, length| length.after(ms))
}
