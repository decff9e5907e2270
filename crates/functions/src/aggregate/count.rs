//! `COUNT`: how many rows.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COUNT",
    description: "How many rows have a value in a column; COUNT(*) and COUNT() count all rows.",
    undo: true,
    overloads: &[of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Type(ParamType::Bigint))],
};
