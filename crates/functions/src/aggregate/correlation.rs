//! `CORRELATION`: how far two columns rise and fall together.

use super::AggregateFunction;
use super::declaration::of;
use crate::{Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "CORRELATION",
    description: "Pearson's correlation coefficient of two columns, from -1 to 1. Rows with a null are left out; NaN when it is \
                  not defined, as for a single row or a column that never changes.",
    undo: true,
    overloads: &[
        of(
            &[Param { name: "x", ty: ParamType::Integer }, Param { name: "y", ty: ParamType::Integer }],
            Returns::Type(ParamType::Double),
        ),
        of(
            &[Param { name: "x", ty: ParamType::Bigint }, Param { name: "y", ty: ParamType::Bigint }],
            Returns::Type(ParamType::Double),
        ),
        of(
            &[Param { name: "x", ty: ParamType::Double }, Param { name: "y", ty: ParamType::Double }],
            Returns::Type(ParamType::Double),
        ),
    ],
};
