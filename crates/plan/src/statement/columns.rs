//! The declared columns of a source: keys, values, and those made of the records' headers.

use millstream_sql::ast::{ColumnDef, Constraint, CreateSource, SourceKind};
use millstream_sql::{Diagnostic, Lead};
use millstream_types::{Column, Role, Schema, SqlType};

use crate::expr::is_reserved;

/// The schema that the columns make; what is wrong with them goes to `findings`.
pub(super) fn declared(create: &CreateSource, findings: &mut Vec<Diagnostic>) -> Schema {
    let mut duplicates: Vec<&ColumnDef> = Vec::new();
    for (i, column) in create.columns.iter().enumerate() {
        let before = create.columns.iter().take(i);
        if before.clone().any(|c| c.name.value == column.name.value) {
            duplicates.push(column);
        }
        if is_reserved(&column.name.value) {
            let message =
                format!("'{}' is a reserved column name. You cannot use it as a name for a column.", column.name.value);
            findings.push(Diagnostic::at(column.name.span, message));
        }
        check_key(column, create.kind, findings);
        check_header(column, before, findings);
    }
    if let Some(first) = duplicates.first() {
        let names: Vec<&str> = duplicates.iter().map(|c| c.name.value.as_str()).collect();
        findings.push(Diagnostic::at(first.name.span, format!("Duplicate column names: {}", names.join(", "))));
    }
    Schema::new(create.columns.iter().map(|c| Column { name: c.name.value.clone(), ty: c.ty.clone(), role: role(c) }))
}

/// Refuses columns of the records' headers, which `ksql.headers.columns.enabled` has switched off.
pub(super) fn refuse_headers(create: &CreateSource, findings: &mut Vec<Diagnostic>) {
    if let Some(column) = create.columns.iter().find(|c| role(c).is_header()) {
        let kind = if create.kind == SourceKind::Stream { "Stream" } else { "Table" };
        let message = format!("Cannot create {kind} because schema with headers columns is disabled.");
        findings.push(Diagnostic::at(column.span, message));
    }
}

/// Checks what holds of all columns of a source, declared and inferred.
pub(super) fn check_all(create: &CreateSource, schema: &Schema, findings: &mut Vec<Diagnostic>) {
    if schema.stored_count() == 0 && create.columns.is_empty() {
        findings.push(Diagnostic::at(create.name.span, "The statement does not define any columns."));
    } else if create.kind == SourceKind::Table && schema.key_count() == 0 {
        let message = "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.";
        findings.push(Diagnostic::at(create.name.span, message));
    }
}

fn role(column: &ColumnDef) -> Role {
    match &column.constraint {
        None => Role::Value,
        Some(Constraint::Key | Constraint::PrimaryKey) => Role::Key,
        Some(Constraint::Headers) => Role::Headers,
        Some(Constraint::Header(key)) => Role::Header(key.as_str().into()),
    }
}

fn check_key(column: &ColumnDef, kind: SourceKind, findings: &mut Vec<Diagnostic>) {
    let (given, wanted, whom) = match (kind, &column.constraint) {
        (SourceKind::Table, Some(Constraint::Key)) => ("KEY", "PRIMARY KEY", "tables"),
        (SourceKind::Stream, Some(Constraint::PrimaryKey)) => ("PRIMARY KEY", "KEY", "streams"),
        _ => return,
    };
    let at = column.name.span.start;
    let message = format!(
        "Line: {}, Col: {}: Column `{}` is a '{given}' column: please use '{wanted}' for {whom}.\n\
         Tables have PRIMARY KEYs, which are unique and NON NULL.\n\
         Streams have KEYs, which have no uniqueness or NON NULL constraints.",
        at.line, at.column, column.name.value
    );
    findings.push(Diagnostic::at(column.span, message).lead(Lead::PrepareOnly));
}

/// A header column has the one type that it can have, all headers are declared once, and each single one once; not
/// both.
fn check_header<'c>(column: &ColumnDef, before: impl Iterator<Item = &'c ColumnDef>, findings: &mut Vec<Diagnostic>) {
    let role = role(column);
    if !role.is_header() {
        return;
    }
    let shown = role.to_string();
    let wanted = if role == Role::Headers { Role::headers_type() } else { SqlType::Bytes };
    if column.ty != wanted {
        let message = format!("Invalid type for{shown} column: expected {wanted}, got {}", column.ty);
        findings.push(Diagnostic::at(column.span, message).lead(Lead::PrepareOnly));
    }
    let clashes = |other: &Role| match (&role, other) {
        (Role::Header(key), Role::Header(other)) => key == other,
        (_, other) => other.is_header(),
    };
    if let Some(other) = before.map(self::role).find(clashes) {
        findings.push(Diagnostic::at(column.span, format!("Schema already contains a{other} column.")));
    }
}
