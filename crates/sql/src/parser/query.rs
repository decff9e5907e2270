//! `SELECT` over one source.

use crate::ast::{Emit, ExprKind, From, Ident, Query, Relation, RelationSource, SelectItem};
use crate::token::Kind;

use super::{Finding, Parsed, Parser};

/// Clauses in their order, for suggestions and for what stands at the wrong place.
const CLAUSES: &[&str] = &["WHERE", "EMIT", "LIMIT"];

/// Clauses of ksqlDB that do not exist yet, by their first words.
const MISSING: &[(&[&str], &str)] = &[
    (&["JOIN"], "JOIN"),
    (&["INNER"], "JOIN"),
    (&["LEFT"], "JOIN"),
    (&["RIGHT"], "JOIN"),
    (&["FULL"], "JOIN"),
    (&["WINDOW"], "WINDOW"),
    (&["GROUP", "BY"], "GROUP BY"),
    (&["PARTITION", "BY"], "PARTITION BY"),
    (&["HAVING"], "HAVING"),
    (&["EMIT", "FINAL"], "EMIT FINAL"),
];

impl Parser<'_> {
    /// `SELECT items FROM source [WHERE condition] [EMIT CHANGES] [LIMIT n]`
    pub(super) fn query(&mut self) -> Parsed<Query> {
        let first = self.at;
        self.expect("SELECT")?;
        if self.sees(&["DISTINCT"]) {
            return Err(self.unsupported_here(1, "SELECT DISTINCT"));
        }
        let items = self.list(Self::select_item)?;
        if !self.take(&["FROM"]) {
            return Err(self.unexpected(&[",", "FROM"]));
        }
        let from = self.relation()?;
        self.missing_clause()?;
        let filter = if self.take(&["WHERE"]) { Some(self.expression()?) } else { None };
        self.missing_clause()?;
        let emit = if self.take(&["EMIT"]) {
            self.expect("CHANGES")?;
            Emit::Changes
        } else {
            Emit::None
        };
        let limit = if self.take(&["LIMIT"]) { Some(self.count("a number of rows")?) } else { None };
        Ok(Query {
            with: Vec::new(),
            items,
            from: Some(From { first: from, joins: Vec::new() }),
            window: None,
            filter,
            group_by: None,
            partition_by: None,
            having: None,
            union_all: Vec::new(),
            emit,
            limit,
            span: self.span_from(first),
        })
    }

    /// `*`, `source.*`, `struct->*` or `expression [[AS] alias]`
    fn select_item(&mut self) -> Parsed<SelectItem> {
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
        Ok(SelectItem::Expr { expr, alias: self.alias(|_| true)? })
    }

    /// The one source.
    fn relation(&mut self) -> Parsed<Relation> {
        if self.sees(&["("]) {
            return Err(self.unsupported_here(1, "a sub-query"));
        }
        let name = self.name("a source name")?;
        let alias = self.alias(|p| !p.sees(&["EMIT", "CHANGES"]) && p.missing_clause().is_ok())?;
        if self.sees(&[","]) {
            return Err(self.unsupported_here(1, "more than one source").hint("sources are combined by JOIN"));
        }
        Ok(Relation { source: RelationSource::Named(name), alias })
    }

    /// `[AS] alias`; without AS only where `bare` says that the word is no clause.
    fn alias(&mut self, bare: impl FnOnce(&Self) -> bool) -> Parsed<Option<Ident>> {
        if self.take(&["AS"]) {
            return self.name("an alias").map(Some);
        }
        if !self.sees_name() || !bare(self) {
            return Ok(None);
        }
        if matches!(self.peek().kind, Kind::Word(_)) {
            self.bare_alias = Some(self.at);
        }
        self.name("an alias").map(Some)
    }

    /// Fails at a clause that does not exist yet.
    fn missing_clause(&self) -> Parsed<()> {
        match MISSING.iter().find(|(words, _)| self.sees(words)) {
            Some((words, what)) => Err(self.unsupported_here(words.len(), what)),
            None => Ok(()),
        }
    }

    /// Says more about what stands behind a whole query.
    pub(super) fn misplaced_clause(&self, finding: Finding) -> Finding {
        if let Err(missing) = self.missing_clause() {
            return missing;
        }
        if self.peek().word().is_some_and(|word| CLAUSES.contains(&word)) {
            return finding.hint("clauses stand in this order: WHERE, EMIT CHANGES, LIMIT");
        }
        let expected: Vec<&str> = CLAUSES.iter().copied().chain([";"]).collect();
        match self.suggestion(&expected) {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    }
}
