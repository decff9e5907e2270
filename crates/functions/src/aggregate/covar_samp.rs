//! `COVAR_SAMP`: the covariance of two columns of a sample.

use super::AggregateFunction;
use super::moments::{self, mean};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "COVAR_SAMP",
    description: "The covariance of two columns of one type of a sample, computed in DOUBLE. Rows with a null are left \
                  out; NULL when there are less than two rows.",
    undo: true,
    extension: true,
    overloads: &moments::TWO,
    examples: &[
        Example { call: "COVAR_SAMP(y, x) of 1, 2; NULL, 3; 3, 6", result: "4E0" },
        Example { call: "COVAR_SAMP(y, x) of 1, 2; 3, 6 without 3, 6", result: "NULL" },
    ],
    state: |setup| moments::state(setup, |m| mean(m.yx, m.count, true)),
};
