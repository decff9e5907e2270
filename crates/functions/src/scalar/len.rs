//! `LEN`: the length of a text or of bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
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
    let array = call.arg(0)?.array();
    // Arrow's offsets are 32 bits, so that a length fits.
    let lengths = match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            match is_ascii(texts) {
                true => differences(texts.offsets(), texts.nulls()),
                false => texts.iter().map(|t| t.map(|t| utf16::len(t) as i32)).collect(),
            }
        }
        DataType::Binary => differences(array.as_binary::<i32>().offsets(), array.nulls()),
        other => return Err(Error::Fatal(format!("{other} has no length"))),
    };
    Ok(Arc::new(lengths))
}

/// Whether each character of all texts is one byte.
fn is_ascii(texts: &StringArray) -> bool {
    let bound = |offset: Option<&i32>| offset.map_or(0, |o| usize::try_from(*o).unwrap_or(0));
    let range = bound(texts.offsets().first())..bound(texts.offsets().last());
    texts.value_data().get(range).is_some_and(<[u8]>::is_ascii)
}

fn differences(offsets: &OffsetBuffer<i32>, nulls: Option<&NullBuffer>) -> Int32Array {
    let lengths = offsets.iter().zip(offsets.iter().skip(1)).map(|(start, end)| end - start);
    Int32Array::new(lengths.collect(), nulls.cloned())
}
