//! Predicates but comparisons: BETWEEN, IN, LIKE, IS NULL, IS DISTINCT FROM.

use crate::ast::{CompareOp, ExprKind};

use super::expression::Tree;
use super::{Finding, Level, Parsed, Parser};

impl Parser<'_> {
    /// `[NOT] BETWEEN …`, `[NOT] IN …`, `[NOT] LIKE …`, `IS …`
    pub(super) fn test(&mut self, first: usize, left: Tree) -> Parsed<Tree> {
        if self.take(&["IS"]) {
            return self.is_test(first, left);
        }
        let negated = self.take(&["NOT"]);
        if self.take(&["BETWEEN"]) {
            let low = self.climb(Level::Concat)?;
            self.expect("AND")?;
            let high = self.climb(Level::Concat)?;
            let below = left.height.max(low.height).max(high.height);
            let (expr, low, high) = (left.expr, low.expr, high.expr);
            return self.node(first, ExprKind::Between { expr, negated, low, high }, below);
        }
        if self.take(&["IN"]) {
            return self.in_list(first, left, negated);
        }
        if self.take(&["LIKE"]) {
            let pattern = self.climb(Level::Concat)?;
            let escape = if self.take(&["ESCAPE"]) { Some(self.escape()?) } else { None };
            let below = left.height.max(pattern.height);
            let (expr, pattern) = (left.expr, pattern.expr);
            return self.node(first, ExprKind::Like { expr, negated, pattern, escape }, below);
        }
        if !self.context.ksql && self.take(&["ILIKE"]) {
            return self.like_in_any_case(first, left, negated);
        }
        Err(self.unexpected(&["BETWEEN", "IN", "LIKE"]))
    }

    /// `[NOT] NULL`, `[NOT] DISTINCT FROM x`, `[NOT] TRUE`, IS taken
    fn is_test(&mut self, first: usize, left: Tree) -> Parsed<Tree> {
        let negated = self.take(&["NOT"]);
        if self.take(&["NULL"]) {
            let below = left.height;
            return self.node(first, ExprKind::IsNull { expr: left.expr, negated }, below);
        }
        if self.take(&["DISTINCT"]) {
            self.expect("FROM")?;
            let right = self.climb(Level::Concat)?;
            let below = left.height.max(right.height);
            let op = if negated { CompareOp::NotDistinct } else { CompareOp::Distinct };
            return self.node(first, ExprKind::Compare { op, left: left.expr, right: right.expr }, below);
        }
        if !self.context.ksql && ["TRUE", "FALSE", "UNKNOWN"].iter().any(|truth| self.sees(&[truth])) {
            return self.truth(first, left, negated);
        }
        Err(self.unexpected(if negated { &["NULL", "DISTINCT"] } else { &["NULL", "NOT", "DISTINCT"] }))
    }

    /// `(a, b)`, IN taken
    fn in_list(&mut self, first: usize, left: Tree, negated: bool) -> Parsed<Tree> {
        self.expect("(")?;
        if self.sees(&["SELECT"]) || self.sees(&["WITH"]) {
            return self.in_query(first, left, negated);
        }
        let (list, below) = self.trees(")", Self::tree)?;
        let below = below.max(left.height);
        self.node(first, ExprKind::InList { expr: left.expr, negated, list }, below)
    }

    /// `query)`, IN and the parenthesis taken. By itself, for lists of lists must not take the stack that queries need.
    #[inline(never)]
    fn in_query(&mut self, first: usize, left: Tree, negated: bool) -> Parsed<Tree> {
        let query = Box::new(self.enclosed_query()?);
        let below = left.height;
        self.node(first, ExprKind::InQuery { expr: left.expr, negated, query }, below)
    }

    /// The escape character of LIKE.
    pub(super) fn escape(&mut self) -> Parsed<char> {
        let span = self.peek().span;
        let text = self.text("an escape character in single quotes")?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(escape), None) => Ok(escape),
            _ => Err(Finding::at(span, "ESCAPE must be a single character")),
        }
    }
}
