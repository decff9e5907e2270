//! `FORMAT_TIME`.

use arrow::array::{ArrayRef, Time32MillisecondArray};

use super::pattern_rows::{FORMAT, format};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "format_time",
    category: "DATE / TIME",
    description: "The time of day as a text by a pattern of Java's DateTimeFormatter. Any null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "time", ty: ParamType::Time }, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "FORMAT_TIME(TIME 65000, 'HH_mm_ss_SSS')", result: "'00_01_05_000'" },
        Example { call: "FORMAT_TIME(TIME 43200000, 'K a')", result: "'0 PM'" },
        Example { call: "FORMAT_TIME(NULL, 'HH')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let times = call.arg(0)?.view::<Time32MillisecondArray>()?;
    let write = |pattern: &Pattern, ms, _, out: &mut String| pattern.format_time(ms, out);
    format(call, Zone::UTC, |row| times.get(row), write, |ms| format!("time {ms}"))
}
