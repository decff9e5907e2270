//! `TERMINATE`, `PAUSE` and `RESUME` of one query or of all.

use crate::ast::QueryRef;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `id|ALL` behind the verb, which comes next.
    pub(super) fn control(&mut self) -> Parsed<QueryRef> {
        self.advance(); // TERMINATE, PAUSE or RESUME
        if self.take(&["ALL"]) {
            return Ok(QueryRef::All);
        }
        self.name("a query id").map(QueryRef::Id)
    }
}
