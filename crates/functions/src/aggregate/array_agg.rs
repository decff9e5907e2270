//! `ARRAY_AGG`: all values, as standard SQL has it.

use super::AggregateFunction;
use super::declaration::of;
use super::gathered::{self, Shown};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "ARRAY_AGG",
    description: "The values of a column in the order of processing, nulls and repetitions included; NULL when there is no row. \
                  Where rows are taken back, the last one that is equal goes.",
    undo: true,
    extension: true,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::Any('T') }],
        Returns::Type(ParamType::Array(&ParamType::Any('T'))),
    )],
    examples: &[
        Example { call: "ARRAY_AGG(x) of 1; NULL; 1", result: "ARRAY[1, NULL, 1]" },
        Example { call: "ARRAY_AGG(x) of 'a' without 'a'", result: "NULL" },
    ],
    state: |setup| gathered::state(setup, Shown::Array),
};
