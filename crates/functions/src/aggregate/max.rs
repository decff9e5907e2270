//! `MAX`: the largest value.

use std::cmp::Ordering;

use super::declaration::of;
use super::{AggregateFunction, AggregateOverload, extreme};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "MAX",
    description: "The largest value of a column, nulls left out; null when there is none.",
    undo: false,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "MAX(x) of 3; NULL; 10", result: "10" },
        Example { call: "MAX(x) of 'b'; 'ab'", result: "'b'" },
        Example { call: "MAX(x) of X'01'; X'80'", result: "X'01'" },
        Example { call: "MAX(x) of 3; 10; 10 without 10", result: "10" },
    ],
    state: |setup| extreme::state(setup, Ordering::Greater),
};

const fn like(column: &'static [Param; 1]) -> AggregateOverload {
    of(column, Returns::Like(0))
}

/// Every type that has an order; also those of MIN.
pub(super) const OVERLOADS: [AggregateOverload; 9] = [
    like(&[Param { name: "column", ty: ParamType::Integer }]),
    like(&[Param { name: "column", ty: ParamType::Bigint }]),
    like(&[Param { name: "column", ty: ParamType::Double }]),
    like(&[Param { name: "column", ty: ParamType::Decimal }]),
    like(&[Param { name: "column", ty: ParamType::Date }]),
    like(&[Param { name: "column", ty: ParamType::Time }]),
    like(&[Param { name: "column", ty: ParamType::Timestamp }]),
    like(&[Param { name: "column", ty: ParamType::String }]),
    like(&[Param { name: "column", ty: ParamType::Bytes }]),
];
