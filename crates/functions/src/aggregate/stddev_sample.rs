//! `STDDEV_SAMPLE`: the standard deviation of a sample.

use super::declaration::of;
use super::{AggregateFunction, AggregateOverload};
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV_SAMPLE",
    description: "The sample standard deviation of a column, nulls left out; 0 when there are less than two values.",
    undo: true,
    overloads: &OVERLOADS,
};

/// Also those of STDDEV_SAMP.
pub(super) const OVERLOADS: [AggregateOverload; 3] = [
    of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Type(ParamType::Double)),
    of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Type(ParamType::Double)),
    of(&[Param { name: "column", ty: ParamType::Double }], Returns::Type(ParamType::Double)),
];
