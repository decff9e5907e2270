//! Tests of columns under construction: taking back half a row, at every depth.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use millstream_types::{SqlType, StructField, arrow_type};

use super::{Column, Filled};

/// Every kind of type, and the nested ones within each other.
pub(crate) fn types() -> Vec<SqlType> {
    let field = |name: &str, ty| StructField { name: name.into(), ty };
    let map = |value| SqlType::Map(Arc::new(SqlType::String), Arc::new(value));
    let array = |item| SqlType::Array(Arc::new(item));
    let scalars = vec![
        SqlType::Boolean,
        SqlType::Integer,
        SqlType::Bigint,
        SqlType::Double,
        SqlType::Decimal { precision: 9, scale: 2 },
        SqlType::Decimal { precision: 50, scale: 2 },
        SqlType::String,
        SqlType::Bytes,
        SqlType::Date,
        SqlType::Time,
        SqlType::Timestamp,
    ];
    let all_scalars: Vec<_> = scalars.iter().enumerate().map(|(i, ty)| field(&format!("F{i}"), ty.clone())).collect();
    let structs = SqlType::Struct(all_scalars.into());
    let mut types = scalars;
    types.extend([array(structs.clone()), map(structs.clone()), structs.clone(), SqlType::Struct([].into())]);
    types.push(array(array(map(array(structs.clone())))));
    types.push(map(SqlType::Struct([field("A", array(structs)), field("B", map(SqlType::Bytes))].into())));
    types
}

/// Appends a value that depends on `seed`. With `broken`, stops half-way wherever there is a half-way.
pub(crate) fn push(column: &mut Column, seed: usize, broken: bool) {
    match column {
        _ if seed % 5 == 4 && !broken => column.push_null(),
        Column::Boolean(c) => c.push(seed.is_multiple_of(2)),
        Column::Integer(c) => c.push(seed as i32),
        Column::Bigint(c) => c.push(seed as i64),
        Column::Double(c) => c.push(seed as f64),
        Column::Decimal(c, _) => c.push(seed as i128),
        Column::BigDecimal(c, _) => c.push(arrow::datatypes::i256::from_i128(seed as i128)),
        Column::Date(c) => c.push(seed as i32),
        Column::Time(c) => c.push(seed as i32),
        Column::Timestamp(c) => c.push(seed as i64),
        Column::Text(c) => {
            c.buffer().push_str(&"aé😀".repeat(seed % 4));
            if !broken {
                c.end().unwrap();
            }
        }
        Column::Bytes(c) => {
            c.buffer().extend_from_slice(&[1, 2, 3][..seed % 4]);
            if !broken {
                c.end().unwrap();
            }
        }
        Column::List(c) => {
            (0..seed % 4).for_each(|i| push(c.items(), seed + i, false));
            if broken { push(c.items(), seed, true) } else { c.end().unwrap() }
        }
        Column::Map(c) => {
            for i in 0..seed % 4 {
                let (keys, values) = c.entries();
                let Column::Text(keys) = keys else { panic!("keys are text") };
                keys.push(&format!("k{i}")).unwrap();
                push(values, seed + i, false);
            }
            if broken { push(c.entries().1, seed, true) } else { c.end().unwrap() }
        }
        Column::Struct(c) => {
            let row = c.open();
            let fields = row.columns.len();
            for (i, (field, filled)) in row.columns.iter_mut().zip(row.filled).enumerate() {
                match (i % 3 == seed % 3, broken && i + 1 == fields) {
                    (_, true) => push(field, seed + i, true),
                    (true, false) => {
                        push(field, seed + i, false);
                        *filled = Filled::Exact;
                    }
                    _ => {}
                }
            }
            if !broken {
                c.end();
            }
        }
    }
}

fn checked(column: &mut Column, ty: &SqlType, rows: usize) -> ArrayRef {
    assert_eq!(column.len(), rows, "{ty}");
    let array = column.finish();
    array.to_data().validate_full().unwrap_or_else(|e| panic!("{ty}: {e}"));
    assert_eq!((array.len(), array.data_type(), column.len()), (rows, &arrow_type(ty), 0));
    array
}

#[test]
fn half_a_row_is_taken_back_at_every_depth() {
    for ty in types() {
        let (mut clean, mut dirty) = (Column::new(&ty), Column::new(&ty));
        for batch in 0..3 {
            for seed in 0..40 {
                push(&mut clean, seed + batch, false);
                push(&mut dirty, seed * 7, true);
                dirty.truncate(seed);
                push(&mut dirty, seed + batch, false);
            }
            assert_eq!(&checked(&mut clean, &ty, 40), &checked(&mut dirty, &ty, 40), "{ty}");
        }
    }
}

#[test]
fn whole_rows_are_taken_back() {
    for ty in types() {
        let (mut short, mut long) = (Column::new(&ty), Column::new(&ty));
        (0..10).for_each(|seed| push(&mut short, seed, false));
        (0..30).for_each(|seed| push(&mut long, seed, false));
        long.truncate(30);
        long.truncate(10);
        assert_eq!(&checked(&mut short, &ty, 10), &checked(&mut long, &ty, 10), "{ty}");
        push(&mut long, 3, false);
        long.truncate(0);
        assert_eq!(checked(&mut long, &ty, 0).len(), 0);
    }
}
