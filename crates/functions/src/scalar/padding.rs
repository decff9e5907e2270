//! What LPAD and RPAD share: signatures and the loop.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, Int32Array, StringArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Overload, Param, ParamType, Returns, TextColumn, check_size, utf16};

/// Signatures for texts and for bytes.
pub(super) const fn overloads(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 2] {
    const LENGTH: Param = Param { name: "length", ty: ParamType::Integer };
    const TEXTS: &[Param] =
        &[Param { name: "text", ty: ParamType::String }, LENGTH, Param { name: "padding", ty: ParamType::String }];
    const BYTES: &[Param] =
        &[Param { name: "bytes", ty: ParamType::Bytes }, LENGTH, Param { name: "padding", ty: ParamType::Bytes }];
    [
        Overload { params: TEXTS, variadic: false, returns: Returns::Like(0), fallible: true, eval },
        Overload { params: BYTES, variadic: false, returns: Returns::Like(0), fallible: true, eval },
    ]
}

/// The end at which padding goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

pub(super) fn eval(call: &Call<'_>, side: Side) -> Result<ArrayRef, Error> {
    let length = call.arg(1)?.view::<Int32Array>()?;
    let length = |row| length.get(row).and_then(|l| usize::try_from(l).ok());
    if *call.returns == DataType::Utf8 {
        let (text, padding) = (call.arg(0)?.view::<StringArray>()?, call.arg(2)?.view::<StringArray>()?);
        let mut out = TextColumn::default();
        for row in 0..call.rows {
            match (text.get(row), length(row), padding.get(row).filter(|p| !p.is_empty())) {
                (Some(text), Some(length), Some(padding)) => pad_text(text, length, padding, side, &mut out)?,
                _ => out.null(),
            }
        }
        return Ok(out.finish());
    }
    let (bytes, padding) = (call.arg(0)?.view::<BinaryArray>()?, call.arg(2)?.view::<BinaryArray>()?);
    let mut out = BinaryBuilder::new();
    let mut scratch = Vec::new();
    for row in 0..call.rows {
        match (bytes.get(row), length(row), padding.get(row).filter(|p| !p.is_empty())) {
            (Some(bytes), Some(length), Some(padding)) => {
                check_size(out.values_slice().len().saturating_add(length), length)?;
                let bytes = bytes.get(..length).unwrap_or(bytes);
                let fill = padding.iter().cycle().take(length - bytes.len());
                scratch.clear();
                match side {
                    Side::Left => {
                        scratch.extend(fill);
                        scratch.extend_from_slice(bytes);
                    }
                    Side::Right => {
                        scratch.extend_from_slice(bytes);
                        scratch.extend(fill);
                    }
                }
                out.append_value(&scratch);
            }
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn pad_text(text: &str, length: usize, padding: &str, side: Side, out: &mut TextColumn) -> Result<(), Error> {
    // A UTF-16 unit takes at least a byte.
    check_size(0, length)?;
    let text = utf16::slice(text, 0, length);
    if side == Side::Right {
        out.push(&text)?;
    }
    let units = utf16::len(padding);
    let mut missing = length - utf16::len(&text);
    while missing >= units {
        out.push(padding)?;
        missing -= units;
    }
    out.push(&utf16::slice(padding, 0, missing))?;
    if side == Side::Left {
        out.push(&text)?;
    }
    out.end();
    Ok(())
}
