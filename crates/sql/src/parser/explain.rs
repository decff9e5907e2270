//! `EXPLAIN` of a running query or of a statement.

use crate::ast::{Explain, Statement, StatementKind};

use super::{Parsed, Parser};

/// How many levels of an expression a statement in another one counts as: by what both take of a thread's stack.
const LEVELS: u32 = 10;

impl Parser<'_> {
    /// `EXPLAIN id|statement`. The semicolon that follows is the statement's too, and is not taken.
    pub(super) fn explain(&mut self) -> Parsed<StatementKind> {
        self.expect("EXPLAIN")?;
        if self.sees_name() && self.ahead(1).is(";") {
            return Ok(StatementKind::Explain(Explain::Query(self.name("a query id")?)));
        }
        let first = self.at;
        self.descend_by(LEVELS)?;
        let kind = self.whole_statement()?;
        self.depth = self.depth.saturating_sub(LEVELS);
        let statement = Statement { kind, text: self.statement_text(first), span: self.span_with_next(first) };
        Ok(StatementKind::Explain(Explain::Statement(Box::new(statement))))
    }
}
