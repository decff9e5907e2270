//! `MAP_UNION`: the entries of two maps.

use arrow::array::ArrayRef;

use crate::lists::{MapColumn, Maps};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "MAP_UNION",
    category: "MAP",
    description: "The entries of two maps; the second has the last word on keys that both have. If one map is null it is \
                  the other; null when both are.",
    overloads: &[Overload {
        params: &[
            Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) },
            Param { name: "other", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V'))),
        fallible: false,
        eval,
    }],
    examples: &[
        Example {
            call: "MAP_UNION(MAP('a' := 1, 'b' := 2), MAP('b' := NULL, 'c' := 3))",
            result: "MAP('a' := 1, 'b' := NULL, 'c' := 3)",
        },
        Example { call: "MAP_UNION(NULL, MAP('a' := 1))", result: "MAP('a' := 1)" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let maps = [Maps::of(call.arg(0)?)?, Maps::of(call.arg(1)?)?];
    let mut out = MapColumn::of(maps.iter().map(|m| m.keys().as_ref()).collect())?;
    for row in 0..call.rows {
        let entries = [0, 1].map(|i| maps[i].row(row));
        if entries.iter().all(Option::is_none) {
            out.null()?;
            continue;
        }
        for (i, range) in entries.into_iter().enumerate() {
            range.into_iter().flatten().for_each(|at| out.put((i, at), (i, at)));
        }
        out.end()?;
    }
    out.finish(&[maps[0].values(), maps[1].values()], call.returns)
}
