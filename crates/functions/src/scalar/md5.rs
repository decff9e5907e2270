//! `MD5`: the hash of a text.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};
use md5::{Digest, Md5};

use crate::encoding::push_hex;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "md5",
    category: "STRING",
    description: "The MD5 hash of a text's UTF-8 bytes in lower-case hexadecimal digits. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "MD5('ksqlDB')", result: "'aa97027427d39488a27a9847fa7ec39b'" },
        Example { call: "MD5('')", result: "'d41d8cd98f00b204e9800998ecf8427e'" },
        Example { call: "MD5(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let mut out = StringBuilder::with_capacity(call.rows, call.rows * 32);
    let mut digits = String::with_capacity(32);
    for row in 0..call.rows {
        let hash = text.get(row).map(Md5::digest);
        if let Some(hash) = &hash {
            digits.clear();
            push_hex(hash, &mut digits);
        }
        out.append_option(hash.map(|_| &digits));
    }
    Ok(Arc::new(out.finish()))
}
