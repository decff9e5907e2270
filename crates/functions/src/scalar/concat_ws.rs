//! `CONCAT_WS`.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, StringArray, StringBuilder};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "CONCAT_WS",
    category: "STRING",
    description: "The items with the separator between them; null items are skipped, a null separator gives null.",
    overloads: &[
        overload(&[text("separator"), text("item"), text("items")]),
        overload(&[bytes("separator"), bytes("item"), bytes("items")]),
    ],
    examples: &[
        Example { call: "CONCAT_WS(', ', 'a', NULL, 'b')", result: "'a, b'" },
        Example { call: "CONCAT_WS(NULL, 'a', 'b')", result: "NULL" },
        Example { call: "CONCAT_WS(X'00', X'01', X'02')", result: "X'010002'" },
    ],
};

const fn text(name: &'static str) -> Param {
    Param { name, ty: ParamType::String }
}

const fn bytes(name: &'static str) -> Param {
    Param { name, ty: ParamType::Bytes }
}

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: true, returns: Returns::Like(0), fallible: false, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let items = call.args.get(1..).unwrap_or_default();
    if *call.returns == DataType::Utf8 {
        let separator = call.arg(0)?.view::<StringArray>()?;
        let items: Vec<_> = items.iter().map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
        let mut out = StringBuilder::new();
        for row in 0..call.rows {
            let Some(separator) = separator.get(row) else {
                out.append_null();
                continue;
            };
            for (i, item) in items.iter().filter_map(|p| p.get(row)).enumerate() {
                let written = if i == 0 { Ok(()) } else { out.write_str(separator) };
                written.and_then(|()| out.write_str(item)).map_err(|_| Error::Fatal("writing text".into()))?;
            }
            out.append_value("");
        }
        return Ok(Arc::new(out.finish()));
    }
    let separator = call.arg(0)?.view::<BinaryArray>()?;
    let items: Vec<_> = items.iter().map(|a| a.view::<BinaryArray>()).collect::<Result<_, _>>()?;
    let mut out = BinaryBuilder::new();
    let mut scratch = Vec::new();
    for row in 0..call.rows {
        scratch.clear();
        for (i, item) in items.iter().filter_map(|p| p.get(row)).enumerate() {
            scratch.extend_from_slice(if i == 0 { &[] } else { separator.get(row).unwrap_or_default() });
            scratch.extend_from_slice(item);
        }
        out.append_option(separator.get(row).map(|_| &scratch));
    }
    Ok(Arc::new(out.finish()))
}
