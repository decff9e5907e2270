//! What the extended dialect has beyond ksqlDB's, refused where statements are read as ksqlDB's: with a syntax error, as
//! ksqlDB's grammar has none of it.

use millstream_functions::find_aggregate;
use millstream_sql::ast::{
    Expr, ExprKind, From, InsertValues, Join, JoinCondition, Query, Relation, RelationSource, SelectItem, StatementKind,
};
use millstream_sql::{Diagnostic, Position, Span};

use crate::expr::{for_each, unknown_function};

const EXTENSION: &str = "This is an extension of ksqlDB's language: set millstream.dialect to extended.";

const MATERIALIZED: &str = "Unknown word 'MATERIALIZED'";

/// Refuses every extension in a statement.
pub(super) fn refuse(kind: &StatementKind, findings: &mut Vec<Diagnostic>) {
    match kind {
        StatementKind::CreateAs(create) => {
            if create.view {
                findings.push(syntax(create.name.span, MATERIALIZED));
            }
            refuse_in(&create.query, false, findings);
            if let Some(late) = &create.late {
                findings.push(syntax(late.span, "missing ';' at 'LATE'"));
            }
        }
        StatementKind::Drop(drop) if drop.view => findings.push(syntax(drop.name.span, MATERIALIZED)),
        StatementKind::InsertSelect(insert) => refuse_in(&insert.query, false, findings),
        StatementKind::Select(query) => refuse_in(query, true, findings),
        StatementKind::InsertValues(InsertValues { rows, .. }) => {
            if let Some(second) = rows.get(1) {
                let span = second.first().map_or(Span::default(), |e| e.span);
                findings.push(syntax(span, "missing ';' at ','"));
            }
        }
        _ => {}
    }
}

/// Sub-queries are not looked into: they are refused as such.
fn refuse_in(query: &Query, statement: bool, findings: &mut Vec<Diagnostic>) {
    if let Some(table) = query.with.first() {
        let message = if statement { "Unknown statement 'WITH'" } else { "missing 'SELECT' at 'WITH'" };
        findings.push(syntax(Span { start: query.span.start, end: table.name.span.end }, message));
    }
    if query.distinct {
        let end = query.items.first().map_or(query.span.end, item_start);
        findings.push(syntax(Span { start: query.span.start, end }, "SELECT DISTINCT is not supported"));
    }
    if let Some(condition) = &query.qualify {
        findings.push(syntax(condition.span, "missing ';' at 'QUALIFY'"));
    }
    exprs(query).for_each(|expr| refuse_calls(expr, findings));
    match &query.from {
        None => findings.push(syntax(Span { start: query.span.end, end: query.span.end }, "missing 'FROM'")),
        Some(From { first, joins }) => {
            for join in joins {
                if let JoinCondition::Using(columns) = &join.condition {
                    let span = columns.first().map_or(join.span, |column| column.span);
                    findings.push(syntax(span, "missing 'ON' at 'USING'"));
                }
            }
            for relation in std::iter::once(first).chain(joins.iter().map(|j| &j.right)) {
                if let Relation { source: RelationSource::Derived(inner), .. } = relation {
                    findings.push(syntax(inner.span, "missing a source at '('"));
                }
            }
        }
    }
    if let Some(first) = query.order_by.first() {
        findings.push(syntax(first.expr.span, "missing ';' at 'BY'"));
    }
    if query.offset.is_some() {
        findings.push(syntax(Span { start: query.span.end, end: query.span.end }, "missing ';' at 'OFFSET'"));
    }
    if let Some(next) = query.union_all.first() {
        findings.push(syntax(next.span, "missing ';' at 'UNION'"));
    }
}

fn item_start(item: &SelectItem) -> Position {
    match item {
        SelectItem::Wildcard { span, .. } | SelectItem::StructWildcard { span, .. } => span.start,
        SelectItem::Expr { expr, .. } => expr.span.start,
    }
}

/// The expressions of a query.
fn exprs(query: &Query) -> impl Iterator<Item = &Expr> {
    let selected = query.items.iter().filter_map(|item| match item {
        SelectItem::Expr { expr, .. } | SelectItem::StructWildcard { base: expr, .. } => Some(expr),
        SelectItem::Wildcard { .. } => None,
    });
    let lists = [&query.group_by, &query.partition_by].into_iter().flatten().flatten();
    let joins = query.from.iter().flat_map(|from| from.joins.iter().filter_map(on));
    selected.chain(&query.filter).chain(lists).chain(&query.having).chain(joins)
}

fn on(join: &Join) -> Option<&Expr> {
    match &join.condition {
        JoinCondition::On(condition) => Some(condition),
        JoinCondition::Using(_) => None,
    }
}

/// Calls that say which rows they see, and functions that ksqlDB does not know.
fn refuse_calls(expr: &Expr, findings: &mut Vec<Diagnostic>) {
    for_each(expr, |part| match &part.kind {
        ExprKind::AggregateCall { distinct: true, name, .. } => {
            findings.push(reserved_distinct(name.span));
        }
        ExprKind::AggregateCall { name, .. } => findings.push(syntax(name.span, "mismatched input '(' at 'FILTER'")),
        ExprKind::InQuery { query, .. } | ExprKind::Exists { query } => {
            findings.push(syntax(query.span, "a sub-query in an expression is not supported"));
        }
        ExprKind::WindowCall { name, .. } => findings.push(syntax(name.span, "mismatched input '(' at 'OVER'")),
        ExprKind::Call { name, .. } if find_aggregate(&name.value).is_some_and(|f| f.extension) => {
            findings.push(unknown_function(name));
        }
        _ => {}
    });
}

/// What is said about the word DISTINCT where an argument must stand, right behind the parenthesis.
fn reserved_distinct(name: Span) -> Diagnostic {
    let start = Position { column: name.end.column + 1, ..name.end };
    let span = Span { start, end: Position { column: start.column + 8, ..start } };
    let message = format!(
        "Syntax error at or near 'DISTINCT' at line {}:{}\n'DISTINCT' is a reserved keyword and cannot be an expression",
        start.line, start.column
    );
    Diagnostic::at(span, message).hint(EXTENSION)
}

fn syntax(span: Span, what: &str) -> Diagnostic {
    Diagnostic::at(span, format!("Syntax Error\n{what}")).hint(EXTENSION)
}
