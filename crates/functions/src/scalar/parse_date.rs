//! `PARSE_DATE`.

use arrow::array::ArrayRef;
use arrow::datatypes::Date32Type;

use super::pattern_rows::{FORMAT, TEXT, What, parse};
use crate::java_time::{SimplePattern, Zone};
use crate::{Call, Error, Example, Function, Overload, ParamType, Returns, clock};

pub(crate) static FUNCTION: Function = Function {
    name: "parse_date",
    category: "DATE / TIME",
    description: "The date of a text by a pattern of Java's SimpleDateFormat, which is lenient; it cannot have a time of day. Any \
                  null gives null.",
    overloads: &[Overload {
        params: &[TEXT, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::Date),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "PARSE_DATE('2018-05-11', 'yyyy-MM-dd')", result: "DATE 17662" },
        Example { call: "PARSE_DATE('1-jan-2022', 'dd-MMM-yyyy')", result: "DATE 18993" },
        Example { call: "PARSE_DATE('2022-02-29', 'yyyy-MM-dd')", result: "DATE 19052" },
        Example { call: "PARSE_DATE(NULL, 'yyyy')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let what = What { name: "date", shows_zone: false };
    let compile = |pattern: &str| SimplePattern::of(pattern, clock::now_ms());
    parse::<Date32Type, _>(call, Zone::UTC, what, compile, |pattern, text, _| pattern.parse_date(text))
}
