//! What the functions of one JSON text share: the signature, and the loop.

use arrow::array::{ArrayRef, StringArray};

use crate::json::{Parser, Value};
use crate::{Call, Error, Overload, Param, ParamType, Returns};

/// The signature of a function of one JSON text, which its only parameter names.
pub(super) const fn overload(
    params: &'static [Param; 1],
    returns: ParamType,
    eval: fn(&Call<'_>) -> Result<ArrayRef, Error>,
) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(returns), fallible: true, eval }
}

/// A parameter that is any JSON text.
pub(super) const JSON: Param = Param { name: "json", ty: ParamType::String };

/// A parameter that is the text of a JSON array.
pub(super) const JSON_ARRAY: Param = Param { name: "json_array", ty: ParamType::String };

/// A parameter that is the text of a JSON object.
pub(super) const JSON_OBJECT: Param = Param { name: "json_object", ty: ParamType::String };

/// Hands each row's value to `f`: `None` for a null and for a text without any.
///
/// Errors: [`Error::Data`] for a text that is not JSON, and those of `f`.
pub(super) fn each(call: &Call<'_>, mut f: impl FnMut(Option<Value<'_>>) -> Result<(), Error>) -> Result<(), Error> {
    let texts = call.arg(0)?.view::<StringArray>()?;
    let mut parser = Parser::default();
    for row in 0..call.rows {
        match texts.get(row) {
            Some(text) => f(parser.read(text)?)?,
            None => f(None)?,
        }
    }
    Ok(())
}
