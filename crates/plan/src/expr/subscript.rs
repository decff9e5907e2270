//! `array[i]`, from 1 or backwards from -1, and `map[key]`: null for what is not there.

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use millstream_functions::{Arg, Error, coercion, rows};
use millstream_sql::ast::Expr;
use millstream_types::SqlType;

use super::operation::Operation;
use super::shown::Shown;
use super::{Compiler, Typed, cast};

impl Compiler<'_> {
    pub(super) fn subscript(&mut self, base: &Expr, index: &Expr) -> Option<Typed> {
        let (container, key) = self.operands(base, index)?;
        let untyped_null = key.ty.is_none();
        match (container.ty.clone(), key.ty.clone()) {
            (Some(SqlType::Array(item)), ty)
                if untyped_null || matches!(ty, Some(SqlType::Integer | SqlType::Bigint)) =>
            {
                let key = cast::convert(key, &SqlType::Bigint);
                Some(Typed::operation(Element, vec![container, key], item.as_ref().clone(), false))
            }
            (Some(SqlType::Map(key_type, value)), ty)
                if ty.as_ref().is_none_or(|ty| coercion::implicitly_castable(ty, &key_type)) =>
            {
                let key = cast::convert(key, &key_type);
                Some(Typed::operation(Entry, vec![container, key], value.as_ref().clone(), false))
            }
            (Some(SqlType::Array(_)), _) => {
                let message = format!("Array index must be an INTEGER, but {} is {}.", Shown(index), key.type_name());
                self.reject_type(index.span, message)
            }
            (Some(SqlType::Map(wanted, _)), _) => {
                let message = format!("Map key must be {wanted}, but {} is {}.", Shown(index), key.type_name());
                self.reject_type(index.span, message)
            }
            _ => {
                let message =
                    format!("Subscript applies to ARRAY and MAP, but {} is {}.", Shown(base), container.type_name());
                self.reject_type(base.span, message)
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Element;

impl Operation for Element {
    fn name(&self) -> String {
        "ELEMENT".into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let [array, index] = args else { return Err(Error::Fatal("two operands expected".into())) };
        let lists = array.array().as_list_opt::<i32>().ok_or_else(|| Error::Fatal("not an array".into()))?;
        let indexes = index.view::<Int64Array>()?;
        let positions: UInt32Array = (0..rows)
            .map(|row| {
                let at = array.index(row);
                let index = indexes.get(row).filter(|_| lists.is_valid(at))?;
                let (start, length) = (lists.value_offsets().get(at)?, i64::from(lists.value_length(at)));
                let offset = if index > 0 { index - 1 } else { length.checked_add(index)? };
                let inside = index != 0 && (0..length).contains(&offset);
                u32::try_from(i64::from(*start) + offset).ok().filter(|_| inside)
            })
            .collect();
        Ok(take(lists.values(), &positions, None)?)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Entry;

impl Operation for Entry {
    fn name(&self) -> String {
        "ENTRY".into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let [map, key] = args else { return Err(Error::Fatal("two operands expected".into())) };
        let maps = map.array().as_map_opt().ok_or_else(|| Error::Fatal("not a map".into()))?;
        // Text keys, the rule, are compared without a kernel call for each entry.
        let texts =
            maps.keys().as_any().downcast_ref::<StringArray>().map(|k| Ok::<_, Error>((k, key.view::<StringArray>()?)));
        let texts = texts.transpose()?;
        let mut positions: Vec<Option<u32>> = Vec::with_capacity(rows);
        for row in 0..rows {
            let at = map.index(row);
            let mut found = None;
            if maps.is_valid(at) && !key.is_null(row) {
                let start = maps.value_offsets().get(at).copied().unwrap_or(0) as usize;
                for entry in start..start + maps.value_length(at) as usize {
                    let same = match &texts {
                        Some((keys, wanted)) => wanted.get(row) == Some(keys.value(entry)),
                        None => rows::equal(maps.keys(), entry, key.array(), key.index(row))?,
                    };
                    // The last of equal keys wins.
                    found = if same { u32::try_from(entry).ok() } else { found };
                }
            }
            positions.push(found);
        }
        Ok(take(maps.values(), &UInt32Array::from(positions), None)?)
    }
}
