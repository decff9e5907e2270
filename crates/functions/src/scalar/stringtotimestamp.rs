//! `STRINGTOTIMESTAMP`.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;

use super::pattern_rows::{FORMAT, TEXT, What, ZONE, parse};
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "stringtotimestamp",
    category: "DATE / TIME",
    description: "Deprecated, see PARSE_TIMESTAMP. Milliseconds from 1970-01-01T00:00:00Z to the moment of a text by a pattern of \
                  Java's DateTimeFormatter, in any case of letters. The time zone of a text that names none is the one given, \
                  else the server's. Any null gives null.",
    overloads: &[overload(&[TEXT, FORMAT]), overload(&[TEXT, FORMAT, ZONE])],
    examples: &[
        Example {
            call: "STRINGTOTIMESTAMP('2018-05-11T21:58:33Z', 'yyyy-MM-dd''T''HH:mm:ssX')",
            result: "1526075913000",
        },
        Example { call: "STRINGTOTIMESTAMP('2018-05-11', 'yyyy-MM-dd', 'UTC')", result: "1525996800000" },
        Example { call: "STRINGTOTIMESTAMP(NULL, 'yyyy')", result: "NULL" },
    ],
};

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Bigint), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let what = What { name: "timestamp", shows_zone: false };
    parse::<Int64Type, _>(call, Zone::local(), what, Pattern::ignoring_case, Pattern::parse_timestamp)
}
