//! `HISTOGRAM`: how often each value occurs.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "HISTOGRAM",
    description: "A map from each value of a column to the number of rows that have it. It has up to 1000 values; those that \
                  come later are left out.",
    undo: true,
    overloads: &[of(
        &[Param { name: "column", ty: ParamType::String }],
        Returns::Type(ParamType::Map(&ParamType::String, &ParamType::Bigint)),
    )],
};
