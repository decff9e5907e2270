//! `SUM`: the sum.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "SUM",
    description: "The sum of a column, nulls left out; 0 when there is none. INTEGER and BIGINT wrap; a DECIMAL that gets too large \
                  fails.",
    undo: true,
    overloads: &[
        of(&[Param { name: "column", ty: ParamType::Integer }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Bigint }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Double }], Returns::Like(0)),
        of(&[Param { name: "column", ty: ParamType::Decimal }], Returns::Like(0)),
    ],
};
