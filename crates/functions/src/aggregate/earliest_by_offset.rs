//! `EARLIEST_BY_OFFSET`: the first value, or the first few.

use super::declaration::{of, with};
use super::{AggregateFunction, AggregateOverload, by_offset};
use crate::{Example, Param, ParamType, Returns};

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "EARLIEST_BY_OFFSET",
    description: "The first value of a column in the order of processing, or an array of the first n. Nulls are left out unless \
                  the last argument is false.",
    undo: false,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "EARLIEST_BY_OFFSET(x) of NULL; 'a'; 'b'", result: "'a'" },
        Example { call: "EARLIEST_BY_OFFSET(x, FALSE) of NULL; 'a'; 'b'", result: "NULL" },
        Example { call: "EARLIEST_BY_OFFSET(x, 2) of 1; NULL; 2; 3", result: "ARRAY[1, 2]" },
        Example { call: "EARLIEST_BY_OFFSET(x, 2, FALSE) of 1; NULL; 2; 3", result: "ARRAY[1, NULL]" },
    ],
    state: |setup| by_offset::state::<false>(setup, "earliestN"),
};

const COLUMN: &[Param] = &[Param { name: "column", ty: ParamType::Any('T') }];
const N: Param = Param { name: "n", ty: ParamType::Integer };
const IGNORE_NULLS: Param = Param { name: "ignore_nulls", ty: ParamType::Boolean };
const VALUES: Returns = Returns::Type(ParamType::Array(&ParamType::Any('T')));

/// Also those of LATEST_BY_OFFSET.
pub(super) const OVERLOADS: [AggregateOverload; 4] = [
    of(COLUMN, Returns::Like(0)),
    with(COLUMN, &[IGNORE_NULLS], Returns::Like(0)),
    with(COLUMN, &[N], VALUES),
    with(COLUMN, &[N, IGNORE_NULLS], VALUES),
];
