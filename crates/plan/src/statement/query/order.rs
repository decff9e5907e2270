//! ORDER BY of a query that ends, an extension: which columns of the result its rows are compared by.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{ExprKind, OrderItem, Query};

use super::analysis::{Output, Purpose};
use super::items::Named;
use super::resolve::Resolver;
use crate::OrderKey;
use crate::expr::Clause;
use crate::expr::same::same;
use millstream_types::SqlType;

/// What a query is ordered by.
#[derive(Debug, Clone, Default)]
pub(in crate::statement) struct Order {
    /// The columns of the result, the most important first.
    pub(in crate::statement) keys: Vec<OrderKey>,
    /// So many of the last columns are there to be compared only.
    pub(in crate::statement) hidden: usize,
}

/// Refuses ORDER BY and OFFSET where rows go on coming.
pub(super) fn refuse(query: &Query, purpose: Purpose<'_>, findings: &mut Vec<Diagnostic>) {
    if purpose == Purpose::Pull {
        return;
    }
    let (order, offset) = (query.order_by.first().map(|item| item.expr.span), query.offset.map(|_| query.span));
    for (span, clause) in [(order, "ORDER BY"), (offset, "OFFSET")] {
        if let Some(span) = span {
            let message = format!("{clause} is for the rows of a query that ends: a SELECT over tables without EMIT.");
            findings.push(Diagnostic::at(span, message));
        }
    }
}

/// What the query is ordered by: places and names of the projection; other expressions become columns of their own behind
/// `named`.
pub(super) fn order(
    query: &Query,
    resolver: &Resolver<'_>,
    aggregates: bool,
    named: &mut Vec<Named>,
    findings: &mut Vec<Diagnostic>,
) -> Order {
    let shown = named.len();
    let mut keys = Vec::with_capacity(query.order_by.len());
    for (i, item) in query.order_by.iter().enumerate() {
        let column = match placed(item, named.get(..shown).unwrap_or_default()) {
            Some(Ok(column)) => Some(column),
            Some(Err(message)) => {
                findings.push(Diagnostic::at(item.expr.span, message));
                None
            }
            None => expression(i, item, query, resolver, aggregates, named, findings),
        };
        let nulls_first = item.nulls_first.unwrap_or(item.descending);
        keys.extend(column.map(|column| OrderKey { column, descending: item.descending, nulls_first }));
    }
    Order { keys, hidden: named.len() - shown }
}

/// The column that a number or a name means, if it is one of the projection's.
fn placed(item: &OrderItem, named: &[Named]) -> Option<Result<usize, String>> {
    match &item.expr.kind {
        ExprKind::Integer(place) => {
            let index = usize::try_from(*place).ok().and_then(|place| place.checked_sub(1));
            let found = index.filter(|index| *index < named.len());
            Some(found.ok_or_else(|| format!("ORDER BY {place}: the projection has {} columns.", named.len())))
        }
        ExprKind::Column { source: None, name } => Some(Ok(named.iter().position(|n| n.name == name.value)?)),
        _ => None,
    }
}

/// The column of an expression over the rows.
fn expression(
    number: usize,
    item: &OrderItem,
    query: &Query,
    resolver: &Resolver<'_>,
    aggregates: bool,
    named: &mut Vec<Named>,
    findings: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let shown = resolver.qualify(&item.expr, Clause::Select, findings)?;
    let expr = resolver.flat(&shown);
    if let Some(found) = named.iter().position(|n| same(&n.expr, &expr)) {
        return Some(found);
    }
    let whole = if aggregates {
        Some("groups")
    } else if query.union_all.is_empty() {
        None
    } else {
        Some("UNION ALL")
    };
    if let Some(what) = whole {
        let message = format!("A query with {what} is ordered by columns of its projection only.");
        findings.push(Diagnostic::at(item.expr.span, message).hint("Give the expression a name in the SELECT clause."));
        return None;
    }
    let span = item.expr.span;
    named.push(Named { name: format!("KSQL_ORDER_{number}"), expr, shown, span });
    Some(named.len() - 1)
}

/// Refuses what has no order.
pub(super) fn check_types(order: &Order, outputs: &[Output], findings: &mut Vec<Diagnostic>) {
    for output in order.keys.iter().filter_map(|key| outputs.get(key.column)) {
        if matches!(output.ty, SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_)) {
            findings
                .push(Diagnostic::at(output.span, format!("ORDER BY: values of type {} have no order.", output.ty)));
        }
    }
}
