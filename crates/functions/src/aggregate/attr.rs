//! `ATTR`: the one value that all rows have.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "ATTR",
    description: "The value of a column that is the same in all rows; null when rows differ. Null is a value like any other.",
    undo: true,
    overloads: &[of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Like(0))],
};
