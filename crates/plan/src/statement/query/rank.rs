//! ROW_NUMBER() OVER (…): the first rows of partitions, numbered, an extension. The numbers have a bound, which a condition
//! of the query around it gives, or QUALIFY.

use millstream_sql::ast::{CompareOp, Expr, ExprKind, Ident, OrderItem, Query};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::aggregation::Aggregation;
use super::analysis::KeyPart;
use super::front::Front;
use super::items::Named;
use super::names::Names;
use super::resolve::Resolver;
use super::{aggregation, table_functions};
use crate::expr::same::same;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope, for_each};

/// The only window function.
const ROW_NUMBER: &str = "ROW_NUMBER";

/// The most rows of a partition that may be numbered: each change of one may change the numbers of all behind it.
const RANKS_MAX: i64 = 1000;

/// The column that holds the numbers.
pub(super) const COLUMN: &str = "KSQL_ROW_NUMBER";

/// A ranking, analysed.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Ranking {
    /// The call, over the rows: where it stands in an expression the number is meant.
    pub(in crate::statement) call: Expr,
    /// `PARTITION BY`; nothing: all rows are one partition.
    pub(in crate::statement) partition: Vec<KeyPart>,
    /// `ORDER BY`, the most important first.
    pub(in crate::statement) order: Vec<OrderItem>,
    /// The highest number that is asked for.
    pub(in crate::statement) limit: usize,
    /// `QUALIFY`: BOOLEAN over rows and numbers.
    pub(in crate::statement) qualify: Option<Expr>,
    /// Rows are no more than their partitions: SELECT DISTINCT.
    pub(in crate::statement) distinct: bool,
}

/// What the analysis of a ranking starts from.
pub(super) struct Start<'s> {
    pub(super) query: &'s Query,
    pub(super) front: &'s Front,
    pub(super) resolver: &'s Resolver<'s>,
    pub(super) named: &'s [Named],
    pub(super) aggregation: Option<&'s Aggregation>,
    /// The condition of the query around this one, in which its columns may have bounds.
    pub(super) around: Option<&'s Expr>,
    /// Whether the statement is a query that ends.
    pub(super) ends: bool,
}

