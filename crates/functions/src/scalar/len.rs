//! `LEN`: the length of a text or of bytes.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int32Array, StringArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, utf16};

pub(crate) static FUNCTION: Function = Function {
    name: "len",
    category: "STRING",
    description: "The length of a text in UTF-16 units, or of bytes. Null gives null.",
    overloads: &[
        overload(&[Param { name: "text", ty: ParamType::String }]),
        overload(&[Param { name: "bytes", ty: ParamType::Bytes }]),
    ],
    examples: &[
        Example { call: "LEN('stream')", result: "6" },
        Example { call: "LEN('😀')", result: "2" },
        Example { call: "LEN(X'00FF')", result: "2" },
    ],
};

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Integer), fallible: false, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    // Arrow's offsets are 32 bits, so that a length fits.
    let lengths: Int32Array = match arg.array().data_type() {
        DataType::Utf8 => arg.view::<StringArray>()?.iter().map(|t| t.map(|t| utf16::len(t) as i32)).collect(),
        _ => arg.view::<BinaryArray>()?.iter().map(|b| b.map(|b| b.len() as i32)).collect(),
    };
    Ok(Arc::new(lengths))
}
