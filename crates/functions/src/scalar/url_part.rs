//! What the functions that take a URL apart share: the signature, and the loop.

use std::borrow::Cow;

use arrow::array::{ArrayRef, StringArray};

use crate::uri::Uri;
use crate::{Call, Error, Overload, Param, ParamType, Returns, TextColumn, percent};

/// The parameter.
pub(super) const URL: Param = Param { name: "url", ty: ParamType::String };

/// The signature of a function that gives a part as text.
pub(super) const fn overload(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload { params: &[URL], variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

/// The text that `part` finds in each URL.
pub(super) fn text(
    call: &Call<'_>,
    part: impl for<'a> Fn(&Uri<'a>) -> Option<Cow<'a, str>>,
) -> Result<ArrayRef, Error> {
    let urls = call.arg(0)?.view::<StringArray>()?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        match urls.get(row).map(Uri::read).transpose()?.and_then(|uri| part(&uri)) {
            Some(text) => {
                out.push(&text)?;
                out.end();
            }
            None => out.null(),
        }
    }
    Ok(out.finish())
}

/// A part with its escapes decoded.
pub(super) fn decoded(part: &str) -> Option<Cow<'_, str>> {
    percent::decode(part, false)
}
