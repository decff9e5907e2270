//! `FORMAT_DATE`.

use arrow::array::{ArrayRef, Date32Array};

use super::pattern_rows::{FORMAT, format};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "format_date",
    category: "DATE / TIME",
    description: "The date as a text by a pattern of Java's DateTimeFormatter. Any null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "date", ty: ParamType::Date }, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "FORMAT_DATE(DATE 18993, 'dd-MMM-yyyy')", result: "'01-Jan-2022'" },
        Example { call: "FORMAT_DATE(DATE -1, 'dd-MM-yyyy''Sophia'' ')", result: "'31-12-1969Sophia '" },
        Example { call: "FORMAT_DATE(NULL, 'yyyy')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let days = call.arg(0)?.view::<Date32Array>()?;
    let write = |pattern: &Pattern, day, _, out: &mut String| pattern.format_date(day, out);
    format(call, Zone::UTC, |row| days.get(row), write, |day| format!("date {day}"))
}
