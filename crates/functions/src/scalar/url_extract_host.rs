//! `URL_EXTRACT_HOST`.

use super::url_part::{overload, text};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_HOST",
    category: "URL",
    description: "The host of a URL: a name of letters, digits, dashes and dots, or an address. Null when there is none and \
                  for null. A text that is no URL fails.",
    overloads: &[overload(|call| text(call, |uri| uri.host.map(Into::into)))],
    examples: &[
        Example { call: "URL_EXTRACT_HOST('ftp://me@docs.example.com:80/current')", result: "'docs.example.com'" },
        Example { call: "URL_EXTRACT_HOST('ftp://[::1]/current')", result: "'[::1]'" },
        Example { call: "URL_EXTRACT_HOST('/current')", result: "NULL" },
        Example { call: "URL_EXTRACT_HOST(NULL)", result: "NULL" },
    ],
};
