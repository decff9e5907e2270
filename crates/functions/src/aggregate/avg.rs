//! `AVG`: the mean.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "AVG",
    description: "The mean of a column, nulls left out; 0 when there is none. The sum of INTEGERs wraps at 32 bits.",
    undo: true,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Type(ParamType::Double)),
        of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Type(ParamType::Double)),
        of(&[Param { name: "column", ty: ParamType::Double }], Returns::Type(ParamType::Double)),
    ],
};
