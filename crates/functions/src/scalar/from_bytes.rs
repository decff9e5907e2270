//! `FROM_BYTES`: bytes as a text.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, StringArray, StringBuilder};

use crate::encoding::Encoding;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "from_bytes",
    category: "STRING",
    description: "Bytes written as a text in an encoding: 'hex', 'utf8', 'ascii' or 'base64', in any case. Any null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "bytes", ty: ParamType::Bytes }, Param { name: "encoding", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "FROM_BYTES(X'2123', 'ascii')", result: "'!#'" },
        Example { call: "FROM_BYTES(X'C3A9', 'utf8')", result: "'é'" },
        Example { call: "FROM_BYTES(X'21AF', 'HEX')", result: "'21af'" },
        Example { call: "FROM_BYTES(X'21', 'base64')", result: "'IQ=='" },
        Example { call: "FROM_BYTES(NULL, 'hex')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let bytes = call.arg(0)?.view::<BinaryArray>()?;
    let encoding = call.arg(1)?.view::<StringArray>()?;
    let mut out = StringBuilder::new();
    let mut text = String::new();
    for row in 0..call.rows {
        let given = bytes.get(row).zip(encoding.get(row));
        if let Some((bytes, encoding)) = given {
            Encoding::find(encoding)?.encode(bytes, &mut text)?;
        }
        out.append_option(given.map(|_| &text));
    }
    Ok(Arc::new(out.finish()))
}
