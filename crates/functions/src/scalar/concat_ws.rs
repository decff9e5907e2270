//! `CONCAT_WS`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, StringArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn, check_size};

pub(crate) static FUNCTION: Function = Function {
    name: "concat_ws",
    category: "STRING",
    description: "The items with the separator between them; null items are skipped, a null separator gives null.",
    overloads: &[overload(&[text("separator"), text("items")]), overload(&[bytes("separator"), bytes("items")])],
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
    Overload { params, variadic: true, returns: Returns::Like(0), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let items = call.args.get(1..).unwrap_or_default();
    if items.is_empty() && call.rows > 0 {
        return Err(Error::Data("CONCAT_WS expects at least two arguments".into()));
    }
    if *call.returns == DataType::Utf8 {
        let separator = call.arg(0)?.view::<StringArray>()?;
        let items: Vec<_> = items.iter().map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
        let mut out = TextColumn::default();
        for row in 0..call.rows {
            let Some(separator) = separator.get(row) else {
                out.null();
                continue;
            };
            for (i, item) in items.iter().filter_map(|p| p.get(row)).enumerate() {
                out.push(if i == 0 { "" } else { separator })?;
                out.push(item)?;
            }
            out.end();
        }
        return Ok(out.finish());
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
        check_size(out.values_slice().len() + scratch.len(), scratch.len())?;
        out.append_option(separator.get(row).map(|_| &scratch));
    }
    Ok(Arc::new(out.finish()))
}
