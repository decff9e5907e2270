//! `UUID`: a new id, or the text of one given as bytes.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, StringBuilder};
use uuid::{Uuid, fmt::Hyphenated};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, chance};

pub(crate) static FUNCTION: Function = Function {
    name: "UUID",
    category: "STRING",
    description: "A random id (version 4), another one for each row; or the text of an id of 16 bytes, highest first. Null \
                  when there are not 16 bytes.",
    overloads: &[overload(&[], random), overload(&[Param { name: "bytes", ty: ParamType::Bytes }], of_bytes)],
    examples: &[
        Example { call: "UUID(X'67C45D35CBF54BBEA6AC50FB0DCF1D29')", result: "'67c45d35-cbf5-4bbe-a6ac-50fb0dcf1d29'" },
        Example { call: "UUID(X'67C4')", result: "NULL" },
        Example { call: "UUID(NULL)", result: "NULL" },
    ],
};

const fn overload(params: &'static [Param], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: false, eval }
}

fn random(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(texts((0..call.rows).map(|_| Some(chance::uuid()))))
}

fn of_bytes(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let bytes = call.arg(0)?.view::<BinaryArray>()?;
    Ok(texts((0..call.rows).map(|row| bytes.get(row).and_then(|b| Uuid::from_slice(b).ok()))))
}

fn texts(ids: impl Iterator<Item = Option<Uuid>>) -> ArrayRef {
    let mut out = StringBuilder::new();
    let mut text = Uuid::encode_buffer();
    for id in ids {
        out.append_option(id.map(|id| &*Hyphenated::from_uuid(id).encode_lower(&mut text)));
    }
    Arc::new(out.finish())
}
