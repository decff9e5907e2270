//! Types. Unlike in schema strings, field names are quoted only when they need it.

use std::fmt::{self, Display, Formatter};

use millstream_types::SqlType;

use super::{list, name};

/// The type as a statement writes it: `ARRAY<STRUCT<ID INTEGER>>`.
pub(super) fn write(f: &mut Formatter<'_>, ty: &SqlType) -> fmt::Result {
    match ty {
        SqlType::Array(item) => {
            f.write_str("ARRAY<")?;
            write(f, item)?;
        }
        SqlType::Map(key, value) => {
            f.write_str("MAP<")?;
            write(f, key)?;
            f.write_str(", ")?;
            write(f, value)?;
        }
        SqlType::Struct(fields) if fields.is_empty() => f.write_str("STRUCT< ")?,
        SqlType::Struct(fields) => {
            f.write_str("STRUCT<")?;
            list(f, fields, |f, field| {
                name(f, &field.name)?;
                f.write_str(" ")?;
                write(f, &field.ty)
            })?;
        }
        simple => return simple.fmt(f),
    }
    f.write_str(">")
}
