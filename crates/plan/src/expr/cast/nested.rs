//! Collections to collections, element by element.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use millstream_functions::Error;
use millstream_types::{SqlType, arrow_type};

use super::cast_array;

/// Casts ARRAY to ARRAY, MAP to MAP, and STRUCT to STRUCT by field name: fields that are not wanted go, those that are
/// missing are null. Recursion is as deep as the type.
pub(super) fn cast(array: &ArrayRef, from: &SqlType, to: &SqlType) -> Result<ArrayRef, Error> {
    match (from, to, arrow_type(to)) {
        (SqlType::Array(a), SqlType::Array(b), DataType::List(field)) => {
            let list = array.as_list_opt::<i32>().ok_or_else(|| Error::Fatal("not an array".into()))?;
            let (offsets, first, length) = compact(list.offsets());
            let values = cast_array(&list.values().slice(first, length), a, b)?;
            Ok(Arc::new(ListArray::try_new(field, offsets, values, list.nulls().cloned())?))
        }
        (SqlType::Map(ak, av), SqlType::Map(bk, bv), DataType::Map(field, sorted)) => {
            let map = array.as_map_opt().ok_or_else(|| Error::Fatal("not a map".into()))?;
            let DataType::Struct(fields) = field.data_type() else { return Err(Error::Fatal("not a map".into())) };
            let (offsets, first, length) = compact(map.offsets());
            let keys = cast_array(&map.keys().slice(first, length), ak, bk)?;
            let values = cast_array(&map.values().slice(first, length), av, bv)?;
            let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
            Ok(Arc::new(MapArray::try_new(field, offsets, entries, map.nulls().cloned(), sorted)?))
        }
        (SqlType::Struct(a), SqlType::Struct(b), DataType::Struct(fields)) => {
            let base = array.as_struct_opt().ok_or_else(|| Error::Fatal("not a struct".into()))?;
            if fields.is_empty() {
                return Ok(Arc::new(StructArray::new_empty_fields(base.len(), base.nulls().cloned())));
            }
            let mut columns = Vec::with_capacity(b.len());
            for wanted in b.iter() {
                let given = a.iter().position(|f| f.name == wanted.name);
                columns.push(match given.and_then(|i| Some((a.get(i)?, base.columns().get(i)?))) {
                    Some((given, column)) => cast_array(column, &given.ty, &wanted.ty)?,
                    None => new_null_array(&arrow_type(&wanted.ty), base.len()),
                });
            }
            Ok(Arc::new(StructArray::try_new(fields, columns, base.nulls().cloned())?))
        }
        _ => Err(Error::Fatal(format!("{from} is not cast to {to}"))),
    }
}

/// Offsets into the values of these rows only, and where those stand: an array that is a slice still holds the values of
/// other rows, which must not fail these.
fn compact(offsets: &OffsetBuffer<i32>) -> (OffsetBuffer<i32>, usize, usize) {
    let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    let moved = if first == 0 {
        offsets.clone()
    } else {
        OffsetBuffer::new(offsets.iter().map(|o| o - first).collect::<Vec<_>>().into())
    };
    (moved, first as usize, (last - first) as usize)
}
