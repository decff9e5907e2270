//! `INSERT INTO … SELECT …`: one more query that feeds an existing stream.

use std::sync::Arc;

use millstream_functions::coercion::{decimal_of, implicitly_castable};
use millstream_sql::ast::{ExprKind, InsertSelect, Property, SourceKind};
use millstream_sql::{Diagnostic, Lead, Span};
use millstream_types::{Column, KeyWindow, Schema, SqlType, StartAt};

use super::properties;
use super::query::{self, Output, Purpose};
use crate::suggest::source_suggestion;
use crate::topology::SinkNode;
use crate::{Catalog, Dialect, OnError, Plan, Settings, Source};

/// How the ids of queries begin that are given by the server.
const RESERVED_PREFIXES: [&str; 4] = ["INSERTQUERY_", "CTAS_", "CSAS_", "CST_"];

/// The property that gives a query its id.
const QUERY_ID: &str = "QUERY_ID";

/// Plans INSERT SELECT.
pub(super) fn plan(
    insert: &InsertSelect,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let name = &insert.target;
    let Some(target) = catalog.get(&name.value) else {
        let suggestion = source_suggestion(&name.value, catalog.sources().map(|s| s.name.as_str()));
        let message = format!("Cannot insert into an unknown stream/table: `{}`{suggestion}", name.value);
        findings.push(Diagnostic::at(name.span, message));
        return None;
    };
    if target.kind == SourceKind::Table {
        let message = format!("INSERT INTO can only be used to insert into a stream. {} is a table.", target.name);
        findings.push(Diagnostic::at(name.span, message));
        return None;
    }
    if target.read_only {
        findings.push(Diagnostic::at(name.span, format!("Cannot insert into read-only stream: {}", target.name)));
    }
    if !target.schema.headers().is_empty() {
        let message = format!("Cannot insert into {} because it has header columns", target.name);
        findings.push(Diagnostic::at(name.span, message));
    }
    let With { query_id, start, on_error } = with(&insert.with, target, catalog, settings, findings);
    if insert.query.limit.is_some() {
        let message = "INSERT INTO statements don't support LIMIT clause.";
        findings.push(Diagnostic::at(insert.query.span, message));
    }
    let mut analysis = query::analyse(&insert.query, Purpose::Persistent(&target.name), catalog, settings, findings)?;
    if analysis.kind == SourceKind::Table {
        let message = format!(
            "Incompatible data sink and query result. Data sink ({}) type is KSTREAM but select query result is KTABLE.",
            target.name
        );
        findings.push(Diagnostic::at(insert.query.span, message));
        return None;
    }
    if target.key_window != analysis.window {
        let shown = |w: Option<KeyWindow>| w.map_or("without windows".into(), |w| format!("{} windowed", w.name()));
        let message = format!(
            "Incompatible data sink and query result. Keys of data sink ({}) are {} but those of the result are {}.",
            target.name,
            shown(target.key_window),
            shown(analysis.window)
        );
        findings.push(Diagnostic::at(insert.query.span, message));
    }
    if !fits(&analysis.outputs, &target.schema) {
        findings.push(mismatch(&analysis.outputs, target, analysis.projection));
        return None;
    }
    for branch in std::iter::once(&mut analysis.outputs).chain(analysis.union.iter_mut().map(|a| &mut a.outputs)) {
        let outputs = std::mem::take(branch).into_iter().zip(target.schema.columns());
        *branch = outputs.map(|(output, column)| output.cast(&column.ty)).collect();
    }
    if !findings.is_empty() {
        return None;
    }
    // The target's timestamp column says how it is read; what is inserted keeps the time of its row, as in ksqlDB.
    let sink = SinkNode {
        topic: target.topic.clone(),
        key_format: target.key_format,
        value_format: target.value_format,
        window: target.key_window,
        schema: target.schema.clone(),
        timestamp: None,
        schemas: target.schemas.clone(),
    };
    Some(Plan::InsertSelect {
        target: Arc::clone(target),
        query_id,
        reads: analysis.reads(),
        start,
        on_error,
        topology: query::topology(&analysis, Some(sink), settings, findings)?,
    })
}

