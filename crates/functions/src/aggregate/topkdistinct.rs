//! `TOPKDISTINCT`: the largest different values.

use millstream_types::SqlType;

use super::declaration::with;
use super::{AggregateFunction, AggregateOverload};
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "TOPKDISTINCT",
    description: "The k largest different values of a column in descending order, nulls left out.",
    undo: false,
    overloads: &[
        array(&[Param { name: "column", ty: ParamType::Integer }], "ARRAY<INT>"),
        array(&[Param { name: "column", ty: ParamType::Bigint }], "ARRAY<BIGINT>"),
        array(&[Param { name: "column", ty: ParamType::Double }], "ARRAY<DOUBLE>"),
        array(&[Param { name: "column", ty: ParamType::String }], "ARRAY<STRING>"),
        array(&[Param { name: "column", ty: ParamType::Decimal }], "ARRAY<DECIMAL>"),
        array(&[Param { name: "column", ty: ParamType::Date }], "ARRAY<DATE>"),
        array(&[Param { name: "column", ty: ParamType::Time }], "ARRAY<TIME>"),
        array(&[Param { name: "column", ty: ParamType::Timestamp }], "ARRAY<TIMESTAMP>"),
        array(&[Param { name: "column", ty: ParamType::Bytes }], "ARRAY<BYTES>"),
    ],
};

const fn array(column: &'static [Param; 1], shown: &'static str) -> AggregateOverload {
    with(column, &[Param { name: "k", ty: ParamType::Integer }], Returns::Shown(shown, values))
}

/// The type of the result, from the arguments' types: an array of the column's.
fn values(args: &[SqlType]) -> SqlType {
    SqlType::Array(args.first().cloned().unwrap_or(SqlType::String).into())
}
