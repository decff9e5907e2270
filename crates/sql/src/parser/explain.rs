//! `EXPLAIN` of a running query or of a statement.

use crate::ast::{Explain, Statement, StatementKind};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `EXPLAIN id|statement`. The semicolon that follows is the statement's too, and is not taken.
    pub(super) fn explain(&mut self) -> Parsed<StatementKind> {
        self.expect("EXPLAIN")?;
        if self.sees_name() && self.ahead(1).is(";") {
            return Ok(StatementKind::Explain(Explain::Query(self.name("a query id")?)));
        }
        let first = self.at;
        let kind = self.nested(Self::statement)?;
        if !self.sees(&[";"]) {
            return Err(self.unterminated(&kind));
        }
        let statement = Statement { kind, text: self.statement_text(first), span: self.span_with_next(first) };
        Ok(StatementKind::Explain(Explain::Statement(Box::new(statement))))
    }
}
