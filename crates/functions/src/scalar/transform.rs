//! `TRANSFORM`: each element of an array, or each entry of a map, replaced by what a lambda gives for it.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef};
use arrow::row::{RowConverter, SortField};

use crate::elements::Elements;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

const ENTRY: &[ParamType] = &[ParamType::Any('K'), ParamType::Any('V')];

pub(crate) static FUNCTION: Function = Function {
    name: "TRANSFORM",
    category: "LAMBDA",
    description: "An array with what the lambda gives for each element, or a map with the keys that the first lambda \
                  gives for each entry and the values that the second one gives. Null gives null. A map fails when two \
                  new keys are the same, or a new key or value is null.",
    overloads: &[
        Overload {
            params: &[
                Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
                Param { name: "lambda", ty: ParamType::Lambda(&[ParamType::Any('T')], &ParamType::Any('R')) },
            ],
            variadic: false,
            returns: Returns::Type(ParamType::Array(&ParamType::Any('R'))),
            fallible: true,
            eval: array,
        },
        Overload {
            params: &[
                Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) },
                Param { name: "keys", ty: ParamType::Lambda(ENTRY, &ParamType::Any('R')) },
                Param { name: "values", ty: ParamType::Lambda(ENTRY, &ParamType::Any('S')) },
            ],
            variadic: false,
            returns: Returns::Type(ParamType::Map(&ParamType::Any('R'), &ParamType::Any('S'))),
            fallible: true,
            eval: map,
        },
    ],
    examples: &[
        Example { call: "TRANSFORM(ARRAY[1, 2, 3], x => x * 2)", result: "ARRAY[2, 4, 6]" },
        Example { call: "TRANSFORM(MAP('a' := 1), (e, f) => UCASE(e), (e, f) => f + 1)", result: "MAP('A' := 2)" },
        Example {
            call: "TRANSFORM(ARRAY[ARRAY[1, 2], ARRAY[3]], x => TRANSFORM(x, e => e + ARRAY_LENGTH(x)))",
            result: "ARRAY[ARRAY[3, 4], ARRAY[4]]",
        },
    ],
};

fn array(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let elements = Elements::of(&call.arg(0)?.expand(call.rows)?)?;
    let changed = call.lambda(0)?.evaluate(&|| elements.rows(), &elements.columns)?;
    elements.lists(call.returns, changed)
}

fn map(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let elements = Elements::of(&call.arg(0)?.expand(call.rows)?)?;
    let keys = call.lambda(0)?.evaluate(&|| elements.rows(), &elements.columns)?;
    let values = call.lambda(1)?.evaluate(&|| elements.rows(), &elements.columns)?;
    if keys.null_count() > 0 {
        return Err(Error::Data("TRANSFORM: a key of the new map is null".into()));
    }
    if values.null_count() > 0 {
        return Err(Error::Data("TRANSFORM: a value of the new map is null".into()));
    }
    check_distinct(&elements, &keys)?;
    elements.maps(call.returns, keys, values)
}

/// Fails when two entries of one map have the same key.
fn check_distinct(elements: &Elements, keys: &ArrayRef) -> Result<(), Error> {
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let rows = converter.convert_columns(&[ArrayRef::clone(keys)])?;
    let mut seen = HashSet::new();
    for (bounds, row) in elements.offsets.windows(2).zip(0..) {
        let (Some(start), Some(end)) = (bounds.first(), bounds.get(1)) else { continue };
        seen.clear();
        for place in *start..*end {
            if !seen.insert(rows.row(place as usize)) {
                return Err(Error::Data(format!(
                    "TRANSFORM: two entries of the new map of row {row} have the same key"
                )));
            }
        }
    }
    Ok(())
}
