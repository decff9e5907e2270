//! `URL_ENCODE_PARAM`: a text as it stands in a web form or query.

use arrow::array::{ArrayRef, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "URL_ENCODE_PARAM",
    category: "URL",
    description: "The text as a value in a web form or in the query of a URL: a blank becomes +, and all but letters and digits \
                  of ASCII and . - * _ the escapes of its bytes in UTF-8. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "URL_ENCODE_PARAM('a b&c=é/~')", result: "'a+b%26c%3D%C3%A9%2F%7E'" },
        Example { call: "URL_ENCODE_PARAM('.-*_09azAZ')", result: "'.-*_09azAZ'" },
        Example { call: "URL_ENCODE_PARAM(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let texts = call.arg(0)?.view::<StringArray>()?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        match texts.get(row) {
            Some(text) => encode(text, &mut out)?,
            None => out.null(),
        }
    }
    Ok(out.finish())
}

fn encode(text: &str, out: &mut TextColumn) -> Result<(), Error> {
    let mut rest = text;
    let special = |c: char| !c.is_ascii_alphanumeric() && !".-*_".contains(c);
    while let Some((plain, after)) = rest.find(special).and_then(|at| rest.split_at_checked(at)) {
        out.push(plain)?;
        let mut chars = after.chars();
        match chars.next() {
            Some(' ') => out.push("+")?,
            Some(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let digit =
                        |half: u8| char::from_digit(u32::from(half), 16).map_or('0', |d| d.to_ascii_uppercase());
                    out.push("%")?;
                    out.push(digit(byte >> 4).encode_utf8(&mut [0; 4]))?;
                    out.push(digit(byte & 15).encode_utf8(&mut [0; 4]))?;
                }
            }
            None => break,
        }
        rest = chars.as_str();
    }
    out.push(rest)?;
    out.end();
    Ok(())
}
