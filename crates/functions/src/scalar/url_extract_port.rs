//! `URL_EXTRACT_PORT`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, StringArray};

use super::url_part::URL;
use crate::uri::Uri;
use crate::{Call, Error, Example, Function, Overload, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_PORT",
    category: "URL",
    description: "The port of a URL; null when none is given and for null. A text that is no URL fails.",
    overloads: &[Overload {
        params: &[URL],
        variadic: false,
        returns: Returns::Type(ParamType::Integer),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "URL_EXTRACT_PORT('ftp://me@host:8080/path?query')", result: "8080" },
        Example { call: "URL_EXTRACT_PORT('http://localhost/path')", result: "NULL" },
        Example { call: "URL_EXTRACT_PORT(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let urls = call.arg(0)?.view::<StringArray>()?;
    let mut out = Int32Builder::with_capacity(call.rows);
    for row in 0..call.rows {
        out.append_option(urls.get(row).map(Uri::read).transpose()?.and_then(|uri| uri.port));
    }
    Ok(Arc::new(out.finish()))
}