/// Whether the result has the columns of the target: as many, in the same order, with the same names and roles, and of
/// types that convert by themselves.
fn fits(outputs: &[Output], target: &Schema) -> bool {
    let columns = target.columns();
    outputs.len() == columns.len()
        && outputs.iter().zip(columns).all(|(output, column)| {
            output.name == column.name && output.role == column.role && converts(output, &column.ty)
        })
}

/// Whether a result's column may be written to one of type `to`. Number literals count by their digits.
fn converts(output: &Output, to: &SqlType) -> bool {
    let literal = match &output.expr.kind {
        ExprKind::Integer(n) => digits(i64::from(*n)),
        ExprKind::Bigint(n) => digits(*n),
        _ => None,
    };
    implicitly_castable(literal.as_ref().filter(|_| decimal_of(to).is_some()).unwrap_or(&output.ty), to)
        || implicitly_castable(&output.ty, to)
}

/// The narrowest DECIMAL that holds a whole number.
fn digits(number: i64) -> Option<SqlType> {
    let precision = u8::try_from(number.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)).ok()?;
    Some(SqlType::Decimal { precision, scale: 0 })
}

fn mismatch(outputs: &[Output], target: &Source, span: Span) -> Diagnostic {
    let columns = outputs.iter().zip(target.schema.columns().iter().map(Some).chain(std::iter::repeat(None)));
    let result = columns.map(|(output, column)| {
        // What converts is shown converted.
        let ty = column.filter(|c| converts(output, &c.ty)).map_or(&output.ty, |c| &c.ty).clone();
        Column { name: output.name.clone(), ty, role: output.role.clone() }
    });
    let message = format!(
        "Incompatible schema between results and sink.\nResult schema is {}\nSink schema is {}",
        Schema::new(result),
        target.schema
    );
    Diagnostic::at(span, message)
}

/// What WITH says.
struct With {
    query_id: Option<String>,
    start: Option<StartAt>,
    on_error: Option<OnError>,
}

/// `WITH (QUERY_ID = '…', START = '…', ON_ERROR = '…', DEAD_LETTER_TOPIC = '…')`
fn with(
    with: &[Property],
    target: &Source,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> With {
    let known = match settings.dialect {
        Dialect::Ksql => &[QUERY_ID][..],
        Dialect::Extended => &[QUERY_ID, properties::START, properties::ON_ERROR, properties::DEAD_LETTER_TOPIC],
    };
    let mut wrong = Vec::new();
    wrong.extend(properties::unknown(with, known));
    properties::duplicates(with, &mut wrong);
    // ksqlDB reads a clause with the statement's text, before anything else.
    findings.extend(wrong.into_iter().map(|finding| finding.lead(Lead::PrepareOnly)));
    let find = |name: &str| with.iter().find(|p| p.name == name && known.contains(&name));
    let start = find(properties::START).and_then(|p| properties::start(p).map_err(|e| findings.push(e)).ok());
    let on_error = match settings.dialect {
        Dialect::Ksql => None,
        Dialect::Extended => properties::on_error(with, &target.topic, findings),
    };
    With { query_id: find(QUERY_ID).and_then(|p| query_id(p, catalog, findings)), start, on_error }
}

/// The id, folded.
fn query_id(property: &Property, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let span = property.value.span;
    let ExprKind::String(text) = &property.value.kind else {
        let message = format!("Invalid value for QUERY_ID: {}, but a text is needed.", property.value);
        findings.push(Diagnostic::at(span, message));
        return None;
    };
    let id = text.trim().to_uppercase();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let message = format!("Query IDs may contain only alphanumeric characters and '_'. Got: '{text}'");
        findings.push(Diagnostic::at(span, message));
    } else if RESERVED_PREFIXES.iter().any(|p| id.starts_with(p)) {
        let message = format!(
            "Query IDs must not start with a reserved query ID prefix ({}). Got '{id}'.",
            RESERVED_PREFIXES.join(",")
        );
        findings.push(Diagnostic::at(span, message));
    } else if catalog.sources().any(|s| s.query_id.as_ref() == Some(&id)) {
        findings.push(Diagnostic::at(span, format!("Query ID '{id}' already exists.")));
    }
    Some(id)
}
