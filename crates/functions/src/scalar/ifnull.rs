//! `IFNULL`: the first argument, or the second when the first is null.

use crate::{Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "IFNULL",
    category: "CONDITIONAL",
    description: "The first argument, or the second when the first is null.",
    overloads: &[Overload {
        params: &[
            Param { name: "value", ty: ParamType::Any('T') },
            Param { name: "otherwise", ty: ParamType::Any('T') },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: false,
        eval: super::coalesce::eval,
    }],
    examples: &[
        Example { call: "IFNULL(NULL, 'x')", result: "'x'" },
        Example { call: "IFNULL('a', 'x')", result: "'a'" },
    ],
};
