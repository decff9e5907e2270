//! A query that the grammar here does not have, but standard SQL does: taken as its text.

use crate::ast::StatementKind;
use crate::standard;
use crate::token::Kind;

use super::Parser;

impl Parser<'_> {
    /// The statement from the token at `first` to its semicolon, which is not taken, if it is a query without EMIT that
    /// standard SQL has and the context takes such.
    pub(super) fn standard(&mut self, first: usize) -> Option<StatementKind> {
        let tokens = self.tokens.get(first..).filter(|_| self.context.standard)?;
        if !tokens.first().is_some_and(|token| token.is("SELECT") || token.is("WITH")) {
            return None;
        }
        let length = tokens.iter().position(|token| token.is(";"))?;
        let tokens = tokens.get(..length)?;
        // What a variable would stand for is not known.
        let unread = |kind: &Kind| matches!(kind, Kind::Broken { .. } | Kind::Variable(_));
        let emits = tokens.windows(2).any(|two| match two {
            [emit, what] => emit.is("EMIT") && (what.is("CHANGES") || what.is("FINAL")),
            _ => false,
        });
        if emits || tokens.iter().any(|token| unread(&token.kind)) {
            return None;
        }
        let before = std::mem::replace(&mut self.at, first + length);
        let text = self.statement_text(first);
        let text = text.strip_suffix(';').unwrap_or(&text);
        if standard::query(text).is_err() {
            self.at = before;
            return None;
        }
        Some(StatementKind::Standard { text: text.to_owned() })
    }
}
