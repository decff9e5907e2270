//! A JSON object as the row of an INSERT VALUES: names in any case, values as literals of what they are, so that they
//! are converted as those of the statement are.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use millstream_codec::decoder;
use millstream_plan::Source;
use millstream_schemas::Registry;
use millstream_sql::ast::{Expr, ExprKind, Ident, InsertValues, StatementKind};
use millstream_sql::{Span, Statement};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};
use serde_json::{Map, Value};

/// The statement that inserts a row, and the columns that no literal can give.
pub(super) struct Row {
    /// INSERT VALUES of the other columns.
    pub(super) statement: Statement,
    /// Values that contain an empty array or map, by the index of their column.
    literals: Vec<(usize, ArrayRef)>,
}

impl Row {
    /// Reads one line. Errors: it is no object, a name is unknown, or a value does not fit its column.
    pub(super) fn read(line: &str, source: &Source) -> Result<Self, String> {
        let object: Map<String, Value> =
            serde_json::from_str(line).map_err(|e| format!("Invalid JSON in inserts stream: {e}"))?;
        let (mut columns, mut values, mut literals) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in &object {
            let (index, column) = column(source, name)
                .ok_or_else(|| format!("Column {name} of the row is not a column of {}.", source.name))?;
            let mut expr = expression(value, &column.ty);
            if holds_nothing(value) {
                literals.push((index, decoded(value, column)?));
                expr = literal(ExprKind::Null);
            }
            columns.push(ident(&column.name));
            values.push(expr);
        }
        // A row of nothing but nulls: a statement without names would mean all columns.
        if let (true, Some(first)) = (columns.is_empty(), source.schema.values().first()) {
            columns.push(ident(&first.name));
            values.push(literal(ExprKind::Null));
        }
        let kind =
            StatementKind::InsertValues(InsertValues { target: ident(&source.name), columns, rows: vec![values] });
        let text = format!("INSERT INTO {} VALUES …;", source.name);
        Ok(Self { statement: Statement { kind, text, span: Span::default() }, literals })
    }

    /// The planned row with the columns that no literal could give.
    pub(super) fn complete(self, row: RecordBatch) -> Result<RecordBatch, String> {
        if self.literals.is_empty() {
            return Ok(row);
        }
        let mut columns = row.columns().to_vec();
        for (index, array) in self.literals {
            if let Some(column) = columns.get_mut(index) {
                *column = array;
            }
        }
        RecordBatch::try_new(row.schema(), columns).map_err(|e| e.to_string())
    }
}

/// The column of a name: exact between back-quotes, else in any case.
fn column<'a>(source: &'a Source, name: &str) -> Option<(usize, &'a Column)> {
    let exact = name.strip_prefix('`').and_then(|n| n.strip_suffix('`'));
    match exact {
        Some(name) => source.schema.find(name),
        None => source.schema.find(&name.to_uppercase()).or_else(|| source.schema.find(name)),
    }
}

fn ident(name: &str) -> Ident {
    Ident { value: name.to_owned(), quoted: true, span: Span::default() }
}

fn literal(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

/// A value as an expression; where the JSON does not look like the type, the conversion will say so.
fn expression(value: &Value, ty: &SqlType) -> Expr {
    let kind = match (value, ty) {
        (Value::Null, _) => ExprKind::Null,
        (Value::Bool(b), _) => ExprKind::Boolean(*b),
        (Value::Number(number), _) => match number.as_i64() {
            Some(n) => i32::try_from(n).map_or(ExprKind::Bigint(n), ExprKind::Integer),
            None => {
                let text = number.to_string();
                if text.contains(['e', 'E']) {
                    ExprKind::Double(number.as_f64().unwrap_or_default())
                } else {
                    ExprKind::Decimal(text)
                }
            }
        },
        (Value::String(text), _) => ExprKind::String(text.clone()),
        (Value::Array(items), SqlType::Array(item)) => {
            ExprKind::Array(items.iter().map(|i| expression(i, item)).collect())
        }
        (Value::Array(items), _) => ExprKind::Array(items.iter().map(|i| expression(i, &SqlType::String)).collect()),
        (Value::Object(entries), SqlType::Map(_, item)) => {
            let entry =
                |(key, value): (&String, &Value)| (literal(ExprKind::String(key.clone())), expression(value, item));
            ExprKind::Map(entries.iter().map(entry).collect())
        }
        (Value::Object(entries), SqlType::Struct(fields)) => {
            let entry = |(name, value): (&String, &Value)| {
                let field = fields.iter().find(|f| f.name.eq_ignore_ascii_case(name));
                let ty = field.map_or(&SqlType::String, |f| &f.ty);
                (ident(field.map_or(name, |f| &f.name)), expression(value, ty))
            };
            ExprKind::Struct(entries.iter().map(entry).collect())
        }
        (Value::Object(entries), _) => {
            let entry = |(name, value): (&String, &Value)| (ident(name), expression(value, &SqlType::String));
            ExprKind::Struct(entries.iter().map(entry).collect())
        }
    };
    literal(kind)
}

/// Whether an empty array or object stands anywhere in a value: SQL has no literal for it.
fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty() || items.iter().any(holds_nothing),
        Value::Object(entries) => entries.is_empty() || entries.values().any(holds_nothing),
        _ => false,
    }
}

