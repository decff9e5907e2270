//! `URL_EXTRACT_QUERY`.

use super::url_part::{decoded, overload, text};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_QUERY",
    category: "URL",
    description: "What stands between the ? of a URL and its #, escapes decoded; null when there is no ? and for null. A text that \
                  is no URL fails.",
    overloads: &[overload(|call| text(call, |uri| decoded(uri.query?)))],
    examples: &[
        Example { call: "URL_EXTRACT_QUERY('http://example.com?a=1&b=x%20y#end')", result: "'a=1&b=x y'" },
        Example { call: "URL_EXTRACT_QUERY('http://example.com/path')", result: "NULL" },
        Example { call: "URL_EXTRACT_QUERY(NULL)", result: "NULL" },
    ],
};
