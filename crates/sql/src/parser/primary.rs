//! What operators are applied to: literals, columns, calls, constructors, CASE, CAST, parentheses, and the `->` and
//! `[]` behind them.

use crate::ast::{Expr, ExprKind, Ident};
use crate::keywords::{is_reserved, is_unit};
use crate::token::Kind;
use crate::{Diagnostic, Span};

use super::expression::Tree;
use super::{Parsed, Parser, unsupported};

impl Parser<'_> {
    /// A primary expression with all `->field` and `[index]` behind it. `->*` is left to the projection.
    pub(super) fn primary(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let mut base = self.operand()?;
        loop {
            if self.sees(&["->"]) && !self.ahead(1).is("*") {
                self.advance();
                let field = self.name("a field name")?;
                let below = base.height;
                base = self.node(first, ExprKind::Field { base: base.boxed(), field }, below)?;
            } else if self.take(&["["]) {
                let index = self.tree()?;
                self.expect("]")?;
                let below = base.height.max(index.height);
                base = self.node(first, ExprKind::Subscript { base: base.boxed(), index: index.boxed() }, below)?;
            } else {
                return Ok(base);
            }
        }
    }

    fn operand(&mut self) -> Parsed<Tree> {
        let first = self.at;
        if let Some(kind) = self.plain_literal()? {
            let below = u32::from(matches!(kind, ExprKind::Sign { .. }));
            return self.node(first, kind, below);
        }
        let token = self.peek();
        match &token.kind {
            Kind::Symbol("(") => self.parenthesised(),
            Kind::Quoted(_) => self.named(),
            Kind::Word(word) => match (word.as_str(), &self.ahead(1).kind) {
                ("CASE", _) => self.case(),
                ("CAST", _) => self.cast(),
                ("ARRAY", Kind::Symbol("[")) => self.array(),
                ("MAP", Kind::Symbol("(")) => self.map(),
                ("STRUCT", Kind::Symbol("(")) => self.structure(),
                ("EXISTS", Kind::Symbol("(")) => Err(self.unsupported_here(1, "EXISTS")),
                (word, _) if is_reserved(word) => Err(self.no_expression()),
                _ => self.named(),
            },
            _ => Err(self.unexpected(&["an expression"])),
        }
    }

    /// What is wrong when a reserved word stands where an expression must.
    fn no_expression(&self) -> Diagnostic {
        match self.peek().word() {
            // The word goes on with the statement: something is missing before it.
            Some("FROM" | "WHERE" | "AS" | "AND" | "OR" | "THEN" | "WHEN" | "ELSE" | "END" | "LIMIT" | "NOT") => {
                self.unexpected(&["an expression"])
            }
            _ => self.reserved("an expression"),
        }
    }

    /// `( expression )`. The parentheses leave no node.
    fn parenthesised(&mut self) -> Parsed<Tree> {
        if let Some(span) = self.lambda() {
            return Err(unsupported(span, "a lambda function (=>)"));
        }
        self.advance();
        if self.sees(&["SELECT"]) {
            return Err(self.unsupported_here(1, "a sub-query"));
        }
        let inner = self.tree()?;
        self.expect(")")?;
        Ok(inner)
    }

    /// The place of `=>` if `(a, b) =>` comes next.
    fn lambda(&self) -> Option<Span> {
        let mut n = 1;
        while matches!(self.ahead(n).kind, Kind::Word(_) | Kind::Quoted(_)) && self.ahead(n + 1).is(",") {
            n += 2;
        }
        (self.ahead(n + 1).is(")") && self.ahead(n + 2).is("=>")).then(|| self.ahead(n + 2).span)
    }

    /// `column`, `source.column` or `function(…)`
    fn named(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let name = self.name("an expression")?;
        if self.take(&["("]) {
            return self.call(first, name);
        }
        if !self.take(&["."]) {
            return self.node(first, ExprKind::Column { source: None, name }, 0);
        }
        let column = self.name("a column name")?;
        if self.sees(&["."]) {
            return Err(self
                .unexpected(&["an operator"])
                .hint("a field of a struct is read with ->, as in column->field"));
        }
        self.node(first, ExprKind::Column { source: Some(name), name: column }, 0)
    }

    fn call(&mut self, first: usize, name: Ident) -> Parsed<Tree> {
        if self.sees(&["*", ")"]) {
            return Err(self.unsupported_here(1, &format!("{}(*)", name.value)));
        }
        let mut below = 0;
        let args = self.list_until(")", |p| {
            let argument = p.argument()?;
            below = below.max(argument.height);
            Ok(argument.expr)
        })?;
        self.node(first, ExprKind::Call { name, args }, below)
    }

    fn argument(&mut self) -> Parsed<Tree> {
        let ends = self.ahead(1).is(",") || self.ahead(1).is(")");
        if ends && self.peek().word().is_some_and(|word| is_unit(word) && is_reserved(word)) {
            return Err(self.unsupported_here(1, "a time unit as an argument"));
        }
        if matches!(self.peek().kind, Kind::Word(_)) && self.ahead(1).is("=>") {
            return Err(unsupported(self.ahead(1).span, "a lambda function (=>)"));
        }
        self.tree()
    }

    /// `CASE [x] WHEN a THEN b … [ELSE c] END`
    fn case(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.expect("CASE")?;
        let mut below = 0;
        let mut part = |p: &mut Self| {
            let tree = p.tree()?;
            below = below.max(tree.height);
            Ok(tree.expr)
        };
        let operand = if self.sees(&["WHEN"]) { None } else { Some(Box::new(part(self)?)) };
        let mut whens = Vec::new();
        while self.take(&["WHEN"]) {
            let condition = part(self)?;
            self.expect("THEN")?;
            whens.push((condition, part(self)?));
        }
        if whens.is_empty() {
            return Err(self.unexpected(&["WHEN"]));
        }
        let otherwise = if self.take(&["ELSE"]) { Some(Box::new(part(self)?)) } else { None };
        if !self.take(&["END"]) {
            return Err(self.unexpected(if otherwise.is_some() { &["END"] } else { &["WHEN", "ELSE", "END"] }));
        }
        self.node(first, ExprKind::Case { operand, whens, otherwise }, below)
    }

    /// `CAST(x AS type)`
    fn cast(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.expect("CAST")?;
        self.expect("(")?;
        let operand = self.tree()?;
        self.expect("AS")?;
        let ty = self.data_type()?;
        self.expect(")")?;
        let below = operand.height;
        self.node(first, ExprKind::Cast { expr: operand.boxed(), ty }, below)
    }

    /// `ARRAY[a, b]`
    fn array(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.at += 2;
        let (items, below) = self.trees("]", false)?;
        self.node(first, ExprKind::Array(items), below)
    }

    /// `MAP(k := v, …)`
    fn map(&mut self) -> Parsed<Tree> {
        self.pairs(|p| p.tree().map(|key| (key.expr, key.height)), ExprKind::Map)
    }

    /// `STRUCT(f := v, …)`
    fn structure(&mut self) -> Parsed<Tree> {
        self.pairs(|p| Ok((p.name("a field name")?, 0)), ExprKind::Struct)
    }

    /// `WORD(key := value, …)`
    fn pairs<K>(
        &mut self,
        mut key: impl FnMut(&mut Self) -> Parsed<(K, u32)>,
        kind: impl FnOnce(Vec<(K, Expr)>) -> ExprKind,
    ) -> Parsed<Tree> {
        let first = self.at;
        self.at += 2;
        let mut below = 0;
        let pairs = self.list_until(")", |p| {
            let (key, height) = key(p)?;
            p.expect(":=")?;
            let value = p.tree()?;
            below = below.max(height).max(value.height);
            Ok((key, value.expr))
        })?;
        self.node(first, kind(pairs), below)
    }
}
