//! `COLLECT_SET`: the distinct values.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COLLECT_SET",
    description: "The distinct values of a column in the order of first occurrence, null included, up to the number that \
                  ksql.functions.collect_set.limit allows; what comes later is left out.",
    undo: false,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::Any('T') }],
        Returns::Type(ParamType::Array(&ParamType::Any('T'))),
    )],
};
