//! `DATETOSTRING`.

use arrow::array::{ArrayRef, Int32Array};

use super::pattern_rows::{FORMAT, format};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "datetostring",
    category: "DATE / TIME",
    description: "Deprecated, see FORMAT_DATE. The date so many days after 1970-01-01 as a text by a pattern of Java's \
                  DateTimeFormatter. Any null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "days", ty: ParamType::Integer }, FORMAT],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "DATETOSTRING(18993, 'dd-MMM-yyyy')", result: "'01-Jan-2022'" },
        Example { call: "DATETOSTRING(-1, 'dd-MM-yyyy''Sophia'' ')", result: "'31-12-1969Sophia '" },
        Example { call: "DATETOSTRING(NULL, 'yyyy')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let days = call.arg(0)?.view::<Int32Array>()?;
    let write = |pattern: &Pattern, day, _, out: &mut String| pattern.format_date(day, out);
    format(call, Zone::UTC, |row| days.get(row), write, |day| format!("date {day}"))
}
