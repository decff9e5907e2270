//! `TO_BYTES`: the bytes of a text.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, StringArray};

use crate::encoding::Encoding;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "to_bytes",
    category: "STRING",
    description: "The bytes that a text in an encoding stands for: 'hex', 'utf8', 'ascii' or 'base64', in any case. Any null \
                  gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }, Param { name: "encoding", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::Bytes),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "TO_BYTES('!#', 'ascii')", result: "X'2123'" },
        Example { call: "TO_BYTES('é', 'utf8')", result: "X'C3A9'" },
        Example { call: "TO_BYTES('21aF', 'hex')", result: "X'21AF'" },
        Example { call: "TO_BYTES('IQ==', 'Base64')", result: "X'21'" },
        Example { call: "TO_BYTES('a', NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let encoding = call.arg(1)?.view::<StringArray>()?;
    let mut out = BinaryBuilder::new();
    let mut bytes = Vec::new();
    for row in 0..call.rows {
        let given = text.get(row).zip(encoding.get(row));
        if let Some((text, encoding)) = given {
            Encoding::find(encoding)?.decode(text, &mut bytes)?;
        }
        out.append_option(given.map(|_| &bytes));
    }
    Ok(Arc::new(out.finish()))
}
