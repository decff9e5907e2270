//! `INSERT INTO … VALUES`: rows of constant expressions, converted to the columns' types. More than one are an extension.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::Schema as ArrowSchema;
use datafusion_common::ScalarValue;
use datafusion_common::cast::as_int64_array;
use millstream_sql::ast::{Expr, Ident, InsertValues, SourceKind};
use millstream_sql::{Diagnostic, Lead, Span};
use millstream_types::{Column, Role, SqlType, arrow_field, arrow_type};

use super::existing::noun;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope};
use crate::suggest::{did_you_mean, source_suggestion};
use crate::topology::PseudoColumn;
use crate::{Catalog, Plan, Settings, Source};

/// Plans INSERT VALUES: columns that are not named are null.
pub(super) fn plan(
    insert: &InsertValues,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let name = &insert.target;
    let Some(source) = catalog.get(&name.value) else {
        let suggestion = source_suggestion(&name.value, catalog.sources().map(|s| s.name.as_str()));
        let message = format!("Cannot insert values into an unknown stream/table: `{}`{suggestion}", name.value);
        findings.push(Diagnostic::at(name.span, message));
        return None;
    };
    if let Some(message) = refusal(source) {
        findings.push(Diagnostic::at(name.span, message));
        return None;
    }
    let counted = insert.rows.iter().map(|values| check_count(insert, values, source, findings));
    // Of all rows before anything else is said.
    if !counted.fold(true, |all, this| all & this) {
        return None;
    }
    let targets = targets(insert, source, findings)?;
    check_primary_key(insert, source, &targets, findings);
    let mut batches = Vec::with_capacity(insert.rows.len());
    let mut times = Vec::with_capacity(insert.rows.len());
    for values in &insert.rows {
        let Some((row, time)) = row(source, &targets, values, settings, findings) else { continue };
        batches.push(row);
        times.push(time);
    }
    if !findings.is_empty() {
        return None;
    }
    match concat_batches(&batches.first()?.schema(), &batches) {
        Ok(rows) => Some(Plan::InsertValues { source: Arc::clone(source), rows, times }),
        Err(error) => {
            findings.push(Diagnostic::general(format!("Failed to insert values into '{}'. {error}", source.name)));
            None
        }
    }
}

