//! Equality of values of any type: nulls inside are equal to nulls, maps are equal when they hold the same entries in
//! any order, structs field by field.
//!
//! Arrow's kernels compare flat arrays and know nothing of ksqlDB's maps; flat types never come here on a hot path.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, OffsetSizeTrait};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::datatypes::DataType;

use crate::{Arg, Error};

/// Whether the values of each row are equal; null equals null. Both arguments have the same Arrow type.
pub fn not_distinct(left: &Arg, right: &Arg, rows: usize) -> Result<BooleanArray, Error> {
    if !left.array().data_type().is_nested() {
        return Ok(cmp::not_distinct(left, right)?);
    }
    let mut failed = None;
    let buffer = BooleanBuffer::collect_bool(rows, |row| {
        equal(left.array(), left.index(row), right.array(), right.index(row)).unwrap_or_else(|e| {
            failed = Some(e);
            false
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(BooleanArray::new(buffer, None)),
    }
}

/// Whether value `i` of `a` equals value `j` of `b`. Recursion is as deep as the type.
pub fn equal(a: &ArrayRef, i: usize, b: &ArrayRef, j: usize) -> Result<bool, Error> {
    match (a.is_null(i), b.is_null(j)) {
        (true, true) => return Ok(true),
        (false, false) => {}
        _ => return Ok(false),
    }
    match (a.data_type(), b.data_type()) {
        (DataType::List(_), DataType::List(_)) => lists_equal::<i32>(a, i, b, j),
        (DataType::Struct(_), DataType::Struct(_)) => {
            let (a, b) = (a.as_struct(), b.as_struct());
            if a.num_columns() != b.num_columns() {
                return Ok(false);
            }
            for (x, y) in a.columns().iter().zip(b.columns()) {
                if !equal(x, i, y, j)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (DataType::Map(..), DataType::Map(..)) => maps_equal(a, i, b, j),
        _ => {
            let (x, y) = (a.slice(i, 1), b.slice(j, 1));
            Ok(cmp::eq(&x, &y)?.value(0))
        }
    }
}

fn lists_equal<O: OffsetSizeTrait>(a: &ArrayRef, i: usize, b: &ArrayRef, j: usize) -> Result<bool, Error> {
    let (x, y) = (a.as_list::<O>().value(i), b.as_list::<O>().value(j));
    if x.len() != y.len() {
        return Ok(false);
    }
    for k in 0..x.len() {
        if !equal(&x, k, &y, k)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps_equal(a: &ArrayRef, i: usize, b: &ArrayRef, j: usize) -> Result<bool, Error> {
    let (x, y) = (a.as_map().value(i), b.as_map().value(j));
    if x.len() != y.len() {
        return Ok(false);
    }
    for k in 0..x.len() {
        let mut found = false;
        for l in 0..y.len() {
            if equal(x.column(0), k, y.column(0), l)? {
                found = equal(x.column(1), k, y.column(1), l)?;
                break;
            }
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}
