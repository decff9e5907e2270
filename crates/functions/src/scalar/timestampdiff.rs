//! `TIMESTAMPDIFF`. (An extension.)

use arrow::array::ArrayRef;

use super::difference::{differences, month, overloads, within_month};
use super::interval::Length;
use crate::{Call, Error, Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "timestampdiff",
    category: "DATE / TIME",
    description: "How many whole units there are from the first to the second: no day from 23:59 to midnight. Negative when the \
                  second is earlier. Any null gives null.",
    overloads: &overloads(eval),
    examples: &[
        Example { call: "TIMESTAMPDIFF(HOURS, TIMESTAMP 3599999, TIMESTAMP 3600000)", result: "0" },
        Example { call: "TIMESTAMPDIFF(MINUTES, TIMESTAMP 0, TIMESTAMP 3600000)", result: "60" },
        Example { call: "TIMESTAMPDIFF(DAYS, DATE 10, DATE 1)", result: "-9" },
        Example { call: "TIMESTAMPDIFF(MONTHS, DATE 30, DATE 58)", result: "0" },
        Example { call: "TIMESTAMPDIFF(MONTHS, DATE 58, DATE 0)", result: "-1" },
        Example { call: "TIMESTAMPDIFF(YEARS, DATE 0, DATE 365)", result: "1" },
        Example { call: "TIMESTAMPDIFF(DAYS, DATE 1, NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    differences(call, |unit, from, to| match unit {
        Length::Millis(length) => to.checked_sub(from).map(|ms| ms / length),
        Length::Months(length) => Some(whole_months(from, to) / length),
    })
}

fn whole_months(from: i64, to: i64) -> i64 {
    let (started, ended) = (within_month(from), within_month(to));
    match month(to) - month(from) {
        months @ 1.. if ended < started => months - 1,
        months @ ..=-1 if ended > started => months + 1,
        months => months,
    }
}
