//! `PARSE_TIMESTAMP`.

use arrow::array::ArrayRef;
use arrow::datatypes::TimestampMillisecondType;

use super::pattern_rows::{FORMAT, TEXT, What, ZONE, parse};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "parse_timestamp",
    category: "DATE / TIME",
    description: "The moment of a text by a pattern of Java's DateTimeFormatter, in any case of letters. What the text does not \
                  say is that of 1970-01-01T00:00; the time zone of a text that names none is the one given, else GMT. Any \
                  null gives null.",
    overloads: &[overload(&[TEXT, FORMAT]), overload(&[TEXT, FORMAT, ZONE])],
    examples: &[
        Example {
            call: "PARSE_TIMESTAMP('2018-05-11T21:58:33', 'yyyy-MM-dd''T''HH:mm:ss')",
            result: "TIMESTAMP 1526075913000",
        },
        Example {
            call: "PARSE_TIMESTAMP('11 MAY 2018', 'd MMM yyyy', 'America/New_York')",
            result: "TIMESTAMP 1526011200000",
        },
        Example {
            call: "PARSE_TIMESTAMP('2018-05-11 23:00 +02:00', 'yyyy-MM-dd HH:mm XXX', 'Asia/Tokyo')",
            result: "TIMESTAMP 1526072400000",
        },
        Example { call: "PARSE_TIMESTAMP('10:30', 'HH:mm')", result: "TIMESTAMP 37800000" },
        Example { call: "PARSE_TIMESTAMP('x', 'yyyy', NULL)", result: "NULL" },
    ],
};

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Timestamp), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let what = What { name: "timestamp", shows_zone: true };
    parse::<TimestampMillisecondType, _>(call, Zone::GMT, what, Pattern::ignoring_case, Pattern::parse_timestamp)
}
