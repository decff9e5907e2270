//! `TOPKDISTINCT`: the largest different values.

use millstream_types::SqlType;

use super::declaration::with;
use super::{AggregateFunction, AggregateOverload, ranked};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "TOPKDISTINCT",
    description: "The k largest different values of a column in descending order, nulls left out.",
    undo: false,
    extension: false,
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
    examples: &[
        Example { call: "TOPKDISTINCT(x, 2) of 1; 3; NULL; 2; 3", result: "ARRAY[3, 2]" },
        Example { call: "TOPKDISTINCT(x, 3) of 1.5; 0.5", result: "ARRAY[1.5, 0.5]" },
        Example { call: "TOPKDISTINCT(x, 2) of 1; 3; 2; 3 without 3; 2", result: "ARRAY[3, 1]" },
    ],
    state: |setup| ranked::state(setup, true),
};

const fn array(column: &'static [Param; 1], shown: &'static str) -> AggregateOverload {
    with(column, &[Param { name: "k", ty: ParamType::Integer }], Returns::Shown(shown, values))
}

/// The type of the result, from the arguments' types: an array of the column's.
fn values(args: &[SqlType]) -> SqlType {
    SqlType::Array(args.first().cloned().unwrap_or(SqlType::String).into())
}
