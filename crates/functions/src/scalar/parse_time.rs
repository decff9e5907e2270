//! `PARSE_TIME`.

use arrow::array::ArrayRef;
use arrow::datatypes::Time32MillisecondType;

use super::pattern_rows::{FORMAT, TEXT, What, parse};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "parse_time",
    category: "DATE / TIME",
    description: "The time of day of a text by a pattern of Java's DateTimeFormatter, in any case of letters; it cannot have a date. \
                  Any null gives null.",
    overloads: &[Overload {
        params: &[TEXT, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::Time),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "PARSE_TIME('00:01:05.045', 'HH:mm:ss.SSS')", result: "TIME 65045" },
        Example { call: "PARSE_TIME('1 pm', 'h a')", result: "TIME 46800000" },
        Example { call: "PARSE_TIME(NULL, 'HH')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let what = What { name: "time", shows_zone: false };
    parse::<Time32MillisecondType, _>(call, Zone::UTC, what, Pattern::ignoring_case, |pattern, text, _| {
        pattern.parse_time(text)
    })
}
