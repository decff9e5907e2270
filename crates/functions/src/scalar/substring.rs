//! `SUBSTRING`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, Int32Array, StringArray, StringBuilder};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, utf16};

pub(crate) static FUNCTION: Function = Function {
    name: "substring",
    category: "STRING",
    description: "The part from a position (from 1; negative: from the end; 0 is 1) on, or so many characters of it. \
                  Positions count UTF-16 units of a text, or bytes. Any null gives null.",
    overloads: &[
        overload(&[TEXT, POSITION]),
        overload(&[TEXT, POSITION, LENGTH]),
        overload(&[BYTES, POSITION]),
        overload(&[BYTES, POSITION, LENGTH]),
    ],
    examples: &[
        Example { call: "SUBSTRING('stream', 2)", result: "'tream'" },
        Example { call: "SUBSTRING('stream', 2, 3)", result: "'tre'" },
        Example { call: "SUBSTRING('stream', -3, 2)", result: "'ea'" },
        Example { call: "SUBSTRING('stream', 0, 2)", result: "'st'" },
        Example { call: "SUBSTRING('stream', 9)", result: "''" },
        Example { call: "SUBSTRING('stream', 2, -1)", result: "''" },
        Example { call: "SUBSTRING('stream', NULL)", result: "NULL" },
        Example { call: "SUBSTRING(X'010203', 2)", result: "X'0203'" },
    ],
};

const TEXT: Param = Param { name: "text", ty: ParamType::String };
const BYTES: Param = Param { name: "bytes", ty: ParamType::Bytes };
const POSITION: Param = Param { name: "position", ty: ParamType::Integer };
const LENGTH: Param = Param { name: "length", ty: ParamType::Integer };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Like(0), fallible: false, eval }
}

/// The range of units that a position and a length mean in `units` units.
fn range(units: usize, position: i32, length: Option<i32>) -> (usize, usize) {
    let distance = position.unsigned_abs() as usize;
    let start = if position < 0 { units.saturating_sub(distance) } else { distance.saturating_sub(1).min(units) };
    let end = match length {
        None => units,
        Some(length) => start.saturating_add(usize::try_from(length).unwrap_or(0)).min(units),
    };
    (start, end)
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let positions = call.arg(1)?.view::<Int32Array>()?;
    let lengths = call.args.get(2).map(|a| a.view::<Int32Array>()).transpose()?;
    // `Some(None)`: no length asked for; `None`: an argument is null.
    let cut = |row, units| {
        let length = match &lengths {
            None => None,
            Some(lengths) => Some(lengths.get(row)?),
        };
        Some(range(units, positions.get(row)?, length))
    };
    if *call.returns == DataType::Utf8 {
        let text = call.arg(0)?.view::<StringArray>()?;
        let mut out = StringBuilder::new();
        for row in 0..call.rows {
            match text.get(row).and_then(|t| Some((t, cut(row, utf16::len(t))?))) {
                Some((text, (start, end))) => out.append_value(utf16::slice(text, start, end)),
                None => out.append_null(),
            }
        }
        return Ok(Arc::new(out.finish()));
    }
    let bytes = call.arg(0)?.view::<BinaryArray>()?;
    let mut out = BinaryBuilder::new();
    for row in 0..call.rows {
        match bytes.get(row).and_then(|b| Some((b, cut(row, b.len())?))) {
            Some((bytes, (start, end))) => out.append_value(bytes.get(start..end).unwrap_or_default()),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}