/// One row and its time; `None` when a value is wrong.
fn row(
    source: &Source,
    targets: &[Target],
    values: &[Expr],
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<(RecordBatch, Option<i64>)> {
    let columns = source.schema.columns();
    let mut given: Vec<(Target, ArrayRef)> = Vec::with_capacity(targets.len());
    let mut failed = false;
    for (&target, value) in targets.iter().zip(values) {
        let (column, ty) = match target {
            Target::Column(index) => {
                let Column { name, ty, .. } = columns.get(index)?;
                (name.as_str(), ty.clone())
            }
            Target::Time => (PseudoColumn::RowTime.name(), SqlType::Bigint),
        };
        match evaluate(value, source, (column, &ty), settings, findings) {
            Some(array) => given.push((target, array)),
            None => failed = true,
        }
    }
    if failed {
        return None;
    }
    let take = |target: Target| given.iter().find(|(t, _)| *t == target).map(|(_, array)| ArrayRef::clone(array));
    let array = |(index, column): (usize, &Column)| {
        take(Target::Column(index)).unwrap_or_else(|| new_null_array(&arrow_type(&column.ty), 1))
    };
    let arrays: Vec<ArrayRef> = columns.iter().enumerate().map(array).collect();
    let time = take(Target::Time).and_then(|array| as_int64_array(&array).ok()?.iter().next().flatten());
    let fields: Vec<_> = columns.iter().map(|c| arrow_field(&c.name, &c.ty)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    match RecordBatch::try_new_with_options(Arc::new(ArrowSchema::new(fields)), arrays, &options) {
        Ok(row) => Some((row, time)),
        Err(error) => {
            findings.push(Diagnostic::general(format!("Failed to insert values into '{}'. {error}", source.name)));
            None
        }
    }
}

/// Why nothing can be inserted into a source, if so.
fn refusal(source: &Source) -> Option<String> {
    if source.read_only {
        return Some(format!("Cannot insert values into read-only {}: {}", noun(source.kind), source.name));
    }
    if source.key_window.is_some() {
        return Some("Cannot insert values into windowed stream/table!".to_owned());
    }
    let headers = !source.schema.headers().is_empty();
    headers.then(|| format!("Cannot insert into {} because it has header columns", source.name))
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The column of that index.
    Column(usize),
    /// The record's timestamp.
    Time,
}

/// Whether a row has a value for each column that is meant.
fn check_count(insert: &InsertValues, values: &[Expr], source: &Source, findings: &mut Vec<Diagnostic>) -> bool {
    let (message, lead) = if insert.columns.is_empty() && values.len() != source.schema.columns().len() {
        let shown: Vec<String> = values.iter().map(|v| Shown(v).to_string()).collect();
        let names: Vec<String> = source.schema.columns().iter().map(|c| format!("`{}`", c.name)).collect();
        let message = format!(
            "Failed to insert values into '{}'. Expected a value for each column. Expected Columns: [{}]. Got [{}]",
            source.name,
            names.join(", "),
            shown.join(", ")
        );
        (message, Lead::Place)
    } else if !insert.columns.is_empty() && values.len() != insert.columns.len() {
        let message =
            format!("Expected number columns and values to match: {}, {}", insert.columns.len(), values.len());
        (message, Lead::PrepareOnly)
    } else {
        return true;
    };
    findings.push(Diagnostic::at(values_span(insert, values), message).lead(lead));
    false
}

/// Where the values of a row go; `None` when that cannot be told.
fn targets(insert: &InsertValues, source: &Source, findings: &mut Vec<Diagnostic>) -> Option<Vec<Target>> {
    if insert.columns.is_empty() {
        return Some((0..source.schema.columns().len()).map(Target::Column).collect());
    }
    let mut out = Vec::with_capacity(insert.columns.len());
    for (i, column) in insert.columns.iter().enumerate() {
        if insert.columns.iter().take(i).any(|c| c.value == column.value) {
            findings.push(Diagnostic::at(column.span, format!("Column `{}` is named twice.", column.value)));
        }
        match target(column, source) {
            Ok(target) => out.push(target),
            Err(finding) => {
                let message = format!("{} {}", failed(source), finding.message);
                findings.push(Diagnostic { message, ..finding });
            }
        }
    }
    (out.len() == insert.columns.len()).then_some(out)
}

/// How it begins what is said about a row that cannot be written.
fn failed(source: &Source) -> String {
    format!("Failed to insert values into '{}'.", source.name)
}

fn target(column: &Ident, source: &Source) -> Result<Target, Diagnostic> {
    if let Some((index, _)) = source.schema.find(&column.value) {
        return Ok(Target::Column(index));
    }
    match PseudoColumn::find(&column.value) {
        Some(PseudoColumn::RowTime) => Ok(Target::Time),
        Some(_) => {
            Err(Diagnostic::at(column.span, format!("Inserting into column `{}` is not allowed.", column.value)))
        }
        None => {
            let message = format!("Column name `{}` does not exist.", column.value);
            let hint = did_you_mean(&column.value, source.schema.columns().iter().map(|c| c.name.as_str()));
            Err(Diagnostic { hint, ..Diagnostic::at(column.span, message) })
        }
    }
}

fn values_span(insert: &InsertValues, values: &[Expr]) -> Span {
    match values {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => insert.target.span,
    }
}

/// A row of a table must say which row it is.
fn check_primary_key(insert: &InsertValues, source: &Source, targets: &[Target], findings: &mut Vec<Diagnostic>) {
    if source.kind != SourceKind::Table {
        return;
    }
    let missing: Vec<&str> = source
        .schema
        .columns()
        .iter()
        .enumerate()
        .filter(|(index, c)| c.role == Role::Key && !targets.contains(&Target::Column(*index)))
        .map(|(_, c)| c.name.as_str())
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "Failed to insert values into '{}'. Value for primary key column(s) {} is required for tables",
            source.name,
            missing.join(", ")
        );
        findings.push(Diagnostic::at(insert.target.span, message));
    }
}

/// The value of a constant expression in type `ty`, as an array of one row.
fn evaluate(
    value: &Expr,
    source: &Source,
    (column, ty): (&str, &SqlType),
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<ArrayRef> {
    let scope = Scope::constant().read_as(settings.reading());
    let before = findings.len();
    let loose = Compiler::new(&scope, Clause::Values, findings).loose(value);
    let failed = failed(source);
    // What ksqlDB finds before it looks at the row says so itself.
    for finding in findings.iter_mut().skip(before).filter(|f| f.lead == Lead::Place) {
        finding.message = format!("{failed} {}", finding.message);
    }
    let loose = loose?;
    let own = loose.own_type();
    let typed = match loose.trimmed(ty).build(ty) {
        Ok(typed) => typed,
        Err(cause) => {
            let message = format!("{failed} Expected type {ty} for field `{column}` but got {}({own})", Shown(value));
            findings.push(Diagnostic::at(value.span, message).hint(cause.message));
            return None;
        }
    };
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(ArrowSchema::empty()), vec![], &options);
    let evaluated = row.map_err(Into::into).and_then(|row| typed.expr.evaluate(&row)?.into_array(1));
    match evaluated {
        Ok(array) => Some(array),
        Err(error) => {
            findings.push(Diagnostic::at(value.span, format!("{failed} {}", crate::reason(&error))));
            ScalarValue::try_from(&arrow_type(ty)).ok()?.to_array().ok()
        }
    }
}
