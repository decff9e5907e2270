//! `COUNT_DISTINCT`: how many different values, approximately.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COUNT_DISTINCT",
    description: "How many different values a column has, nulls left out: an estimate that is off by a percent or two, in \
                  bounded memory.",
    undo: false,
    overloads: &[of(&[Param { name: "column", ty: ParamType::Any('T') }], Returns::Type(ParamType::Bigint))],
};
