//! `COUNT_IF`: for how many rows a condition is true.

use super::declaration::of;
use super::flags::{self, CONDITION, Shown};
use super::{AggregateFunction, AggregateOverload};
use crate::{Example, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COUNT_IF",
    description: "For how many rows a condition is true.",
    undo: true,
    extension: true,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "COUNT_IF(x) of TRUE; NULL; FALSE; TRUE", result: "2" },
        Example { call: "COUNT_IF(x) of TRUE; TRUE without TRUE", result: "1" },
    ],
    state: |_| Ok(flags::state(Shown::Count)),
};

static OVERLOADS: [AggregateOverload; 1] = [of(&CONDITION, Returns::Type(ParamType::Bigint))];
