//! `EXTRACTJSONFIELD`: what stands at a path in a JSON text.

use arrow::array::{ArrayRef, StringArray};

use crate::json::{Kind, Parser, Path, Value};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "EXTRACTJSONFIELD",
    category: "JSON",
    description: "What stands at a path in a JSON text: a string without its quotes, anything else as JSON text. A path is $ \
                  followed by .name, [position from 0] or ['name']; there are no wildcards. Null when there is nothing; \
                  a text that is not JSON and a malformed path fail.",
    overloads: &[Overload {
        params: &[Param { name: "json", ty: ParamType::String }, Param { name: "path", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "EXTRACTJSONFIELD('{\"log\": {\"cloud\": \"gcp\"}}', '$.log.cloud')", result: "'gcp'" },
        Example { call: "EXTRACTJSONFIELD('{\"sizes\": [1.50, {\"x\": null}]}', '$.sizes[0]')", result: "'1.50'" },
        Example {
            call: "EXTRACTJSONFIELD('{\"sizes\": [1.50, {\"x\": null}]}', '$.sizes[1]')",
            result: "'{\"x\":null}'",
        },
        Example { call: "EXTRACTJSONFIELD('{\"a.b\": true}', '$[''a.b'']')", result: "'true'" },
        Example { call: "EXTRACTJSONFIELD('{\"a\": null}', '$.a')", result: "'null'" },
        Example { call: "EXTRACTJSONFIELD('{\"a\": null}', '$.b')", result: "NULL" },
        Example { call: "EXTRACTJSONFIELD('', '$')", result: "''" },
        Example { call: "EXTRACTJSONFIELD(NULL, '$')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (texts, paths) = (call.arg(0)?.view::<StringArray>()?, call.arg(1)?.view::<StringArray>()?);
    let mut parser = Parser::default();
    let mut out = TextColumn::default();
    // Read again only when the row has another one: mostly the path is a constant.
    let mut path: Option<(&str, Path)> = None;
    for row in 0..call.rows {
        let Some((text, wanted)) = texts.get(row).zip(paths.get(row)) else {
            out.null();
            continue;
        };
        let path = match &mut path {
            Some((text, path)) if *text == wanted => path,
            other => &mut other.insert((wanted, Path::read(wanted)?)).1,
        };
        match parser.read(text)? {
            Some(value) => match path.find(value) {
                Some(found) => push_field(&mut out, &found)?,
                None => out.null(),
            },
            // Nothing at all is there, and its text is empty.
            None if path.is_root() => out.end(),
            None => out.null(),
        }
    }
    Ok(out.finish())
}

/// Appends a string without its quotes, anything else as JSON text.
pub(super) fn push_field(out: &mut TextColumn, value: &Value<'_>) -> Result<(), Error> {
    match value.kind() {
        Kind::String => out.push(&value.decoded())?,
        _ => value.write(|piece| out.push(piece))?,
    }
    out.end();
    Ok(())
}