/// A value by the way of the JSON format.
fn decoded(value: &Value, column: &Column) -> Result<ArrayRef, String> {
    let column = Column { role: Role::Value, ..column.clone() };
    let payload = Value::Object([(column.name.clone(), value.clone())].into_iter().collect()).to_string();
    let mut decoder = decoder(FormatSpec::value(Format::Json), std::slice::from_ref(&column), &[0], &Registry::none())
        .map_err(|e| e.to_string())?;
    decoder.push(Some(payload.as_bytes())).map_err(|e| e.to_string())?;
    let array = decoder.finish().into_iter().next().filter(|array| array.len() == 1);
    array.map(|array| Arc::clone(&array)).ok_or_else(|| format!("{value} cannot be read as {}", column.ty))
}

#[cfg(test)]
mod tests {
    use millstream_plan::{Catalog, Plan, Settings, plan};

    use super::*;
    use crate::cells::Cells;
    use crate::statement::testing::statement;

    const CREATE: &str = "CREATE STREAM S (K STRING KEY, N BIGINT, D DECIMAL(6, 2), T TIMESTAMP, A ARRAY<DOUBLE>, \
        M MAP<STRING, INT>, R STRUCT<X INT, Y ARRAY<INT>>, `low` BOOLEAN) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

    /// The row that a line makes, as a JSON array of its columns.
    fn row(line: &str) -> Result<String, String> {
        let mut catalog = Catalog::default();
        let Ok(Plan::CreateSource { source, .. }) = plan(&statement(CREATE), &catalog, &Settings::default()) else {
            panic!("{CREATE}")
        };
        catalog.put(Arc::clone(&source));
        let read = Row::read(line, &source)?;
        let planned = plan(&read.statement, &catalog, &Settings::default()).map_err(|e| e[0].message.clone())?;
        let Plan::InsertValues { rows, .. } = planned else { panic!("another plan") };
        let row = read.complete(rows)?;
        let mut out = Vec::new();
        Cells::new(source.schema.columns()).write_row(&row, 0, &mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_take_the_types_of_their_columns() {
        let line = r#"{"k": "a", "N": 3, "d": 1.5, "t": "2020-01-02T03:04:05", "A": [1, 2.5], "m": {"x": 1}, "r": {"x": 7}, "`low`": true}"#;
        assert_eq!(
            row(line).unwrap(),
            r#"["a",3,1.50,"2020-01-02T03:04:05.000",[1.0,2.5],{"x":1},{"X":7,"Y":null},true]"#
        );
        let empty = r#"{"A": [], "M": {}, "R": {"X": 1, "Y": []}, "N": 12345678901}"#;
        assert_eq!(row(empty).unwrap(), r#"[null,12345678901,null,null,[],{},{"X":1,"Y":[]},null]"#);
        assert_eq!(row("{}").unwrap(), "[null,null,null,null,null,null,null,null]");
    }

    #[test]
    fn rows_that_do_not_fit_say_why() {
        for (line, part) in [
            ("[1]", "Invalid JSON in inserts stream"),
            ("{", "Invalid JSON in inserts stream"),
            (r#"{"NOPE": 1}"#, "Column NOPE of the row is not a column of S."),
            (r#"{"N": "x"}"#, "Failed to insert values into 'S'."),
            (r#"{"A": {"x": []}}"#, "expected"),
        ] {
            let error = row(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
