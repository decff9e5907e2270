//! `URL_EXTRACT_PATH`.

use super::url_part::{decoded, overload, text};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_PATH",
    category: "URL",
    description: "The path of a URL, escapes decoded; empty when there is none. Null for null and for a URL of another kind, such \
                  as mailto:a@b. A text that is no URL fails.",
    overloads: &[overload(|call| text(call, |uri| decoded(uri.path?)))],
    examples: &[
        Example { call: "URL_EXTRACT_PATH('https://docs.ksqldb.io/current/a%20b?q')", result: "'/current/a b'" },
        Example { call: "URL_EXTRACT_PATH('https://docs.ksqldb.io')", result: "''" },
        Example { call: "URL_EXTRACT_PATH('mailto:a@b')", result: "NULL" },
        Example { call: "URL_EXTRACT_PATH(NULL)", result: "NULL" },
    ],
};
