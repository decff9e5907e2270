//! `CHR`: a character by its number.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringArray, StringBuilder};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, utf16};

pub(crate) static FUNCTION: Function = Function {
    name: "chr",
    category: "STRING",
    description: "The character with a Unicode number, or the text that escapes as in Java's source stand for, such as \
                  '\\u004b'. Null when there is no such character, when the text does not begin with such an escape, and for \
                  null.",
    overloads: &[
        overload(&[Param { name: "code_point", ty: ParamType::Integer }], false),
        overload(&[Param { name: "escapes", ty: ParamType::String }], true),
    ],
    examples: &[
        Example { call: "CHR(75)", result: "'K'" },
        Example { call: "CHR(22909)", result: "'好'" },
        Example { call: "CHR(99000)", result: "'𘊸'" },
        Example { call: "CHR(-1)", result: "NULL" },
        Example { call: "CHR(1114112)", result: "NULL" },
        Example { call: "CHR(55296)", result: "'?'" },
        Example { call: "CHR('\\u004b')", result: "'K'" },
        Example { call: "CHR('\\ud820\\udeb8')", result: "'𘊸'" },
        Example { call: "CHR('\\u004b\\ud820: \\uu0021\\101\\\\\\q')", result: "'K?: !A\\q'" },
        Example { call: "CHR('004b')", result: "NULL" },
        Example { call: "CHR('\\u4b')", result: "NULL" },
    ],
};

const fn overload(params: &'static [Param], fallible: bool) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    let mut out = StringBuilder::new();
    if *arg.array().data_type() == DataType::Int32 {
        let code = arg.view::<Int32Array>()?;
        let mut bytes = [0; 4];
        for row in 0..call.rows {
            let code = code.get(row).and_then(|c| u32::try_from(c).ok()).filter(|c| *c <= u32::from(char::MAX));
            // Half of a surrogate pair becomes `?`, as it does when Java writes such text as UTF-8.
            out.append_option(code.map(|c| char::from_u32(c).unwrap_or('?')).map(|c| &*c.encode_utf8(&mut bytes)));
        }
        return Ok(Arc::new(out.finish()));
    }
    let text = arg.view::<StringArray>()?;
    let (mut units, mut unescaped) = (Vec::new(), String::new());
    for row in 0..call.rows {
        let text = text.get(row).filter(|t| t.starts_with("\\u") && utf16::len(t) >= 6);
        if let Some(text) = text {
            units.clear();
            unescape(text, &mut units)?;
            unescaped.clear();
            unescaped.extend(char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or('?')));
        }
        out.append_option(text.map(|_| &unescaped));
    }
    Ok(Arc::new(out.finish()))
}

/// The UTF-16 units that Java's escapes stand for.
fn unescape(text: &str, units: &mut Vec<u16>) -> Result<(), Error> {
    let mut rest = text;
    while let Some(c) = take(&mut rest) {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let digits = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
        if digits > 0 {
            // Three digits only up to \377.
            let digits = if rest.starts_with(['0', '1', '2', '3']) { digits } else { digits.min(2) };
            let (octal, after) = rest.split_at(digits);
            units.extend(u16::from_str_radix(octal, 8));
            rest = after;
            continue;
        }
        match rest.chars().next() {
            Some('u') => {
                let hex = rest.trim_start_matches('u');
                let hex = hex.strip_prefix('+').unwrap_or(hex);
                let digits = hex.get(..4).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
                let unit = digits.and_then(|h| u16::from_str_radix(h, 16).ok());
                units.push(unit.ok_or_else(|| Error::Data(format!("Unable to parse unicode value in '{text}'")))?);
                rest = hex.get(4..).unwrap_or_default();
                continue;
            }
            Some('b') => units.push(0x08),
            Some('f') => units.push(0x0C),
            Some('n') => units.push(0x0A),
            Some('r') => units.push(0x0D),
            Some('t') => units.push(0x09),
            Some(c @ ('\\' | '"' | '\'')) => units.push(c as u16),
            // A backslash before anything else is dropped.
            _ => continue,
        }
        take(&mut rest);
    }
    Ok(())
}

fn take(rest: &mut &str) -> Option<char> {
    let c = rest.chars().next()?;
    *rest = rest.get(c.len_utf8()..).unwrap_or_default();
    Some(c)
}
