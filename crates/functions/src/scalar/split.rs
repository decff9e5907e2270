//! `SPLIT`: the parts of a text between delimiters.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BinaryBuilder, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "split",
    category: "STRING",
    description: "The parts between occurrences of a delimiter, empty ones kept. An empty delimiter splits a text into \
                  characters and bytes into single bytes. Any null gives null.",
    overloads: &[
        Overload {
            params: &[
                Param { name: "text", ty: ParamType::String },
                Param { name: "delimiter", ty: ParamType::String },
            ],
            variadic: false,
            returns: Returns::Type(ParamType::Array(&ParamType::String)),
            fallible: false,
            eval,
        },
        Overload {
            params: &[Param { name: "bytes", ty: ParamType::Bytes }, Param { name: "delimiter", ty: ParamType::Bytes }],
            variadic: false,
            returns: Returns::Type(ParamType::Array(&ParamType::Bytes)),
            fallible: false,
            eval,
        },
    ],
    examples: &[
        Example { call: "SPLIT('a.b.c', '.')", result: "ARRAY['a', 'b', 'c']" },
        Example { call: "SPLIT('.a.', '.')", result: "ARRAY['', 'a', '']" },
        Example { call: "SPLIT('abc', '')", result: "ARRAY['a', 'b', 'c']" },
        Example { call: "SPLIT('', '.')", result: "ARRAY['']" },
        Example { call: "SPLIT(X'012E02', X'2E')", result: "ARRAY[X'01', X'02']" },
        Example { call: "SPLIT('a', NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (value, delimiter) = (call.arg(0)?, call.arg(1)?);
    if *value.array().data_type() == DataType::Utf8 {
        let (text, delimiter) = (value.view::<StringArray>()?, delimiter.view::<StringArray>()?);
        let mut out = ListBuilder::new(StringBuilder::new());
        for row in 0..call.rows {
            let parts = text.get(row).zip(delimiter.get(row));
            match parts {
                Some((text, "")) if !text.is_empty() => text
                    .char_indices()
                    .for_each(|(at, c)| out.values().append_value(text.get(at..at + c.len_utf8()).unwrap_or_default())),
                Some((text, "")) => out.values().append_value(text),
                Some((text, delimiter)) => text.split(delimiter).for_each(|part| out.values().append_value(part)),
                None => {}
            }
            out.append(parts.is_some());
        }
        return Ok(Arc::new(out.finish()));
    }
    let (bytes, delimiter) = (value.view::<BinaryArray>()?, delimiter.view::<BinaryArray>()?);
    let mut out = ListBuilder::new(BinaryBuilder::new());
    for row in 0..call.rows {
        let parts = bytes.get(row).zip(delimiter.get(row));
        if let Some((bytes, delimiter)) = parts {
            split_bytes(bytes, delimiter, |part| out.values().append_value(part));
        }
        out.append(parts.is_some());
    }
    Ok(Arc::new(out.finish()))
}

fn split_bytes(bytes: &[u8], delimiter: &[u8], mut part: impl FnMut(&[u8])) {
    if delimiter.is_empty() && !bytes.is_empty() {
        return bytes.chunks(1).for_each(part);
    }
    let (mut start, mut at) = (0, 0);
    while !delimiter.is_empty() && at + delimiter.len() <= bytes.len() {
        if bytes.get(at..at + delimiter.len()) == Some(delimiter) {
            part(bytes.get(start..at).unwrap_or_default());
            at += delimiter.len();
            start = at;
        } else {
            at += 1;
        }
    }
    part(bytes.get(start..).unwrap_or_default());
}