/// Analyses the ranking of a query; `None`: it has none, or it is wrong. The scope of what comes after it has the numbers.
pub(super) fn rank(
    start: &Start<'_>,
    after: &mut Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<Ranking> {
    let Start { query, resolver, named, .. } = start;
    let qualify = query.qualify.as_ref().and_then(|q| resolver.qualify(q, Clause::Where, findings));
    let qualify = qualify.map(|q| resolver.flat(&q));
    let mut calls: Vec<&Expr> = Vec::new();
    for expr in named.iter().map(|n| &n.expr).chain(&qualify) {
        for_each(expr, |part| calls.extend(matches!(part.kind, ExprKind::WindowCall { .. }).then_some(part)));
    }
    if query.distinct && calls.is_empty() {
        return distinct(start, after, names, findings);
    }
    let Some(call) = calls.first().copied() else {
        if let Some(condition) = &query.qualify {
            let message = "QUALIFY is about the numbers that ROW_NUMBER() OVER (…) gives: there is none in it.";
            findings.push(Diagnostic::at(condition.span, message));
        }
        return None;
    };
    let before = findings.len();
    refuse(start, &calls, findings);
    if findings.len() > before {
        return None;
    }
    let ExprKind::WindowCall { partition_by, order_by, .. } = &call.kind else { return None };
    let partition = partition(partition_by, start, after, names, findings);
    check_order(order_by, after, findings);
    let limit = limit(call, qualify.as_ref(), start, findings);
    after.push_computed(call.clone(), COLUMN.to_owned(), SqlType::Bigint);
    if let Some(condition) = &qualify {
        Compiler::new(after, Clause::Where, findings).predicate(condition);
    }
    let limit = limit.filter(|_| findings.len() == before)?;
    Some(Ranking { call: call.clone(), partition, order: order_by.clone(), limit, qualify, distinct: false })
}

/// SELECT DISTINCT: the first of the rows that are equal.
fn distinct(
    start: &Start<'_>,
    after: &mut Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<Ranking> {
    let Start { query, named, .. } = start;
    if let Some(condition) = &query.qualify {
        let message = "QUALIFY is about the numbers that ROW_NUMBER() OVER (…) gives: there is none in it.";
        findings.push(Diagnostic::at(condition.span, message));
    }
    let before = findings.len();
    refuse(start, &[], findings);
    let exprs: Vec<Expr> = named.iter().map(|n| n.expr.clone()).collect();
    let partition = partition(&exprs, start, after, names, findings);
    if findings.len() > before {
        return None;
    }
    let name = Ident { value: ROW_NUMBER.to_owned(), quoted: false, span: query.span };
    let kind = ExprKind::WindowCall { name, args: Vec::new(), partition_by: exprs, order_by: Vec::new() };
    let call = Expr { kind, span: query.span };
    after.push_computed(call.clone(), COLUMN.to_owned(), SqlType::Bigint);
    Some(Ranking { call, partition, order: Vec::new(), limit: 1, qualify: None, distinct: true })
}

impl Ranking {
    /// What identifies the rows of the result: their partition, and their number if there are several.
    pub(super) fn key(&self) -> Vec<KeyPart> {
        let shown = format!("{ROW_NUMBER}() OVER (…)");
        let number = KeyPart { expr: self.call.clone(), shown, name: COLUMN.to_owned(), ty: SqlType::Bigint };
        let numbered = self.limit > 1 || self.partition.is_empty();
        self.partition.iter().cloned().chain(numbered.then_some(number)).collect()
    }
}

/// Refuses what cannot be ranked, and other window functions.
fn refuse(start: &Start<'_>, calls: &[&Expr], findings: &mut Vec<Diagnostic>) {
    let first = calls.first();
    for call in calls {
        let ExprKind::WindowCall { name, args, .. } = &call.kind else { continue };
        let message = if !name.value.eq_ignore_ascii_case(ROW_NUMBER) {
            format!(
                "{}(…) OVER (…): the only window function is ROW_NUMBER() in queries that go on. A SELECT without EMIT has \
                 all of them.",
                name.value
            )
        } else if !args.is_empty() {
            "ROW_NUMBER takes no arguments.".to_owned()
        } else if first.is_some_and(|first| !same(first, call)) {
            "A query may number its rows in one way only.".to_owned()
        } else {
            continue;
        };
        findings.push(Diagnostic::at(call.span, message));
    }
    let windowed = start.query.window.is_some() || start.front.key_window().is_some();
    let span = first.map_or(start.query.span, |call| call.span);
    for (given, what) in [
        // Whoever answers queries that end has them, with nulls among what is compared.
        (start.ends, "ROW_NUMBER with a bound and SELECT DISTINCT as a table are for queries that go on."),
        (windowed, "Rows of windows cannot be numbered, nor told apart by DISTINCT."),
        (
            start.query.partition_by.is_some(),
            "Numbered rows have a key of their own: PARTITION BY belongs into OVER (…).",
        ),
        (
            start.query.distinct && first.is_some(),
            "SELECT DISTINCT and ROW_NUMBER() do not go together: use a sub-query.",
        ),
        (
            start.named.iter().any(|n| calls_table_function(&n.expr)),
            "Rows that a table function makes are numbered in a query around it.",
        ),
    ] {
        if given {
            findings.push(Diagnostic::at(span, what));
        }
    }
}

fn calls_table_function(expr: &Expr) -> bool {
    let mut found = false;
    for_each(expr, |part| found |= table_functions::function(part).is_some());
    found
}

/// The columns of the partitions.
fn partition(
    exprs: &[Expr],
    start: &Start<'_>,
    scope: &Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Vec<KeyPart> {
    let mut parts: Vec<KeyPart> = Vec::new();
    for expr in exprs {
        // An aggregate function may be in it where rows are grouped: then it is computed.
        if start.aggregation.is_none() && aggregation::refuse(expr, Clause::PartitionBy, findings) {
            continue;
        }
        if parts.iter().any(|part| same(&part.expr, expr)) {
            continue;
        }
        let Some(typed) = Compiler::new(scope, Clause::PartitionBy, findings).compile(expr) else { continue };
        let Some(ty) = typed.ty else {
            findings.push(super::untyped(expr.span));
            continue;
        };
        let selected = start.named.iter().find(|named| same(&named.expr, expr)).map(|named| named.name.clone());
        let name = selected.unwrap_or_else(|| match &expr.kind {
            ExprKind::Column { name, .. } => name.value.clone(),
            _ => names.of(expr),
        });
        parts.push(KeyPart { expr: expr.clone(), shown: Shown(expr).to_string(), name, ty });
    }
    parts
}

/// Refuses what has no order.
fn check_order(order: &[OrderItem], scope: &Scope, findings: &mut Vec<Diagnostic>) {
    for OrderItem { expr, .. } in order {
        match Compiler::new(scope, Clause::Select, findings).compile(expr).map(|typed| typed.ty) {
            Some(Some(ty @ (SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_)))) => {
                findings.push(Diagnostic::at(expr.span, format!("ORDER BY: values of type {ty} have no order.")));
            }
            Some(None) => findings.push(super::untyped(expr.span)),
            Some(Some(_)) | None => {}
        }
    }
}

/// The highest number that can be in the result.
fn limit(call: &Expr, qualify: Option<&Expr>, start: &Start<'_>, findings: &mut Vec<Diagnostic>) -> Option<usize> {
    let names: Vec<&str> = start.named.iter().filter(|n| same(&n.expr, call)).map(|n| n.name.as_str()).collect();
    let named = |e: &Expr| matches!(&e.kind, ExprKind::Column { name, .. } if names.contains(&name.value.as_str()));
    let inside = qualify.and_then(|condition| bound(condition, &|e| same(e, call)));
    let around = start.around.and_then(|condition| bound(condition, &named));
    let Some(limit) = inside.into_iter().chain(around).min() else {
        findings.push(unbounded(call.span));
        return None;
    };
    let message = match limit {
        ..1 => "Rows are numbered from 1: the condition is never true.".to_owned(),
        1..=RANKS_MAX => return usize::try_from(limit).ok(),
        _ => format!("{RANKS_MAX} rows of a partition may be numbered at most, these are {limit}."),
    };
    findings.push(Diagnostic::at(call.span, message));
    None
}

fn unbounded(span: Span) -> Diagnostic {
    let message = "ROW_NUMBER() OVER (…) needs a bound: without one every row would be kept for ever, and each new one \
                   could change the numbers of all others.";
    Diagnostic::at(span, message).hint(
        "Ask for the first ones: SELECT … FROM (SELECT …, ROW_NUMBER() OVER (…) AS rn FROM …) WHERE rn <= 10, or \
         QUALIFY ROW_NUMBER() OVER (…) <= 10.",
    )
}

/// The largest value that what is meant may have where a condition is true, if the condition says so.
fn bound(condition: &Expr, meant: &dyn Fn(&Expr) -> bool) -> Option<i64> {
    match &condition.kind {
        ExprKind::And(left, right) => bound(left, meant).into_iter().chain(bound(right, meant)).min(),
        ExprKind::Or(left, right) => Some(bound(left, meant)?.max(bound(right, meant)?)),
        ExprKind::Compare { op, left, right } if meant(left) => below(*op, number(right)?),
        ExprKind::Compare { op, left, right } if meant(right) => {
            let turned = match op {
                CompareOp::Greater => CompareOp::Less,
                CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
                CompareOp::Equal => CompareOp::Equal,
                _ => return None,
            };
            below(turned, number(left)?)
        }
        ExprKind::Between { expr, negated: false, high, .. } if meant(expr) => number(high),
        ExprKind::InList { expr, negated: false, list } if meant(expr) => {
            list.iter().map(number).collect::<Option<Vec<_>>>()?.into_iter().max()
        }
        _ => None,
    }
}

fn below(op: CompareOp, number: i64) -> Option<i64> {
    match op {
        CompareOp::Less => number.checked_sub(1),
        CompareOp::LessOrEqual | CompareOp::Equal => Some(number),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Integer(value) => Some(i64::from(*value)),
        ExprKind::Bigint(value) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_what_conditions_imply() {
        let parse = |sql: &str| millstream_sql::parse_expression(sql).unwrap();
        let rn = |e: &Expr| matches!(&e.kind, ExprKind::Column { name, .. } if name.value == "RN");
        for (sql, expected) in [
            ("rn <= 3", Some(3)),
            ("a.rn < 3 AND x > 1", Some(2)),
            ("3 >= rn AND rn < 2", Some(1)),
            ("rn = 1", Some(1)),
            ("rn BETWEEN 2 AND 5", Some(5)),
            ("rn IN (1, 4)", Some(4)),
            ("rn = 1 OR rn = 3", Some(3)),
            ("rn = 1 OR x = 3", None),
            ("NOT rn > 3", None),
            ("rn > 3", None),
            ("rn + 1 <= 3", None),
            ("rn NOT IN (1)", None),
        ] {
            assert_eq!(bound(&parse(sql), &rn), expected, "{sql}");
        }
    }
}
