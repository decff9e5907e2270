//! The expressions of GROUP BY and PARTITION BY.

use crate::ast::Expr;
use crate::token::Kind;

use super::{INDENT, Level, Parsed, Parser};

impl Parser<'_> {
    /// `a, b` or `(a, b)`, the latter maybe empty. Without parentheses around them, predicates and logic are not
    /// grouping expressions.
    pub(super) fn grouping(&mut self) -> Parsed<Vec<Expr>> {
        if self.sees(&["("]) && self.closes_the_clause() {
            self.advance();
            return self.list_until(")", Self::expression);
        }
        self.open(INDENT);
        let by = self.list(|p| p.climb(Level::Concat).map(|tree| *tree.expr))?;
        self.close();
        if self.sees_predicate() {
            return Err(self.unexpected(&[",", ";"]).hint("comparisons and logic stand in parentheses here"));
        }
        Ok(by)
    }

    /// Whether the parenthesis that comes next closes where the clause ends: `(a, b)` rather than `(a + b) * c`.
    fn closes_the_clause(&self) -> bool {
        let mut open = 0_usize;
        for n in 0.. {
            match &self.ahead(n).kind {
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(")") if open == 1 => return self.clause_ends(n + 1),
                Kind::Symbol(")") => open -= 1,
                Kind::Symbol(";") | Kind::End => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether an operator comes next that makes a predicate of what precedes it.
    fn sees_predicate(&self) -> bool {
        let operators = ["=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT", "BETWEEN", "IN", "LIKE", "IS"];
        operators.iter().any(|operator| self.sees(&[operator]))
    }

    /// Whether the token `n` behind the next one is not part of a list of expressions.
    fn clause_ends(&self, n: usize) -> bool {
        let token = self.ahead(n);
        match &token.kind {
            Kind::Symbol(symbol) => matches!(*symbol, ";" | ")"),
            Kind::Word(word) => {
                let operators = ["AND", "OR", "NOT", "BETWEEN", "IN", "LIKE", "IS", "AT"];
                !operators.contains(&word.as_str())
            }
            _ => true,
        }
    }
}
