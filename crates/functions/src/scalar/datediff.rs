//! `DATEDIFF`. (An extension.)

use arrow::array::ArrayRef;

use super::difference::{differences, month, overloads};
use super::interval::Length;
use crate::{Call, Error, Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "datediff",
    category: "DATE / TIME",
    description: "How many times a unit begins after the first and up to the second: one day from 23:59 to midnight. Negative \
                  when the second is earlier. Any null gives null.",
    overloads: &overloads(eval),
    examples: &[
        Example { call: "DATEDIFF(DAYS, DATE 1, DATE 10)", result: "9" },
        Example { call: "DATEDIFF(YEARS, DATE 364, DATE 365)", result: "1" },
        Example { call: "DATEDIFF(MONTHS, DATE 31, DATE 30)", result: "-1" },
        Example { call: "DATEDIFF(HOURS, TIMESTAMP 3599999, TIMESTAMP 3600000)", result: "1" },
        Example { call: "DATEDIFF('second', TIMESTAMP 999, TIMESTAMP -1)", result: "-1" },
        Example { call: "DATEDIFF(DAYS, NULL, DATE 1)", result: "NULL" },
    ],
};

pub(super) fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    differences(call, |unit, from, to| match unit {
        Length::Millis(length) => to.div_euclid(length).checked_sub(from.div_euclid(length)),
        Length::Months(length) => month(to).div_euclid(length).checked_sub(month(from).div_euclid(length)),
    })
}
