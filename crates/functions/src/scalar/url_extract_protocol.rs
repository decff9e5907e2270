//! `URL_EXTRACT_PROTOCOL`.

use super::url_part::{overload, text};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_PROTOCOL",
    category: "URL",
    description: "What stands before the first colon of a URL, such as http; null when there is none and for null. A text that is \
                  no URL fails.",
    overloads: &[overload(|call| text(call, |uri| uri.scheme.map(Into::into)))],
    examples: &[
        Example { call: "URL_EXTRACT_PROTOCOL('https://docs.ksqldb.io')", result: "'https'" },
        Example { call: "URL_EXTRACT_PROTOCOL('/current')", result: "NULL" },
        Example { call: "URL_EXTRACT_PROTOCOL(NULL)", result: "NULL" },
    ],
};
