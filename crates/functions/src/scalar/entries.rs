//! `ENTRIES`: a map as an array of its entries.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringArray, StructArray, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use millstream_types::{SqlType, StructField};

use crate::java_order;
use crate::lists::{Bounds, Maps};
use crate::values::compare_texts;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ENTRIES",
    category: "MAP",
    description: "The entries of a map as structs with the fields K and V, sorted by key or in the order of a Java hash map. Any null \
                  gives null.",
    overloads: &[
        overload(&[map(&ParamType::Integer), SORTED], "ARRAY<STRUCT<K STRING, V INT>>"),
        overload(&[map(&ParamType::Bigint), SORTED], "ARRAY<STRUCT<K STRING, V BIGINT>>"),
        overload(&[map(&ParamType::Double), SORTED], "ARRAY<STRUCT<K STRING, V DOUBLE>>"),
        overload(&[map(&ParamType::Boolean), SORTED], "ARRAY<STRUCT<K STRING, V BOOLEAN>>"),
        overload(&[map(&ParamType::String), SORTED], "ARRAY<STRUCT<K STRING, V STRING>>"),
    ],
    examples: &[
        Example {
            call: "ENTRIES(MAP('b' := 2, 'a' := 1), TRUE)",
            result: "ARRAY[STRUCT(K := 'a', V := 1), STRUCT(K := 'b', V := 2)]",
        },
        Example { call: "ENTRIES(MAP('a' := TRUE), FALSE)", result: "ARRAY[STRUCT(K := 'a', V := TRUE)]" },
        Example { call: "ENTRIES(MAP('a' := 1.5E0), NULL)", result: "NULL" },
    ],
};

const SORTED: Param = Param { name: "sorted", ty: ParamType::Boolean };

const fn map(value: &'static ParamType) -> Param {
    Param { name: "map", ty: ParamType::Map(&ParamType::String, value) }
}

const fn overload(params: &'static [Param], shown: &'static str) -> Overload {
    Overload { params, variadic: false, returns: Returns::Shown(shown, returns), fallible: false, eval }
}

fn returns(params: &[SqlType]) -> SqlType {
    let value = match params.first() {
        Some(SqlType::Map(_, value)) => SqlType::clone(value),
        _ => SqlType::String,
    };
    let field = |name: &str, ty| StructField { name: name.into(), ty };
    SqlType::Array(SqlType::Struct([field("K", SqlType::String), field("V", value)].into()).into())
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let map = Maps::of(call.arg(0)?)?;
    let sorted = call.arg(1)?.view::<BooleanArray>()?;
    let keys: &StringArray = map.keys().as_string_opt().ok_or_else(|| Error::Fatal("keys are not texts".into()))?;
    let mut rows = Bounds::default();
    let mut picks: Vec<u64> = Vec::new();
    for row in 0..call.rows {
        let Some((entries, sorted)) = map.row(row).zip(sorted.get(row)) else {
            rows.end(picks.len(), false)?;
            continue;
        };
        picks.extend(java_order(map.keys(), entries).into_iter().map(|at| at as u64));
        if sorted {
            let entries = picks.get_mut(rows.start()..).unwrap_or_default();
            entries.sort_by(|a, b| compare_texts(keys.value(*a as usize), keys.value(*b as usize)));
        }
        rows.end(picks.len(), true)?;
    }
    let DataType::List(item) = call.returns else {
        return Err(Error::Fatal(format!("{} is not a list", call.returns)));
    };
    let DataType::Struct(fields) = item.data_type() else {
        return Err(Error::Fatal(format!("{} is not a struct", item.data_type())));
    };
    let picks = UInt64Array::from(picks);
    let columns = vec![take(map.keys(), &picks, None)?, take(map.values(), &picks, None)?];
    rows.list(Arc::new(StructArray::try_new(fields.clone(), columns, None)?), call.returns)
}
