//! `CORR`: how far two columns rise and fall together, as standard SQL has it.

use super::AggregateFunction;
use super::moments::{self, Moments};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "CORR",
    description: "Pearson's correlation coefficient of two columns of one type, from -1 to 1, computed in DOUBLE. Rows \
                  with a null are left out; NULL when it is not defined, as for a single row or a column that never \
                  changes. CORRELATION gives NaN then.",
    undo: true,
    extension: true,
    overloads: &moments::TWO,
    examples: &[
        Example { call: "CORR(y, x) of 1, 8; NULL, 3; -1, -2", result: "1E0" },
        Example { call: "CORR(y, x) of 1, 2; 2, 1; 3, 3 without 3, 3", result: "-1E0" },
        Example { call: "CORR(y, x) of 1, 8", result: "NULL" },
    ],
    state: |setup| moments::state_with_noise(setup, coefficient),
};

fn coefficient(m: &Moments) -> Option<f64> {
    // The product is rounded once; where it leaves what a DOUBLE holds, the roots do not.
    let (yy, xx) = m.squares();
    let product = yy * xx;
    let spread = if product.is_normal() { product.sqrt() } else { yy.sqrt() * xx.sqrt() };
    (spread > 0.0).then(|| (m.yx / spread).clamp(-1.0, 1.0))
}
