//! `CASE WHEN c THEN r … [ELSE d] END`: branches are evaluated only for the rows that reach them (DataFusion's CaseExpr),
//! and all results have one type without coercion.

use std::sync::Arc;

use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::CaseExpr;
use millstream_sql::ast::{CompareOp, Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::shown::Shown;
use super::{Compiler, Typed};
use crate::Dialect;

impl Compiler<'_> {
    pub(super) fn case(
        &mut self,
        span: Span,
        operand: Option<&Expr>,
        whens: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Option<Typed> {
        if let Some(operand) = operand {
            if self.scope.reading.dialect == Dialect::Extended {
                return self.simple_case(span, operand, whens, otherwise);
            }
            self.findings.push(
                Diagnostic::at(span, "The simple form of CASE is not supported.")
                    .hint(format!("Write CASE WHEN {operand} = … THEN … END.")),
            );
            return None;
        }
        let mut branches = Vec::with_capacity(whens.len());
        let mut complete = true;
        for (when, then) in whens {
            let condition = self.condition(when);
            let result = self.operand(then);
            match (condition, result) {
                (Some(condition), Some(result)) => branches.push((when, condition, then, result)),
                _ => complete = false,
            }
        }
        let default = match otherwise {
            Some(expr) => Some((expr, self.operand(expr)?)),
            None => None,
        };
        if !complete {
            return None;
        }
        let ty = self.case_type(span, &branches, default.as_ref())?;
        let fails =
            branches.iter().any(|(_, c, _, r)| c.fails || r.fails) || default.as_ref().is_some_and(|(_, d)| d.fails);
        let result = |typed: Typed| if typed.ty.is_none() { Typed::null_of(&ty).expr } else { typed.expr };
        let whens: Vec<(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)> =
            branches.into_iter().map(|(_, c, _, r)| (c.expr, result(r))).collect();
        match CaseExpr::try_new(None, whens, default.map(|(_, d)| result(d))) {
            Ok(case) => Some(Typed { expr: Arc::new(case), ty: Some(ty), fails, isolates: false }),
            Err(error) => self.reject_type(span, format!("Invalid Case expression. {}", crate::reason(&error))),
        }
    }

    /// `CASE x WHEN v THEN r …`, an extension: the form with conditions, each of them `x = v`.
    fn simple_case(
        &mut self,
        span: Span,
        operand: &Expr,
        whens: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Option<Typed> {
        let whens: Vec<(Expr, Expr)> = whens
            .iter()
            .map(|(value, result)| {
                let (left, right) = (Box::new(operand.clone()), Box::new(value.clone()));
                let kind = ExprKind::Compare { op: CompareOp::Equal, left, right };
                (Expr { kind, span: value.span }, result.clone())
            })
            .collect();
        self.case(span, None, &whens, otherwise)
    }

    fn condition(&mut self, when: &Expr) -> Option<Typed> {
        let typed = self.operand(when)?;
        if typed.ty != Some(SqlType::Boolean) {
            let message =
                format!("WHEN operand type should be boolean.\nType for '{}' is {}", Shown(when), typed.type_name());
            return self.reject_type(when.span, message);
        }
        Some(typed)
    }

    /// The one type of the results, NULL aside: that of the first branch that has one.
    fn case_type(
        &mut self,
        span: Span,
        branches: &[(&Expr, Typed, &Expr, Typed)],
        default: Option<&(&Expr, Typed)>,
    ) -> Option<SqlType> {
        let mut common: Option<&SqlType> = None;
        for (when, _, then, typed) in branches {
            match (common, &typed.ty) {
                (Some(common), Some(ty)) if common != ty => {
                    let message = format!(
                        "Invalid Case expression. Type for all 'THEN' clauses should be the same.\n\
                         THEN expression 'WHEN {} THEN {}' has type: {ty}.\n\
                         Previous THEN expression(s) type: {common}.",
                        Shown(when),
                        Shown(then)
                    );
                    return self.reject_result(then.span, message);
                }
                _ => common = common.or(typed.ty.as_ref()),
            }
        }
        let (default, own) = default.map_or((None, None), |(expr, typed)| (Some(*expr), typed.ty.as_ref()));
        match (common, default, own) {
            (Some(common), Some(default), Some(own)) if common != own => {
                let message = format!(
                    "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses.\n\
                     THEN type: {common}.\nDEFAULT type: {own}."
                );
                self.reject_result(default.span, message)
            }
            (None, _, None) => self.reject_type(span, "Invalid Case expression. All case branches have NULL type"),
            _ => common.or(own).cloned(),
        }
    }

    /// Refuses a result of another type than those before it.
    fn reject_result(&mut self, span: Span, message: String) -> Option<SqlType> {
        self.findings.push(Diagnostic::at(span, message).hint("CAST the results to one type."));
        None
    }
}
