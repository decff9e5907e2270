//! `ASSERT VALUES` and `ASSERT NULL VALUES`: the next record of a source's topic that no assertion has looked at yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use millstream_codec::decoder;
use millstream_engine::driver::{Driver, TopicRecord};
use millstream_plan::topology::PseudoColumn;
use millstream_plan::{Catalog, Plan, Source, plan};
use millstream_schemas::Registry;
use millstream_sql::Statement;
use millstream_sql::ast::{AssertValues, InsertValues, SourceKind, StatementKind};
use millstream_types::{Column, FormatSpec, Role, Schema, SqlType};

use crate::failure::{Failure, Kind};
use crate::records::{bare_key, bounds, shown};
use crate::session::Session;

/// What a mismatch is called; tests expect these words.
const MISMATCH: &str = "Expected record does not match actual.";

/// A row: its columns in the order of the schema, and its time.
struct Row {
    columns: Vec<ArrayRef>,
    time: i64,
}

/// Compares the columns that the assertion names with the next unread record, which is read then.
pub(super) fn check(
    assertion: &AssertValues,
    statement: &Statement,
    session: &Session,
    driver: &Driver,
    read: &mut BTreeMap<String, usize>,
) -> Result<(), Failure> {
    let name = &assertion.source.value;
    let Some(source) = session.catalog.get(name) else {
        return Err(Failure::new(Kind::Ksql, format!("Unknown stream or table: `{name}`.")));
    };
    let source = &with_bounds(assertion, source);
    let named = named(assertion, source);
    let expected = expected(assertion, statement, source, session)?;
    let mut values = expected.columns.iter().skip(source.schema.key_count());
    if assertion.tombstone && values.any(|value| !value.is_null(0)) {
        let message = "Unexpected value columns specified in ASSERT NULL VALUES.";
        return Err(Failure::new(Kind::Assertion, message));
    }
    let records = driver.topic(&source.topic);
    let at = read.entry(source.topic.clone()).or_default();
    let Some(record) = records.get(*at) else {
        let message = format!("Expected another record of {name}, but all {} have been read already.", records.len());
        return Err(Failure::new(Kind::Ksql, message).difference(expected.shown(&named, source), "no record"));
    };
    *at += 1;
    let mismatch = |actual: String| {
        let failure = Failure::new(Kind::Assertion, MISMATCH);
        let tombstone = if assertion.tombstone { "a tombstone with " } else { "" };
        Err(failure.difference(format!("{tombstone}{}", expected.shown(&named, source)), actual))
    };
    let actual = match row(record, source, &session.registry()) {
        Ok(row) => row,
        Err(e) => return mismatch(format!("{} ({e})", shown(record))),
    };
    if assertion.tombstone != record.value.is_none() {
        let tombstone = if record.value.is_none() { "a tombstone with " } else { "" };
        return mismatch(format!("{tombstone}{}", actual.shown(&named, source)));
    }
    if named.iter().all(|column| expected.equals(&actual, *column)) {
        return Ok(());
    }
    mismatch(actual.shown(&named, source))
}

/// The source with the bounds of its windows behind its key, those that the assertion names.
fn with_bounds(assertion: &AssertValues, source: &Source) -> Source {
    let there = PseudoColumn::ALL.into_iter().filter(|bound| bound.is_bound() && source.key_window.is_some());
    let named = there.filter(|bound| assertion.columns.iter().any(|column| column.value == bound.name()));
    let columns = named.map(|bound| Column { name: bound.name().to_owned(), ty: bound.ty(), role: Role::Key });
    let schema = Schema::new(source.schema.columns().iter().cloned().chain(columns));
    Source { schema, ..source.clone() }
}

/// A column that an assertion names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The record's timestamp.
    Time,
    /// The column of that index.
    Column(usize),
}

/// The columns looked at; those that the source does not have are told by the planner.
fn named(assertion: &AssertValues, source: &Source) -> Vec<Named> {
    if assertion.columns.is_empty() {
        let all = if assertion.tombstone { source.schema.key_count() } else { source.schema.columns().len() };
        return (0..all).map(Named::Column).collect();
    }
    let one = |name: &str| match source.schema.find(name) {
        Some((index, _)) => Some(Named::Column(index)),
        None => (name == PseudoColumn::RowTime.name()).then_some(Named::Time),
    };
    assertion.columns.iter().filter_map(|c| one(&c.value)).collect()
}

