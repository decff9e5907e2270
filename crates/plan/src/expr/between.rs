//! `x [NOT] BETWEEN low AND high`: `x >= low AND x <= high`, false when one of the three is null.

use millstream_sql::ast::Expr;

use super::compare::Comparison;
use super::{Compiler, Typed, logic};

impl Compiler<'_> {
    pub(super) fn between(&mut self, expr: &Expr, negated: bool, low: &Expr, high: &Expr) -> Option<Typed> {
        let value = self.operand(expr);
        let bottom = self.comparand(low, expr);
        let top = self.comparand(high, expr);
        let value = value?;
        // ksqlDB finds this out later than it does of other comparisons.
        let prefix = "Invalid expression: ";
        let above =
            bottom.and_then(|b| self.compared(Comparison::GreaterOrEqual, (expr, value.clone()), (low, b), prefix));
        let below = top.and_then(|t| self.compared(Comparison::LessOrEqual, (expr, value), (high, t), prefix));
        Some(logic::negated(logic::all(vec![above?, below?]), negated))
    }
}
