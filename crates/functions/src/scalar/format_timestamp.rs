//! `FORMAT_TIMESTAMP`.

use arrow::array::{ArrayRef, TimestampMillisecondArray};

use super::pattern_rows::{FORMAT, ZONE, format};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "format_timestamp",
    category: "DATE / TIME",
    description: "The moment as a text by a pattern of Java's DateTimeFormatter, in the time zone, which is GMT if none is \
                  given. Any null gives null.",
    overloads: &[overload(&[MOMENT, FORMAT]), overload(&[MOMENT, FORMAT, ZONE])],
    examples: &[
        Example {
            call: "FORMAT_TIMESTAMP(TIMESTAMP 1526075913000, 'yyyy-MM-dd''T''HH:mm:ss.SSS')",
            result: "'2018-05-11T21:58:33.000'",
        },
        Example {
            call: "FORMAT_TIMESTAMP(TIMESTAMP 1526075913000, 'EEE d MMM, h:mm a z')",
            result: "'Fri 11 May, 9:58 PM GMT'",
        },
        Example {
            call: "FORMAT_TIMESTAMP(TIMESTAMP 1526075913000, 'yyyy-MM-dd HH:mm:ss zzz', 'America/Los_Angeles')",
            result: "'2018-05-11 14:58:33 PDT'",
        },
        Example { call: "FORMAT_TIMESTAMP(TIMESTAMP 0, NULL)", result: "NULL" },
    ],
};

const MOMENT: Param = Param { name: "moment", ty: ParamType::Timestamp };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let moments = call.arg(0)?.view::<TimestampMillisecondArray>()?;
    format(call, Zone::GMT, |row| moments.get(row), Pattern::format_timestamp, |ms| format!("timestamp {ms}"))
}
