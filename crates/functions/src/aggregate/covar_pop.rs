//! `COVAR_POP`: the covariance of two columns.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COVAR_POP",
    description: "The covariance of two columns of one type, computed in DOUBLE. Rows with a null are left out; NULL \
                  when there is no row.",
    undo: true,
    extension: true,
    overloads: &moments::TWO,
    examples: &[
        Example { call: "COVAR_POP(y, x) of 1, 2; NULL, 3; 3, 6", result: "2E0" },
        Example { call: "COVAR_POP(y, x) of 1, 2; 3, 6 without 3, 6", result: "0E0" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yx, m.count, false)),
};
