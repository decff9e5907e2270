//! What the extended dialect has beyond ksqlDB's, refused where statements are read as ksqlDB's: with a syntax error, as
//! ksqlDB's grammar has none of it.

use millstream_sql::ast::{From, InsertValues, Query, Relation, RelationSource, StatementKind};
use millstream_sql::{Diagnostic, Span};

/// Refuses every extension in a statement.
pub(super) fn refuse(kind: &StatementKind, findings: &mut Vec<Diagnostic>) {
    match kind {
        StatementKind::CreateAs(create) => {
            refuse_in(&create.query, false, findings);
            if let Some(late) = &create.late {
                findings.push(syntax(late.span, "missing ';' at 'LATE'"));
            }
        }
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
    match &query.from {
        None => findings.push(syntax(Span { start: query.span.end, end: query.span.end }, "missing 'FROM'")),
        Some(From { first, joins }) => {
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

fn syntax(span: Span, what: &str) -> Diagnostic {
    Diagnostic::at(span, format!("Syntax Error\n{what}"))
        .hint("This is an extension of ksqlDB's language: set millstream.dialect to extended.")
}