/// The row that the assertion writes, evaluated and converted as INSERT VALUES does it.
fn expected(
    assertion: &AssertValues,
    statement: &Statement,
    source: &Source,
    session: &Session,
) -> Result<Row, Failure> {
    // A stream takes any row: no column of it is required.
    let free = Source { kind: SourceKind::Stream, key_window: None, reads: Vec::new(), ..source.clone() };
    let mut catalog = Catalog::default();
    catalog.put(Arc::new(free));
    let columns = if assertion.columns.is_empty() && assertion.tombstone {
        let key = |c: &Column| millstream_sql::ast::Ident { value: c.name.clone(), ..assertion.source.clone() };
        source.schema.keys().iter().map(key).collect()
    } else {
        assertion.columns.clone()
    };
    let insert = InsertValues { target: assertion.source.clone(), columns, rows: vec![assertion.values.clone()] };
    let statement = Statement { kind: StatementKind::InsertValues(insert), ..statement.clone() };
    let planned = plan(&statement, &catalog, &session.settings);
    match planned.map_err(|findings| session.failure(Kind::Statement, findings))? {
        Plan::InsertValues { rows, times, .. } => {
            let time = times.first().copied().flatten().unwrap_or(0);
            Ok(Row { columns: rows.columns().to_vec(), time })
        }
        _ => Err(Failure::new(Kind::Statement, "The assertion does not describe a row.")),
    }
}

/// A record's columns.
fn row(record: &TopicRecord, source: &Source, registry: &Registry) -> Result<Row, String> {
    let key = bare_key(record.key.as_deref(), source.key_window)?;
    let bound = |column: &&Column| PseudoColumn::find(&column.name).filter(|found| found.is_bound());
    let (windows, keys): (Vec<&Column>, Vec<&Column>) = source.schema.keys().iter().partition(|c| bound(c).is_some());
    let keys: Vec<Column> = keys.into_iter().cloned().collect();
    let mut columns = side(key, source.key_format, &keys, registry)?;
    let [start, end] = bounds(record.key.as_deref(), source.key_window)?;
    for column in windows {
        let value = if bound(&column) == Some(PseudoColumn::WindowStart) { start } else { end };
        columns.push(Arc::new(Int64Array::from(vec![value])));
    }
    columns.extend(side(record.value.as_deref(), source.value_format, source.schema.values(), registry)?);
    Ok(Row { columns, time: record.timestamp })
}

fn side(
    bytes: Option<&[u8]>,
    format: FormatSpec,
    columns: &[Column],
    registry: &Registry,
) -> Result<Vec<ArrayRef>, String> {
    let used: Vec<usize> = (0..columns.len()).collect();
    let mut decoder = decoder(format, columns, &used, registry).map_err(|e| e.to_string())?;
    decoder.push(bytes).map_err(|e| e.to_string())?;
    Ok(decoder.finish())
}

impl Row {
    fn equals(&self, other: &Self, column: Named) -> bool {
        match column {
            Named::Time => self.time == other.time,
            Named::Column(i) => match (self.columns.get(i), other.columns.get(i)) {
                (Some(own), Some(others)) => own.as_ref() == others.as_ref(),
                _ => false,
            },
        }
    }

    /// `ID=1, NAME='a'`
    fn shown(&self, named: &[Named], source: &Source) -> String {
        let one = |column: &Named| match column {
            Named::Time => format!("{}={}", PseudoColumn::RowTime.name(), self.time),
            Named::Column(i) => match (source.schema.columns().get(*i), self.columns.get(*i)) {
                (Some(column), Some(array)) => format!("{}={}", column.name, cell(array, &column.ty)),
                _ => String::new(),
            },
        };
        named.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// The only value of a column.
fn cell(array: &ArrayRef, ty: &SqlType) -> String {
    if array.is_null(0) {
        return "null".to_owned();
    }
    let options = FormatOptions::default().with_null("null");
    let text = match ArrayFormatter::try_new(array.as_ref(), &options) {
        Ok(formatter) => formatter.value(0).to_string(),
        Err(e) => e.to_string(),
    };
    if *ty == SqlType::String { format!("'{text}'") } else { text }
}
