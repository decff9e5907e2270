//! `STRINGTODATE`.

use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

use super::pattern_rows::{FORMAT, TEXT, What, parse};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "stringtodate",
    category: "DATE / TIME",
    description: "Deprecated, see PARSE_DATE. Days from 1970-01-01 to the date of a text by a pattern of Java's DateTimeFormatter. \
                  Any null gives null.",
    overloads: &[Overload {
        params: &[TEXT, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::Integer),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "STRINGTODATE('2018-05-11Lit', 'yyyy-MM-dd''Lit''')", result: "17662" },
        Example { call: "STRINGTODATE('01-Jan-2022', 'dd-MMM-yyyy')", result: "18993" },
        Example { call: "STRINGTODATE('2022', NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let what = What { name: "date", shows_zone: false };
    parse::<Int32Type, _>(call, Zone::UTC, what, Pattern::of, |pattern, text, _| pattern.parse_date(text))
}
