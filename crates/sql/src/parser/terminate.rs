//! `TERMINATE` of one query or of all.

use crate::ast::QueryRef;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `TERMINATE id|ALL`
    pub(super) fn terminate(&mut self) -> Parsed<QueryRef> {
        self.expect("TERMINATE")?;
        if self.take(&["ALL"]) {
            return Ok(QueryRef::All);
        }
        self.name("a query id").map(QueryRef::Id)
    }
}
