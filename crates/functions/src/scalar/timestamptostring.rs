//! `TIMESTAMPTOSTRING`.

use arrow::array::{ArrayRef, Int64Array};

use super::pattern_rows::{FORMAT, ZONE, format};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "timestamptostring",
    category: "DATE / TIME",
    description: "Deprecated, see FORMAT_TIMESTAMP. So many milliseconds after 1970-01-01T00:00:00Z as a text by a pattern of \
                  Java's DateTimeFormatter, in the time zone, which is the server's if none is given. Any null gives null.",
    overloads: &[overload(&[MILLISECONDS, FORMAT]), overload(&[MILLISECONDS, FORMAT, ZONE])],
    examples: &[
        Example {
            call: "TIMESTAMPTOSTRING(1526075913000, 'yyyy-MM-dd HH:mm:ss zzz', 'Europe/London')",
            result: "'2018-05-11 22:58:33 BST'",
        },
        Example { call: "TIMESTAMPTOSTRING(1526075913000, 'uuuu-MM')", result: "'2018-05'" },
        Example { call: "TIMESTAMPTOSTRING(NULL, 'yyyy')", result: "NULL" },
    ],
};

const MILLISECONDS: Param = Param { name: "milliseconds", ty: ParamType::Bigint };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let moments = call.arg(0)?.view::<Int64Array>()?;
    format(call, Zone::local(), |row| moments.get(row), Pattern::format_timestamp, |ms| format!("timestamp {ms}"))
}
