//! `CREATE [OR REPLACE] STREAM|TABLE … (columns) WITH (…)`: a source over a topic.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{ColumnDef, Constraint, CreateSource, SourceKind};
use millstream_types::{Column, Format, Role, Schema, SqlType};

use super::existing::{Name, check_name, check_writable};
use super::properties::{Given, Properties};
use super::{formats, replace};
use crate::expr::is_reserved;
use crate::suggest::did_you_mean;
use crate::{Catalog, Plan, Source};

/// Plans CREATE STREAM and CREATE TABLE.
pub(super) fn plan(
    create: &CreateSource,
    text: &str,
    catalog: &Catalog,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    if create.or_replace {
        check_writable(create.read_only, &create.name, create.kind, catalog, findings);
    }
    let replaced =
        match check_name(&create.name, create.kind, (create.or_replace, create.if_not_exists), catalog, findings) {
            Name::Free => None,
            Name::Replaced(existing) => Some(existing),
            Name::Done(plan @ Some(_)) => return plan,
            Name::Done(None) => None,
        };
    let properties = Properties::read(&create.with, findings);
    let schema = schema(create, findings);
    let timestamp = timestamp(&properties, &schema, findings);
    if properties.topic.is_none() {
        let message = "Missing required property \"KAFKA_TOPIC\" which has no default value.";
        findings.push(Diagnostic::at(create.name.span, message));
    }
    if properties.value_format.is_none() && !properties.bad_format {
        let message = "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a \
                       default via the 'ksql.persistence.default.format.value' config.";
        findings.push(Diagnostic::at(create.name.span, message));
    }
    if create.kind == SourceKind::Table
        && let Some(retention) = &properties.retention_ms
    {
        findings.push(Diagnostic::at(retention.span, "Non-windowed tables do not support retention."));
    }
    if properties.bad_format || properties.value_format.is_none() {
        return None;
    }
    let (key_format, value_format) =
        formats::choose(&properties, Format::Kafka, Format::Json, &schema, create.name.span, findings);
    let topic = &properties.topic.as_ref()?.value;
    let source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.clone(),
        key_format,
        value_format,
        schema,
        timestamp,
        read_only: create.read_only,
        statement: text.to_owned(),
        reads: vec![],
        query: None,
        query_id: None,
    };
    if let Some(existing) = replaced
        && let Some(finding) = replace::check_source(existing, &source, create.name.span)
    {
        findings.push(finding);
    }
    Some(Plan::CreateSource { topic: properties.topic_spec(topic), source: Arc::new(source) })
}

/// The declared columns, checked.
fn schema(create: &CreateSource, findings: &mut Vec<Diagnostic>) -> Schema {
    if create.columns.is_empty() {
        findings.push(Diagnostic::at(create.name.span, "The statement does not define any columns."));
    }
    let mut duplicates: Vec<&ColumnDef> = Vec::new();
    for (i, column) in create.columns.iter().enumerate() {
        if create.columns.iter().take(i).any(|c| c.name.value == column.name.value) {
            duplicates.push(column);
        }
        if is_reserved(&column.name.value) {
            let message =
                format!("'{}' is a reserved column name. You cannot use it as a name for a column.", column.name.value);
            findings.push(Diagnostic::at(column.name.span, message));
        }
        check_constraint(column, create.kind, findings);
    }
    if let Some(first) = duplicates.first() {
        let names: Vec<&str> = duplicates.iter().map(|c| c.name.value.as_str()).collect();
        findings.push(Diagnostic::at(first.name.span, format!("Duplicate column names: {}", names.join(", "))));
    }
    let is_key = |c: &ColumnDef| c.constraint.is_some();
    if create.kind == SourceKind::Table && !create.columns.is_empty() && !create.columns.iter().any(is_key) {
        let message = "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.";
        findings.push(Diagnostic::at(create.name.span, message));
    }
    Schema::new(create.columns.iter().map(|c| Column {
        name: c.name.value.clone(),
        ty: c.ty.clone(),
        role: if is_key(c) { Role::Key } else { Role::Value },
    }))
}

fn check_constraint(column: &ColumnDef, kind: SourceKind, findings: &mut Vec<Diagnostic>) {
    let (given, wanted, whom) = match (kind, &column.constraint) {
        (SourceKind::Table, Some(Constraint::Key)) => ("KEY", "PRIMARY KEY", "tables"),
        (SourceKind::Stream, Some(Constraint::PrimaryKey)) => ("PRIMARY KEY", "KEY", "streams"),
        _ => return,
    };
    let at = column.name.span.start;
    let message = format!(
        "Line: {}, Col: {}: Column `{}` is a '{given}' column: please use '{wanted}' for {whom}.",
        at.line, at.column, column.name.value
    );
    findings.push(Diagnostic::at(column.span, message));
}

/// The column that gives event time, checked.
pub(super) fn timestamp(properties: &Properties, schema: &Schema, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let Given { value: name, span } = properties.timestamp.as_ref()?;
    match schema.find(name) {
        None => {
            let message = format!("The TIMESTAMP column set in the WITH clause does not exist in the schema: '{name}'");
            let hint = did_you_mean(name, schema.columns().iter().map(|c| c.name.as_str()));
            findings.push(Diagnostic { hint, ..Diagnostic::at(*span, message) });
            None
        }
        Some((_, column)) if matches!(column.ty, SqlType::Bigint | SqlType::Timestamp) => Some(name.clone()),
        Some((_, column)) => {
            let message = format!(
                "Timestamp column, `{name}`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified."
            );
            let mut finding = Diagnostic::at(*span, message);
            if column.ty == SqlType::String {
                finding = finding.hint("TIMESTAMP_FORMAT is not supported yet.");
            }
            findings.push(finding);
            None
        }
    }
}
