//! `URL_EXTRACT_PARAMETER`: one parameter of a query.

use arrow::array::{ArrayRef, StringArray};

use super::url_part::{URL, decoded};
use crate::uri::Uri;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_PARAMETER",
    category: "URL",
    description: "The value of a parameter in the query of a URL, escapes decoded; of several with one name the first. A name \
                  without = has an empty value. Null when it is not there and when any argument is null. A text that is no \
                  URL fails.",
    overloads: &[Overload {
        params: &[URL, Param { name: "name", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/?one=a&two=b=c', 'two')", result: "'b=c'" },
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/?one=a%20b&one=c', 'one')", result: "'a b'" },
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/?one=a&two', 'two')", result: "''" },
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/?one=a&two', 'three')", result: "NULL" },
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/', 'one')", result: "NULL" },
        Example { call: "URL_EXTRACT_PARAMETER('http://example.com/?one=a', NULL)", result: "NULL" },
        Example { call: "URL_EXTRACT_PARAMETER(NULL, 'one')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (urls, names) = (call.arg(0)?.view::<StringArray>()?, call.arg(1)?.view::<StringArray>()?);
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let uri = urls.get(row).map(Uri::read).transpose()?;
        // Decoded before it is taken apart, as in ksqlDB: an escaped & separates parameters too.
        let query = uri.and_then(|uri| decoded(uri.query?));
        let value = query.as_deref().zip(names.get(row)).and_then(|(query, name)| {
            let mut parameters = query.split('&').map(|p| p.split_once('=').unwrap_or((p, "")));
            parameters.find(|(n, _)| *n == name).map(|(_, value)| value)
        });
        match value {
            Some(value) => {
                out.push(value)?;
                out.end();
            }
            None => out.null(),
        }
    }
    Ok(out.finish())
}
