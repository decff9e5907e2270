//! `URL_DECODE_PARAM`: a text out of a web form or query.

use arrow::array::{ArrayRef, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn, percent};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_DECODE_PARAM",
    category: "URL",
    description: "The text that URL_ENCODE_PARAM made into this: escapes are decoded as UTF-8, + is a blank. Null gives null; \
                  a % that begins no escape fails.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "URL_DECODE_PARAM('url%20encoded+%C3%A9')", result: "'url encoded é'" },
        Example { call: "URL_DECODE_PARAM('plain')", result: "'plain'" },
        Example { call: "URL_DECODE_PARAM(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let texts = call.arg(0)?.view::<StringArray>()?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let Some(text) = texts.get(row) else {
            out.null();
            continue;
        };
        let decoded = percent::decode(text, true).ok_or_else(|| {
            Error::Data(format!("URL_DECODE_PARAM: a % in '{text}' is not followed by two hex digits"))
        })?;
        out.push(&decoded)?;
        out.end();
    }
    Ok(out.finish())
}
