//! Walking through expression trees with the parameters of lambdas in mind, which look like columns and are none.

use millstream_sql::ast::{Expr, ExprKind, OrderItem};

use crate::expr::children;

/// Calls `enter` for `expr` and its parts, from the outside in, but not for parameters of lambdas; what is inside a part
/// for which it says no is passed over.
pub(super) fn visit<'e>(expr: &'e Expr, enter: &mut dyn FnMut(&'e Expr) -> bool) {
    fn walk<'e>(expr: &'e Expr, params: &mut Vec<&'e str>, enter: &mut dyn FnMut(&'e Expr) -> bool) {
        if matches!(&expr.kind, ExprKind::Column { source: None, name } if params.contains(&name.value.as_str()))
            || !enter(expr)
        {
            return;
        }
        let outer = params.len();
        if let ExprKind::Lambda { params: own, .. } = &expr.kind {
            params.extend(own.iter().map(|p| p.value.as_str()));
        }
        let mut parts = Vec::new();
        children(expr, &mut parts);
        parts.into_iter().for_each(|part| walk(part, params, enter));
        params.truncate(outer);
    }
    walk(expr, &mut Vec::new(), enter);
}

/// `expr` with every part for which `replace` gives something replaced by it; what was replaced is not looked into.
/// Parameters of lambdas are no columns: they stay.
pub(super) fn rewrite(expr: &Expr, replace: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Expr {
    Rewriter { replace, params: Vec::new() }.expr(expr)
}

struct Rewriter<'f> {
    replace: &'f mut dyn FnMut(&Expr) -> Option<Expr>,
    /// Names of the lambda parameters around the part at hand.
    params: Vec<String>,
}

impl Rewriter<'_> {
    fn expr(&mut self, expr: &Expr) -> Expr {
        let is_param = |name: &str| self.params.iter().any(|p| p == name);
        if matches!(&expr.kind, ExprKind::Column { source: None, name } if is_param(&name.value)) {
            return expr.clone();
        }
        if let Some(replaced) = (self.replace)(expr) {
            return replaced;
        }
        Expr { kind: self.kind(&expr.kind), span: expr.span }
    }

    fn boxed(&mut self, expr: &Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn all(&mut self, exprs: &[Expr]) -> Vec<Expr> {
        exprs.iter().map(|e| self.expr(e)).collect()
    }

    fn kind(&mut self, kind: &ExprKind) -> ExprKind {
        use ExprKind as K;
        match kind {
            K::Null
            | K::Boolean(_)
            | K::Integer(_)
            | K::Bigint(_)
            | K::Decimal(_)
            | K::Double(_)
            | K::String(_)
            | K::Unit(_)
            | K::Star
            | K::Exists { .. }
            | K::Column { .. } => kind.clone(),
            K::Sign { negative, expr } => K::Sign { negative: *negative, expr: self.boxed(expr) },
            K::Arithmetic { op, left, right } => {
                K::Arithmetic { op: *op, left: self.boxed(left), right: self.boxed(right) }
            }
            K::Compare { op, left, right } => K::Compare { op: *op, left: self.boxed(left), right: self.boxed(right) },
            K::And(left, right) => K::And(self.boxed(left), self.boxed(right)),
            K::Or(left, right) => K::Or(self.boxed(left), self.boxed(right)),
            K::Not(expr) => K::Not(self.boxed(expr)),
            K::Between { expr, negated, low, high } => {
                K::Between { expr: self.boxed(expr), negated: *negated, low: self.boxed(low), high: self.boxed(high) }
            }
            K::InList { expr, negated, list } => {
                K::InList { expr: self.boxed(expr), negated: *negated, list: self.all(list) }
            }
            K::InQuery { expr, negated, query } => {
                K::InQuery { expr: self.boxed(expr), negated: *negated, query: query.clone() }
            }
            K::Like { expr, negated, pattern, escape } => {
                K::Like { expr: self.boxed(expr), negated: *negated, pattern: self.boxed(pattern), escape: *escape }
            }
            K::IsNull { expr, negated } => K::IsNull { expr: self.boxed(expr), negated: *negated },
            K::Case { operand, whens, otherwise } => K::Case {
                operand: operand.as_ref().map(|e| self.boxed(e)),
                whens: self.pairs(whens),
                otherwise: otherwise.as_ref().map(|e| self.boxed(e)),
            },
            K::Cast { expr, ty } => K::Cast { expr: self.boxed(expr), ty: ty.clone() },
            K::Field { base, field } => K::Field { base: self.boxed(base), field: field.clone() },
            K::Subscript { base, index } => K::Subscript { base: self.boxed(base), index: self.boxed(index) },
            K::Call { name, args } => K::Call { name: name.clone(), args: self.all(args) },
            K::AggregateCall { .. } | K::WindowCall { .. } => self.rows(kind),
            K::Lambda { params, body } => {
                let outer = self.params.len();
                self.params.extend(params.iter().map(|p| p.value.clone()));
                let body = self.boxed(body);
                self.params.truncate(outer);
                K::Lambda { params: params.clone(), body }
            }
            K::Array(items) => K::Array(self.all(items)),
            K::Map(entries) => K::Map(self.pairs(entries)),
            K::Struct(fields) => {
                K::Struct(fields.iter().map(|(name, value)| (name.clone(), self.expr(value))).collect())
            }
        }
    }

    /// Calls that are about several rows.
    fn rows(&mut self, kind: &ExprKind) -> ExprKind {
        use ExprKind as K;
        match kind {
            K::AggregateCall { name, args, distinct, filter } => K::AggregateCall {
                name: name.clone(),
                args: self.all(args),
                distinct: *distinct,
                filter: filter.as_ref().map(|e| self.boxed(e)),
            },
            K::WindowCall { name, args, partition_by, order_by } => K::WindowCall {
                name: name.clone(),
                args: self.all(args),
                partition_by: self.all(partition_by),
                order_by: order_by.iter().map(|o| OrderItem { expr: self.expr(&o.expr), ..o.clone() }).collect(),
            },
            other => other.clone(),
        }
    }

    fn pairs(&mut self, pairs: &[(Expr, Expr)]) -> Vec<(Expr, Expr)> {
        pairs.iter().map(|(a, b)| (self.expr(a), self.expr(b))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_replaced_and_parameters_are_not() {
        let parse = |sql: &str| millstream_sql::parse_expression(sql).unwrap();
        let mut replace = |e: &Expr| matches!(e.kind, ExprKind::Column { .. }).then(|| parse("z"));
        for (sql, expected) in [
            ("a + F(b, -c)[d] BETWEEN e AND g", "Z + F(Z, -Z)[Z] BETWEEN Z AND Z"),
            ("CASE a WHEN b THEN c ELSE d END", "CASE Z WHEN Z THEN Z ELSE Z END"),
            ("STRUCT(f := a)->f || CAST(b AS STRING)", "STRUCT(F := Z)->F || CAST(Z AS STRING)"),
            ("MAP('k' := a)['k'] IN (b, ARRAY[c][1])", "MAP('k' := Z)['k'] IN (Z, ARRAY[Z][1])"),
        ] {
            assert_eq!(rewrite(&parse(sql), &mut replace).to_string(), expected);
        }
    }
}
