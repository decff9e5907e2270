//! `TOPK`: the largest values, and what stands beside them.

use millstream_types::{SqlType, StructField};

use super::declaration::with;
use super::{AggregateFunction, AggregateOverload, ranked};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "TOPK",
    description: "The k largest values of a column in descending order, repetitions included and nulls left out. With further \
                  columns: structs of the value, sort_col, and of what these columns have in its row, col0, col1 and so on.",
    undo: false,
    extension: false,
    overloads: &[
        with(
            &[Param { name: "column", ty: ParamType::Integer }],
            K,
            Returns::Type(ParamType::Array(&ParamType::Integer)),
        ),
        with(
            &[Param { name: "column", ty: ParamType::Bigint }],
            K,
            Returns::Type(ParamType::Array(&ParamType::Bigint)),
        ),
        with(
            &[Param { name: "column", ty: ParamType::Double }],
            K,
            Returns::Type(ParamType::Array(&ParamType::Double)),
        ),
        with(
            &[Param { name: "column", ty: ParamType::String }],
            K,
            Returns::Type(ParamType::Array(&ParamType::String)),
        ),
        structs(
            &[Param { name: "column", ty: ParamType::Integer }, OTHERS],
            "ARRAY<STRUCT<sort_col INT, col0 ANY...>>",
        ),
        structs(
            &[Param { name: "column", ty: ParamType::Bigint }, OTHERS],
            "ARRAY<STRUCT<sort_col BIGINT, col0 ANY...>>",
        ),
        structs(
            &[Param { name: "column", ty: ParamType::Double }, OTHERS],
            "ARRAY<STRUCT<sort_col DOUBLE, col0 ANY...>>",
        ),
        structs(
            &[Param { name: "column", ty: ParamType::String }, OTHERS],
            "ARRAY<STRUCT<sort_col STRING, col0 ANY...>>",
        ),
    ],
    examples: &[
        Example { call: "TOPK(x, 2) of 1; 3; NULL; 2; 3", result: "ARRAY[3, 3]" },
        Example { call: "TOPK(x, 2) of 1; 3; 2; 3 without 3", result: "ARRAY[3, 2]" },
        Example {
            call: "TOPK(x, y, 2) of 1, 'a'; 3, 'b'; 2, NULL",
            result: "ARRAY[STRUCT(sort_col := 3, col0 := 'b'), STRUCT(sort_col := 2, col0 := NULL)]",
        },
    ],
    state: |setup| ranked::state(setup, false),
};

const K: &[Param] = &[Param { name: "k", ty: ParamType::Integer }];
const OTHERS: Param = Param { name: "others", ty: ParamType::Each };

const fn structs(inputs: &'static [Param], shown: &'static str) -> AggregateOverload {
    AggregateOverload { inputs, variadic: true, constants: K, returns: Returns::Shown(shown, rows) }
}

/// The type of the structs, from the arguments' types, of which the last is k's.
fn rows(args: &[SqlType]) -> SqlType {
    let inputs = args.split_last().map_or(args, |(_, inputs)| inputs);
    let field = |(i, ty): (usize, &SqlType)| StructField {
        name: i.checked_sub(1).map_or("sort_col".into(), |i| format!("col{i}")),
        ty: ty.clone(),
    };
    SqlType::Array(SqlType::Struct(inputs.iter().enumerate().map(field).collect()).into())
}
