//! `ENCODE`: a text from one encoding to another.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};

use crate::encoding::Encoding;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "encode",
    category: "STRING",
    description: "The text, read in one encoding and written in another: 'hex', 'utf8', 'ascii' or 'base64', in any case, and \
                  not the same twice. Hexadecimal text may be written 0x.. or x'..' too. Any null gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "text", ty: ParamType::String },
            Param { name: "from", ty: ParamType::String },
            Param { name: "to", ty: ParamType::String },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "ENCODE('RXhhbXBsZSE=', 'base64', 'utf8')", result: "'Example!'" },
        Example { call: "ENCODE('Example!', 'UTF8', 'HEX')", result: "'4578616d706c6521'" },
        Example { call: "ENCODE('4578616D', 'hex', 'base64')", result: "'RXhhbQ=='" },
        Example { call: "ENCODE('0x04221', 'hex', 'base64')", result: "'AEIh'" },
        Example { call: "ENCODE('é', 'utf8', 'ascii')", result: "'\u{FFFD}\u{FFFD}'" },
        Example { call: "ENCODE('é', 'ascii', 'utf8')", result: "'?'" },
        Example { call: "ENCODE('a', NULL, 'hex')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let (from, to) = (call.arg(1)?.view::<StringArray>()?, call.arg(2)?.view::<StringArray>()?);
    let mut out = StringBuilder::new();
    let (mut bytes, mut encoded) = (Vec::new(), String::new());
    for row in 0..call.rows {
        let (Some(text), Some(from), Some(to)) = (text.get(row), from.get(row), to.get(row)) else {
            out.append_null();
            continue;
        };
        let (from, to) = (Encoding::find(from)?, Encoding::find(to)?);
        if from == to {
            return Err(Error::Data("ENCODE needs two different encodings".into()));
        }
        if from == Encoding::Hex {
            from.decode(&digits(text), &mut bytes)?;
        } else {
            from.decode(text, &mut bytes)?;
        }
        to.encode(&bytes, &mut encoded)?;
        out.append_value(&encoded);
    }
    Ok(Arc::new(out.finish()))
}

/// The digits of `0x..`, filled up to whole bytes, of `x'..'`, or of a text that is nothing else.
fn digits(text: &str) -> Cow<'_, str> {
    if let Some(digits) = text.strip_prefix("0x") {
        return if digits.len().is_multiple_of(2) { digits.into() } else { format!("0{digits}").into() };
    }
    let quoted = text.strip_prefix(['x', 'X']).and_then(|t| t.strip_prefix('\'')?.strip_suffix('\''));
    quoted.unwrap_or(text).into()
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn hexadecimal_digits_are_unwrapped() {
        for (text, expected) in
            [("0x1", "01"), ("0x12", "12"), ("x'12'", "12"), ("X''", ""), ("x'", "x'"), ("12", "12")]
        {
            assert_eq!(digits(text), expected);
        }
    }
}
