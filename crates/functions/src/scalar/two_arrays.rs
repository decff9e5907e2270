//! What the functions that make a set of two arrays share: the signature, and the loop.

use std::ops::Range;

use arrow::array::ArrayRef;

use crate::element_set::ElementSet;
use crate::lists::{ListColumn, Lists};
use crate::{Call, Error, Overload, Param, ParamType, Returns};

/// The signature.
pub(super) const fn overload(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload {
        params: &[
            Param { name: "left", ty: ParamType::Array(&ParamType::Any('T')) },
            Param { name: "right", ty: ParamType::Array(&ParamType::Any('T')) },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: false,
        eval,
    }
}

/// The two arrays of a row.
pub(super) struct Row {
    /// Where the elements of the first stand in array 0.
    pub(super) left: Range<usize>,
    /// Where the elements of the second stand in array 1.
    pub(super) right: Range<usize>,
}

/// Has `f` pick the elements of each row in which neither array is null; the set is empty for each.
pub(super) fn pick(
    call: &Call<'_>,
    mut f: impl FnMut(Row, &mut ElementSet<'_>, &mut ListColumn),
) -> Result<ArrayRef, Error> {
    let (left, right) = (Lists::of(call.arg(0)?)?, Lists::of(call.arg(1)?)?);
    let mut set = ElementSet::of(&[left.elements(), right.elements()])?;
    let mut out = ListColumn::default();
    for row in 0..call.rows {
        let Some((left, right)) = left.row(row).zip(right.row(row)) else {
            out.null()?;
            continue;
        };
        set.clear();
        f(Row { left, right }, &mut set, &mut out);
        out.end()?;
    }
    out.finish(&[left.elements(), right.elements()], call.returns)
}
