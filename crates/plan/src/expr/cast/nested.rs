//! Collections to collections, element by element.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, new_null_array};
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
            // Only what the rows refer to is cast: values below nulls and outside slices may be anything.
            let list = compact(list)?;
            let values = cast_array(list.values(), a, b)?;
            Ok(Arc::new(ListArray::try_new(field, list.offsets().clone(), values, list.nulls().cloned())?))
        }
        (SqlType::Map(ak, av), SqlType::Map(bk, bv), DataType::Map(field, sorted)) => {
            let map = array.as_map_opt().ok_or_else(|| Error::Fatal("not a map".into()))?;
            let DataType::Struct(fields) = field.data_type() else { return Err(Error::Fatal("not a map".into())) };
            let columns = vec![cast_array(map.keys(), ak, bk)?, cast_array(map.values(), av, bv)?];
            let entries = StructArray::try_new(fields.clone(), columns, None)?;
            let offsets = map.offsets().clone();
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

/// The same lists with no values but those in them.
fn compact(list: &ListArray) -> Result<ListArray, Error> {
    let offsets = list.value_offsets();
    let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    if first == 0 && last as usize == list.values().len() {
        return Ok(list.clone());
    }
    let values = list.values().slice(first as usize, (last - first) as usize);
    let offsets: Vec<i32> = offsets.iter().map(|o| o - first).collect();
    let DataType::List(field) = list.data_type() else { return Err(Error::Fatal("not an array".into())) };
    let offsets = arrow::buffer::OffsetBuffer::new(offsets.into());
    Ok(ListArray::try_new(Arc::clone(field), offsets, values, list.nulls().cloned())?)
}
