//! `CONCAT`, also written `||`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, StringArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn, check_size};

pub(crate) static FUNCTION: Function = Function {
    name: "concat",
    category: "STRING",
    description: "The arguments one after the other; nulls are skipped. `a || b` is CONCAT(a, b).",
    overloads: &[
        Overload {
            params: &[Param { name: "texts", ty: ParamType::String }],
            variadic: true,
            returns: Returns::Type(ParamType::String),
            fallible: false,
            eval,
        },
        Overload {
            params: &[Param { name: "bytes", ty: ParamType::Bytes }],
            variadic: true,
            returns: Returns::Type(ParamType::Bytes),
            fallible: false,
            eval,
        },
    ],
    examples: &[
        Example { call: "CONCAT('mill', 'stream')", result: "'millstream'" },
        Example { call: "CONCAT('a', NULL, 'b')", result: "'ab'" },
        Example { call: "CONCAT(X'01', X'02')", result: "X'0102'" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    if *call.returns == DataType::Utf8 {
        let parts: Vec<_> = call.args.iter().map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
        let mut out = TextColumn::default();
        for row in 0..call.rows {
            for part in parts.iter().filter_map(|p| p.get(row)) {
                out.push(part)?;
            }
            out.end();
        }
        return Ok(out.finish());
    }
    let parts: Vec<_> = call.args.iter().map(|a| a.view::<BinaryArray>()).collect::<Result<_, _>>()?;
    let mut out = BinaryBuilder::new();
    let mut scratch = Vec::new();
    for row in 0..call.rows {
        scratch.clear();
        for part in parts.iter().filter_map(|p| p.get(row)) {
            scratch.extend_from_slice(part);
        }
        check_size(out.values_slice().len() + scratch.len(), scratch.len())?;
        out.append_value(&scratch);
    }
    Ok(Arc::new(out.finish()))
}
