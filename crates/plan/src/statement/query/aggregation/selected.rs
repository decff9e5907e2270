//! What stands in GROUP BY for an item of the projection: its alias, or its number. (An extension.)

use millstream_sql::ast::{Expr, ExprKind, SelectItem};

use super::super::table_functions;
use super::{Start, function};
use crate::Dialect;
use crate::expr::same::same;
use crate::expr::{Clause, for_each};

/// The grouping expressions, with what is selected in place of aliases and numbers. What ksqlDB understands stays: names
/// of columns, and numbers that are beside what they stand for.
pub(super) fn meant<'s>(written: &'s [Expr], start: &Start<'s>) -> Vec<&'s Expr> {
    if start.scope.reading.dialect == Dialect::Ksql {
        return written.iter().collect();
    }
    let resolver = start.resolver;
    let flat = |expr: &Expr| {
        let qualified = resolver.qualify(expr, Clause::GroupBy, &mut Vec::new())?;
        Some(resolver.flat(&qualified))
    };
    let own: Vec<Expr> = written.iter().filter_map(flat).collect();
    let is_new = |item: &Expr| flat(item).is_some_and(|item| !own.iter().any(|own| same(own, &item)));
    let is_column = |expr: &Expr| match &expr.kind {
        ExprKind::Column { source: None, name } => {
            resolver.inputs.with_column(&name.value).next().is_some() || resolver.free.contains(&name.value)
        }
        _ => false,
    };
    let meant = |expr: &'s Expr| match selected(expr, &start.query.items) {
        Some(item) if !is_column(expr) && is_new(item) => item,
        _ => expr,
    };
    written.iter().map(meant).collect()
}

/// The item of the projection that an expression is the alias or the number of, if rows can be grouped by it.
pub(in crate::statement) fn selected<'q>(expr: &Expr, items: &'q [SelectItem]) -> Option<&'q Expr> {
    let item = match &expr.kind {
        ExprKind::Column { source: None, name } => items.iter().find_map(|item| match item {
            SelectItem::Expr { expr, alias: Some(alias) } if alias.value == name.value => Some(expr),
            _ => None,
        })?,
        ExprKind::Integer(place) => {
            let before = items.get(..usize::try_from(*place).ok()?)?;
            // Behind a star nobody can count.
            let counted = before.iter().map(|item| match item {
                SelectItem::Expr { expr, .. } => Some(expr),
                SelectItem::Wildcard { .. } | SelectItem::StructWildcard { .. } => None,
            });
            *counted.collect::<Option<Vec<&Expr>>>()?.last()?
        }
        _ => return None,
    };
    let (mut of_a_row, mut of_several) = (false, false);
    for_each(item, |part| {
        of_a_row |= matches!(part.kind, ExprKind::Column { .. });
        let window = matches!(part.kind, ExprKind::WindowCall { .. });
        of_several |= window || function(part).is_some() || table_functions::function(part).is_some();
    });
    // A number that stands for a constant is one, as in ksqlDB.
    let meant = of_a_row || !matches!(expr.kind, ExprKind::Integer(_));
    (meant && !of_several).then_some(item)
}
