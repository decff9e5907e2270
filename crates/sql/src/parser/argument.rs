//! Arguments of functions: expressions, lambdas, units of time, and the star of `COUNT(*)`.

use crate::ast::{ExprKind, TimeUnit};
use crate::keywords::is_reserved;
use crate::token::Kind;

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

    /// The unit of time that stands alone here. A word that may be a column (`DAY`) is one.
    fn unit(&self) -> Option<TimeUnit> {
        let word = self.peek().word().filter(|word| is_reserved(word))?;
        if self.ahead(1).is(",") || self.ahead(1).is(")") { TimeUnit::from_word(word) } else { None }
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
