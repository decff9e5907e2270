//! Table functions, one file each, in name order: they make rows of a row.
//!
//! A call is evaluated like a scalar function's, to an array of lists: list `i` holds what row `i` becomes, one element a
//! row. An empty list and a null are no row at all. The overload's type is that of the elements.

mod cube_explode;
mod explode;

use millstream_types::SqlType;

use crate::resolve::overload;
use crate::{Error, Example, Overload, Resolved};

/// Every table function, sorted by name.
pub(crate) static ALL: &[&TableFunction] = &[&cube_explode::FUNCTION, &explode::FUNCTION];

/// A built-in table function.
#[derive(Debug)]
pub struct TableFunction {
    /// The name as messages show it; calls are matched in any case.
    pub name: &'static str,
    /// One or two sentences: what rows it makes, its edge cases and its rule about nulls.
    pub description: &'static str,
    /// Its signatures; `returns` is the type of one element, `eval` gives an Arrow list of them for each row.
    pub overloads: &'static [Overload],
    /// Calls with the array of what a row becomes; each runs as a test.
    pub examples: &'static [Example],
}

impl TableFunction {
    /// The overload for arguments of these types; `None` is the untyped NULL, which fits every parameter. A call is
    /// evaluated with `returns` of a list of [`Resolved::returns`].
    ///
    /// Errors: [`Error::User`] when none or several fit equally well.
    pub fn resolve(&'static self, args: &[Option<SqlType>]) -> Result<Resolved, Error> {
        overload(self.name, self.overloads, args)
    }
}
