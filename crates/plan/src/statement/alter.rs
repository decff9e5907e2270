//! `ALTER STREAM|TABLE name ADD [COLUMN] …`: more value columns behind those that a source has.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Alter, ColumnDef};
use millstream_types::{Column, Role, Schema};

use super::existing::{keyword, noun};
use super::schemas;
use crate::expr::is_reserved;
use crate::suggest::source_suggestion;
use crate::{Catalog, Plan, Source};

/// Plans ALTER: of sources that were declared, not of those that a query or another cluster fills.
pub(super) fn plan(alter: &Alter, text: &str, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<Plan> {
    let name = alter.name.value.as_str();
    let Some(source) = catalog.get(name) else {
        let suggestion = source_suggestion(name, catalog.sources().map(|s| s.name.as_str()));
        findings.push(Diagnostic::at(alter.name.span, format!("Source {name} does not exist.{suggestion}")));
        return None;
    };
    if source.kind != alter.kind {
        let message = format!(
            "Incompatible data source type is {}, but statement was ALTER {}",
            keyword(source.kind),
            keyword(alter.kind)
        );
        findings.push(Diagnostic::at(alter.name.span, message));
    }
    if source.read_only {
        let kind = noun(source.kind);
        let message = format!("Cannot alter {kind} '{name}': ALTER operations are not supported on source {kind}s.");
        findings.push(Diagnostic::at(alter.name.span, message));
    }
    if !source.reads.is_empty() {
        let message = "ALTER command is not supported for CREATE ... AS statements.";
        let hint = "CREATE OR REPLACE … AS SELECT changes such a source together with its query.";
        findings.push(Diagnostic::at(alter.name.span, message).hint(hint));
    }
    for column in &alter.columns {
        check(column, alter, source, findings);
    }
    let added =
        alter.columns.iter().map(|c| Column { name: c.name.value.clone(), ty: c.ty.clone(), role: Role::Value });
    let schema = Schema::new(source.schema.columns().iter().cloned().chain(added));
    let schemas = schemas::regenerated(source, &schema);
    let altered = Source { schema, schemas, statement: text.to_owned(), ..Source::clone(source) };
    Some(Plan::Alter { source: Arc::new(altered) })
}

fn check(column: &ColumnDef, alter: &Alter, source: &Source, findings: &mut Vec<Diagnostic>) {
    let name = &column.name.value;
    if column.constraint.is_some() {
        findings.push(Diagnostic::at(column.span, "ALTER adds value columns only: a key cannot change."));
    }
    if is_reserved(name) {
        let message = format!("'{name}' is a reserved column name. You cannot use it as a name for a column.");
        findings.push(Diagnostic::at(column.name.span, message));
    }
    let in_source = source.schema.find(name).map(|(_, existing)| existing);
    let before = alter.columns.iter().take_while(|c| c.span != column.span).any(|c| c.name.value == *name);
    match in_source {
        Some(existing) if existing.role == Role::Key => {
            let message = format!("Cannot alter primary key column `{name}` {} for source {}", column.ty, source.name);
            findings.push(Diagnostic::at(column.name.span, message));
        }
        Some(_) => {
            let message = format!("Cannot add column `{name}` to schema. A column with the same name already exists.");
            findings.push(Diagnostic::at(column.name.span, message));
        }
        None if before => {
            let message = format!("Duplicate value columns found in schema: `{name}` {}", column.ty);
            findings.push(Diagnostic::at(column.name.span, message));
        }
        None => {}
    }
}
