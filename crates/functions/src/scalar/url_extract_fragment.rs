//! `URL_EXTRACT_FRAGMENT`.

use super::url_part::{decoded, overload, text};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_EXTRACT_FRAGMENT",
    category: "URL",
    description: "What stands after the # of a URL, escapes decoded; null when there is no # and for null. A text that is no \
                  URL fails.",
    overloads: &[overload(|call| text(call, |uri| decoded(uri.fragment?)))],
    examples: &[
        Example { call: "URL_EXTRACT_FRAGMENT('http://example.com/?query#the%20end')", result: "'the end'" },
        Example { call: "URL_EXTRACT_FRAGMENT('http://example.com/#')", result: "''" },
        Example { call: "URL_EXTRACT_FRAGMENT('http://example.com')", result: "NULL" },
        Example { call: "URL_EXTRACT_FRAGMENT(NULL)", result: "NULL" },
    ],
};
