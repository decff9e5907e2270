//! The items of a projection, and aliases.

use crate::ast::{ExprKind, Ident, SelectItem};
use crate::token::Kind;

use super::{Finding, Parsed, Parser};

impl Parser<'_> {
    /// `*`, `source.*`, `struct->*` or `expression [[AS] alias]`
    pub(super) fn select_item(&mut self) -> Parsed<SelectItem> {
        if self.sees(&["*"]) {
            let span = self.peek().span;
            self.advance();
            return Ok(SelectItem::Wildcard { source: None, span });
        }
        if self.sees_name() && self.ahead(1).is(".") && self.ahead(2).is("*") {
            let source = Some(self.name("a source name")?);
            self.advance();
            let span = self.peek().span;
            self.advance();
            return Ok(SelectItem::Wildcard { source, span });
        }
        let first = self.at;
        let expr = self.expression()?;
        if self.sees(&["->", "*"]) {
            if !matches!(
                expr.kind,
                ExprKind::Column { .. }
                    | ExprKind::Field { .. }
                    | ExprKind::Subscript { .. }
                    | ExprKind::Call { .. }
                    | ExprKind::Cast { .. }
                    | ExprKind::Case { .. }
                    | ExprKind::Struct(_)
            ) {
                return Err(Finding::at(self.peek().span, "Syntax Error\n'->*' must follow a struct")
                    .hint("name the column, or put the expression in parentheses"));
            }
            self.at += 2;
            return Ok(SelectItem::StructWildcard { base: expr, span: self.span_from(first) });
        }
        // `SELECT 1 EMIT CHANGES` has no FROM that would end the list.
        let bare =
            |p: &Self| !p.sees(&["EMIT", "CHANGES"]) && !p.sees(&["EMIT", "FINAL"]) && !p.sees(&["UNION", "ALL"]);
        Ok(SelectItem::Expr { expr, alias: self.alias(bare)? })
    }

    /// `[AS] alias`; without AS only where `bare` says that the word is no clause.
    pub(super) fn alias(&mut self, bare: impl FnOnce(&Self) -> bool) -> Parsed<Option<Ident>> {
        if self.take(&["AS"]) {
            return self.name("an alias").map(Some);
        }
        if !self.sees_name() || self.sees_soft_clause() || !bare(self) {
            return Ok(None);
        }
        if matches!(self.peek().kind, Kind::Word(_)) {
            self.bare_alias = Some(self.at);
        }
        self.name("an alias").map(Some)
    }
}
