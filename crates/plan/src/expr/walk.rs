//! Visiting the parts of an expression tree.

use millstream_sql::ast::{Expr, ExprKind};

/// Calls `visit` for `root` and everything in it but sub-queries. Iterative: long chains of operators are deep trees.
pub(crate) fn for_each<'a>(root: &'a Expr, mut visit: impl FnMut(&'a Expr)) {
    let mut pending = vec![root];
    while let Some(expr) = pending.pop() {
        visit(expr);
        children(expr, &mut pending);
    }
}

/// Appends the direct parts of `expr`.
pub(crate) fn children<'a>(expr: &'a Expr, out: &mut Vec<&'a Expr>) {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Integer(_)
        | ExprKind::Bigint(_)
        | ExprKind::Decimal(_)
        | ExprKind::Double(_)
        | ExprKind::String(_)
        | ExprKind::Unit(_)
        | ExprKind::Star
        | ExprKind::Exists { .. }
        | ExprKind::Column { .. } => {}
        ExprKind::Sign { expr, .. }
        | ExprKind::Not(expr)
        | ExprKind::IsNull { expr, .. }
        | ExprKind::InQuery { expr, .. }
        | ExprKind::Cast { expr, .. }
        | ExprKind::Lambda { body: expr, .. }
        | ExprKind::Field { base: expr, .. } => out.push(expr),
        ExprKind::Arithmetic { left, right, .. }
        | ExprKind::Compare { left, right, .. }
        | ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Like { expr: left, pattern: right, .. }
        | ExprKind::Subscript { base: left, index: right } => out.extend([left.as_ref(), right.as_ref()]),
        ExprKind::Between { expr, low, high, .. } => out.extend([expr.as_ref(), low.as_ref(), high.as_ref()]),
        ExprKind::InList { expr, list, .. } => {
            out.push(expr);
            out.extend(list);
        }
        ExprKind::Case { operand, whens, otherwise } => {
            out.extend(operand.as_deref());
            out.extend(whens.iter().flat_map(|(when, then)| [when, then]));
            out.extend(otherwise.as_deref());
        }
        ExprKind::Call { args, .. } | ExprKind::Array(args) => out.extend(args),
        ExprKind::AggregateCall { args, filter, .. } => {
            out.extend(args);
            out.extend(filter.as_deref());
        }
        ExprKind::WindowCall { args, partition_by, order_by, .. } => {
            out.extend(args.iter().chain(partition_by));
            out.extend(order_by.iter().map(|item| &item.expr));
        }
        ExprKind::Map(entries) => out.extend(entries.iter().flat_map(|(key, value)| [key, value])),
        ExprKind::Struct(fields) => out.extend(fields.iter().map(|(_, value)| value)),
    }
}
