//! Arguments of functions: expressions, lambdas, units of time, and the star of `COUNT(*)`.

use crate::ast::{ExprKind, TimeUnit};
use crate::keywords::{begins_with_unit, is_reserved};
use crate::token::{Kind, Token};

use super::expression::Tree;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// One argument.
    pub(super) fn argument(&mut self) -> Parsed<Tree> {
        let first = self.at;
        if self.sees(&["*"])
            && self.ahead(1).is(")")
            && self.tokens.get(first.wrapping_sub(1)).is_some_and(|t| t.is("("))
        {
            self.advance();
            return self.node(first, ExprKind::Star, 0);
        }
        if let Some(unit) = self.unit() {
            self.advance();
            return self.node(first, ExprKind::Unit(unit), 0);
        }
        if self.lambda_follows() {
            return self.lambda();
        }
        self.tree()
    }

    /// The unit of time that stands alone here. A word that may be a column (`DAY`) is one, but for where only a unit can
    /// stand.
    fn unit(&self) -> Option<TimeUnit> {
        let word = self.peek().word().filter(|word| is_reserved(word) || self.after_unit_call())?;
        if self.ahead(1).is(",") || self.ahead(1).is(")") { TimeUnit::from_word(word) } else { None }
    }

    /// Whether the next token is the first argument of a function that has a unit there.
    fn after_unit_call(&self) -> bool {
        let before = |n: usize| self.at.checked_sub(n).and_then(|at| self.tokens.get(at));
        let named = || before(2).and_then(Token::word).is_some_and(begins_with_unit);
        before(1).is_some_and(|token| token.is("(")) && named()
    }

    /// Whether `x =>` or `(x, y) =>` comes next.
    fn lambda_follows(&self) -> bool {
        let name = |n: usize| matches!(self.ahead(n).kind, Kind::Word(_) | Kind::Quoted(_));
        if !self.sees(&["("]) {
            return name(0) && self.ahead(1).is("=>");
        }
        let mut n = 1;
        while name(n) && self.ahead(n + 1).is(",") {
            n += 2;
        }
        name(n) && self.ahead(n + 1).is(")") && self.ahead(n + 2).is("=>")
    }

    /// `x => e` or `(x, y) => e`
    fn lambda(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let params = if self.take(&["("]) {
            self.enclosed(")", |p| p.name("a parameter name"))?
        } else {
            vec![self.name("a parameter name")?]
        };
        self.expect("=>")?;
        let body = self.tree()?;
        let below = body.height;
        self.node(first, ExprKind::Lambda { params, body: body.expr }, below)
    }
}
