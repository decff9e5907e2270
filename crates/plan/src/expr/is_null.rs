//! `x IS [NOT] NULL`, by DataFusion's own expressions.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{IsNotNullExpr, IsNullExpr};
use millstream_sql::ast::Expr;
use millstream_types::SqlType;

use super::{Compiler, Typed};

impl Compiler<'_> {
    pub(super) fn is_null(&mut self, expr: &Expr, negated: bool) -> Option<Typed> {
        let typed = self.operand(expr)?;
        if let Some(value) = typed.constant() {
            let value = ScalarValue::Boolean(Some(value.is_null() != negated));
            return Some(Typed::literal(value, SqlType::Boolean));
        }
        let expr: Arc<dyn PhysicalExpr> =
            if negated { Arc::new(IsNotNullExpr::new(typed.expr)) } else { Arc::new(IsNullExpr::new(typed.expr)) };
        Some(Typed { expr, ty: Some(SqlType::Boolean), fails: typed.fails, isolates: false })
    }
}
