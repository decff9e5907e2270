//! Kernels that put columns together to arrays, maps and structs, row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use millstream_functions::{Arg, Error, rows};

use crate::expr::operation::Operation;

/// `ARRAY[a, b, …]`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ArrayOf;

impl Operation for ArrayOf {
    fn name(&self) -> String {
        "ARRAY".into()
    }

    fn evaluate(&self, args: &[Arg], count: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let DataType::List(field) = returns else { return Err(Error::Fatal(format!("{returns} is not a list"))) };
        let picks: Vec<(usize, usize)> =
            (0..count).flat_map(|row| args.iter().enumerate().map(move |(i, arg)| (i, arg.index(row)))).collect();
        let values = pick(args.iter(), &picks, field.data_type())?;
        let offsets = OffsetBuffer::from_repeated_length(args.len(), count);
        Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, values, None)?))
    }
}

/// `MAP(k := v, …)`: keys and values in turn. The last of equal keys wins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MapOf;

impl Operation for MapOf {
    fn name(&self) -> String {
        "MAP".into()
    }

    fn evaluate(&self, args: &[Arg], count: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let fatal = || Error::Fatal(format!("{returns} is not a map"));
        let DataType::Map(field, sorted) = returns else { return Err(fatal()) };
        let DataType::Struct(fields) = field.data_type() else { return Err(fatal()) };
        let [key_field, value_field] = fields.as_ref() else { return Err(fatal()) };
        let keys: Vec<Arg> = args.iter().step_by(2).map(named_null).collect::<Result<_, _>>()?;
        let mut picks = Vec::with_capacity(keys.len() * count);
        let mut lengths = Vec::with_capacity(count);
        for row in 0..count {
            let before = picks.len();
            for (i, key) in keys.iter().enumerate() {
                if key.is_null(row) {
                    return Err(Error::Data("A key of a map is null".into()));
                }
                let mut replaced = false;
                for later in keys.iter().skip(i + 1) {
                    replaced = replaced || rows::equal(key.array(), key.index(row), later.array(), later.index(row))?;
                }
                if !replaced {
                    picks.push((i, row));
                }
            }
            lengths.push(picks.len() - before);
        }
        let at = |part: &[&Arg]| -> Vec<(usize, usize)> {
            picks.iter().map(|(i, row)| (*i, part.get(*i).map_or(0, |a| a.index(*row)))).collect()
        };
        let key_refs: Vec<&Arg> = keys.iter().collect();
        let values: Vec<&Arg> = args.iter().skip(1).step_by(2).collect();
        let columns = vec![
            pick(key_refs.iter().copied(), &at(&key_refs), key_field.data_type())?,
            pick(values.iter().copied(), &at(&values), value_field.data_type())?,
        ];
        let entries = StructArray::try_new(fields.clone(), columns, None)?;
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, None, *sorted)?))
    }
}

/// A text key that is null is the text `null`, as in ksqlDB.
fn named_null(key: &Arg) -> Result<Arg, Error> {
    let Some(texts) = key.array().as_string_opt::<i32>().filter(|t| t.null_count() > 0) else {
        return Ok(key.clone());
    };
    let named: ArrayRef = Arc::new(texts.iter().map(|t| Some(t.unwrap_or("null"))).collect::<StringArray>());
    Ok(if key.is_constant() { Arg::constant(named) } else { Arg::column(named) })
}

/// The values at (argument, index).
fn pick<'a>(args: impl Iterator<Item = &'a Arg>, picks: &[(usize, usize)], ty: &DataType) -> Result<ArrayRef, Error> {
    if picks.is_empty() {
        return Ok(arrow::array::new_empty_array(ty));
    }
    let arrays: Vec<&dyn Array> = args.map(|a| a.array().as_ref()).collect();
    Ok(interleave(&arrays, picks)?)
}

/// `STRUCT(f := v, …)`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct StructOf;

impl Operation for StructOf {
    fn name(&self) -> String {
        "STRUCT".into()
    }

    fn evaluate(&self, args: &[Arg], count: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let DataType::Struct(fields) = returns else { return Err(Error::Fatal(format!("{returns} is not a struct"))) };
        if fields.is_empty() {
            return Ok(Arc::new(StructArray::new_empty_fields(count, None)));
        }
        let columns = args.iter().map(|a| a.expand(count)).collect::<Result<_, _>>()?;
        Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
    }
}
