//! Types made at random, with all that may stand inside others.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};
use proptest::prelude::*;

use super::name;

/// Any type.
pub(crate) fn any() -> impl Strategy<Value = SqlType> {
    let simple = prop_oneof![
        Just(SqlType::Boolean),
        Just(SqlType::Integer),
        Just(SqlType::Bigint),
        Just(SqlType::Double),
        Just(SqlType::String),
        Just(SqlType::Bytes),
        Just(SqlType::Date),
        Just(SqlType::Time),
        Just(SqlType::Timestamp),
        (1_u8..=76).prop_flat_map(|precision| {
            (0..=precision).prop_map(move |scale| SqlType::Decimal { precision, scale })
        }),
    ];
    simple.prop_recursive(4, 12, 3, |part| {
        let field = (name::text(), part.clone()).prop_map(|(name, ty)| StructField { name, ty });
        prop_oneof![
            part.clone().prop_map(|item| SqlType::Array(Arc::new(item))),
            (part.clone(), part).prop_map(|(key, value)| SqlType::Map(Arc::new(key), Arc::new(value))),
            prop::collection::vec(field, 0..3).prop_map(|fields| SqlType::Struct(fields.into())),
        ]
    })
}
