//! `STDDEV_SAMPLE`: the standard deviation of a sample.

use super::declaration::of;
use super::{AggregateFunction, AggregateOverload, spread};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV_SAMPLE",
    description: "The sample standard deviation of a column, nulls left out; 0 when there are less than two values.",
    undo: true,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "STDDEV_SAMPLE(x) of 5; NULL; 8; 11", result: "3E0" },
        Example { call: "STDDEV_SAMPLE(x) of 5; 8; 11; 100 without 100", result: "3E0" },
        Example { call: "STDDEV_SAMPLE(x) of 5", result: "0E0" },
    ],
    state: |setup| spread::state(setup, f64::sqrt),
};

/// Also those of STDDEV_SAMP.
pub(super) const OVERLOADS: [AggregateOverload; 3] = [
    of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Type(ParamType::Double)),
    of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Type(ParamType::Double)),
    of(&[Param { name: "column", ty: ParamType::Double }], Returns::Type(ParamType::Double)),
];
