//! `COLLECT_LIST`: all values.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COLLECT_LIST",
    description: "The values of a column in the order of processing, nulls and repetitions included, up to the number that \
                  ksql.functions.collect_list.limit allows; what comes later is left out.",
    undo: true,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::Any('T') }],
        Returns::Type(ParamType::Array(&ParamType::Any('T'))),
    )],
};
