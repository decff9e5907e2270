//! The columns of an answer: names that are told apart, types that ksqlDB has.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::DFSchema;
use millstream_sql::Diagnostic;
use millstream_types::{Column, Role, SqlType, arrow_field, arrow_type, nearest_sql_type};

/// The columns of a plan's result. One name of several sources stands behind theirs, as in ksqlDB's joins.
///
/// # Errors
/// There is no SQL type for one of them.
pub(crate) fn columns(schema: &DFSchema) -> Result<Vec<Column>, Diagnostic> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for field in schema.fields() {
        *count.entry(field.name().as_str()).or_default() += 1;
    }
    let mut columns: Vec<Column> = Vec::with_capacity(schema.fields().len());
    for (qualifier, field) in schema.iter() {
        let repeated = count.get(field.name().as_str()).is_some_and(|n| *n > 1);
        let name = match qualifier {
            Some(source) if repeated => format!("{}_{}", source.table(), field.name()),
            _ => field.name().clone(),
        };
        let ty = sql_type(field.data_type()).ok_or_else(|| refused(field.name(), field.data_type()))?;
        columns.push(Column { name: free(name, &columns), ty, role: Role::Value });
    }
    Ok(columns)
}

/// A name that no column before has.
fn free(name: String, before: &[Column]) -> String {
    let taken = |name: &str| before.iter().any(|c| c.name == name);
    if !taken(&name) {
        return name;
    }
    let numbered = (1..=before.len()).map(|n| format!("{name}_{n}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or(name)
}

/// The SQL type of a column; NULL by itself has none and is told as STRING.
fn sql_type(ty: &DataType) -> Option<SqlType> {
    match ty {
        DataType::Null => Some(SqlType::String),
        DataType::Dictionary(_, value) => sql_type(value),
        ty => nearest_sql_type(ty),
    }
}

fn refused(name: &str, ty: &DataType) -> Diagnostic {
    let message = format!("Column '{name}' of the result is of the type {ty}, for which there is no SQL type.");
    Diagnostic::general(message).hint("CAST it to STRING, or to a number.")
}

/// The Arrow schema of an answer of these columns.
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|c| arrow_field(&c.name, &c.ty)).collect::<Vec<_>>()))
}

/// A batch as [`schema`] has it.
///
/// # Errors
/// A value does not fit its column.
pub(crate) fn converted(batch: &RecordBatch, columns: &[Column], schema: &SchemaRef) -> Result<RecordBatch, String> {
    let convert = |(array, column): (&ArrayRef, &Column)| {
        let ty = arrow_type(&column.ty);
        if *array.data_type() == ty { Ok(ArrayRef::clone(array)) } else { cast(array, &ty) }
    };
    let arrays = batch.columns().iter().zip(columns).map(convert).collect::<Result<Vec<_>, _>>();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    arrays
        .and_then(|arrays| RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options))
        .map_err(|e| e.to_string())
}
