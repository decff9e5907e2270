//! `SUM_LIST`: the sum over arrays.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "SUM_LIST",
    description: "The sum of the elements of all arrays of a column, nulls left out; 0 when there is none. INTEGER and BIGINT \
                  wrap.",
    undo: true,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Integer) }], Returns::Type(ParamType::Integer)),
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Bigint) }], Returns::Type(ParamType::Bigint)),
        of(&[Param { name: "column", ty: ParamType::Array(&ParamType::Double) }], Returns::Type(ParamType::Double)),
    ],
};
