//! Calls of functions: arguments, and what may stand around them that says which rows a function sees.

use crate::ast::{Expr, ExprKind, Ident, OrderItem};

use super::expression::Tree;
use super::{INDENT, Parsed, Parser, words};

impl Parser<'_> {
    /// `[DISTINCT] arguments )`, maybe with `FILTER (WHERE …)` or `OVER (…)` behind it; name and parenthesis are taken.
    pub(super) fn call(&mut self, first: usize, name: Ident) -> Parsed<Tree> {
        let distinct = self.take(&["DISTINCT"]);
        let empty = !distinct && self.take(&[")"]);
        let (args, below) = if empty { (Vec::new(), 0) } else { self.trees(")", Self::argument)? };
        if distinct || self.sees(&["FILTER", "("]) {
            return self.restricted(first, name, (args, below), distinct);
        }
        if self.sees(&["OVER", "("]) {
            return self.over(first, name, (args, below));
        }
        let kind = if self.context.ksql { ExprKind::Call { name, args } } else { words::meant(name, args) };
        self.node(first, kind, below)
    }

    /// `[FILTER (WHERE condition)]` behind a call.
    fn restricted(&mut self, first: usize, name: Ident, args: (Vec<Expr>, u32), distinct: bool) -> Parsed<Tree> {
        let (args, mut below) = args;
        let mut filter = None;
        if self.sees(&["FILTER", "("]) {
            self.advance();
            self.advance();
            self.expect("WHERE")?;
            let condition = self.tree()?;
            self.expect(")")?;
            below = below.max(condition.height);
            filter = Some(condition.expr);
        }
        self.node(first, ExprKind::AggregateCall { name, args, distinct, filter }, below)
    }

    /// `OVER ([PARTITION BY …] [ORDER BY …])` behind a call.
    fn over(&mut self, first: usize, name: Ident, args: (Vec<Expr>, u32)) -> Parsed<Tree> {
        let (args, mut below) = args;
        self.advance();
        self.advance();
        self.open(INDENT);
        let (mut partition_by, mut order_by): (Vec<Expr>, Vec<OrderItem>) = (Vec::new(), Vec::new());
        if self.take(&["PARTITION"]) {
            self.expect("BY")?;
            loop {
                let part = self.tree()?;
                below = below.max(part.height);
                partition_by.push(*part.expr);
                if !self.take(&[","]) {
                    break;
                }
            }
        }
        if self.take(&["ORDER"]) {
            self.expect("BY")?;
            loop {
                let compared = self.tree()?;
                below = below.max(compared.height);
                order_by.push(self.ordered(*compared.expr)?);
                if !self.take(&[","]) {
                    break;
                }
            }
        }
        self.close();
        if !self.take(&[")"]) {
            let expected: &[&str] = match (partition_by.is_empty(), order_by.is_empty()) {
                (true, true) => &["PARTITION", "ORDER", ")"],
                (false, true) => &["ORDER", ")"],
                _ => &[")"],
            };
            return Err(self.unexpected(expected));
        }
        self.node(first, ExprKind::WindowCall { name, args, partition_by, order_by }, below)
    }
}
