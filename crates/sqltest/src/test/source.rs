//! `ASSERT STREAM` and `ASSERT TABLE`: a source is defined as written there.

use std::fmt::Display;
use std::sync::Arc;

use millstream_plan::{Catalog, Plan, Source, TimeFormat, plan};
use millstream_sql::Statement;
use millstream_sql::ast::{CreateSource, Expr, ExprKind, Property, SourceKind, StatementKind};
use millstream_types::{FormatSpec, Wrapping};

use crate::failure::{Failure, Kind};
use crate::session::Session;

/// Properties of which one names the format of values.
const VALUE_FORMATS: [&str; 2] = ["VALUE_FORMAT", "FORMAT"];

/// Compares the source of that name with the definition.
pub(super) fn check(wanted: &CreateSource, statement: &Statement, session: &Session) -> Result<(), Failure> {
    let name = &wanted.name.value;
    let Some(actual) = session.catalog.get(name) else {
        return Err(Failure::new(Kind::Ksql, format!("Unknown stream or table: `{name}`.")));
    };
    let expected = expected(wanted, statement, actual, session)?;
    same("schema", &expected.schema, &actual.schema, name)?;
    same("type", noun(expected.kind), noun(actual.kind), name)?;
    same("kafka topic", &expected.topic, &actual.topic, name)?;
    for (side, expected, actual) in
        [("key", expected.key_format, actual.key_format), ("value", expected.value_format, actual.value_format)]
    {
        same(&format!("{side} format"), expected.format, actual.format, name)?;
        if expected.delimiter != actual.delimiter {
            let message = format!("Expected {side} delimiter does not match actual for source {name}.");
            return Err(Failure::new(Kind::Ksql, message));
        }
        same(&format!("{side} serde features"), features(expected), features(actual), name)?;
    }
    for (what, of) in [("column", column as fn(&Source) -> &str), ("format", column_format)] {
        same(&format!("timestamp {what}"), of(&expected), of(actual), name)?;
    }
    same("window", window(&expected), window(actual), name)
}

fn noun(kind: SourceKind) -> &'static str {
    if kind == SourceKind::Stream { "STREAM" } else { "TABLE" }
}

fn features(format: FormatSpec) -> &'static str {
    format.wrapping.map_or("none", Wrapping::name)
}

fn column(source: &Source) -> &str {
    source.timestamp.as_ref().map_or("none", |t| t.column.as_str())
}

fn column_format(source: &Source) -> &str {
    source.timestamp.as_ref().and_then(|t| t.format.as_ref()).map_or("none", TimeFormat::text)
}

fn window(source: &Source) -> String {
    let Some(window) = source.key_window else { return "none".to_owned() };
    window.size_ms().map_or_else(|| window.name().to_owned(), |size| format!("{} of {size} ms", window.name()))
}

fn same<T: Display + PartialEq>(what: &str, expected: T, actual: T, name: &str) -> Result<(), Failure> {
    if expected == actual {
        return Ok(());
    }
    let message = format!("Expected {what} does not match actual for source {name}.");
    Err(Failure::new(Kind::Ksql, message).difference(expected.to_string(), actual.to_string()))
}

/// The source that the definition would make. The format of values that it does not name is the actual one's.
fn expected(
    wanted: &CreateSource,
    statement: &Statement,
    actual: &Source,
    session: &Session,
) -> Result<Arc<Source>, Failure> {
    let mut create = wanted.clone();
    if !create.with.iter().any(|p| VALUE_FORMATS.contains(&p.name.as_str())) {
        let format = ExprKind::String(actual.value_format.format.name().to_owned());
        let (name, span) = ("VALUE_FORMAT".to_owned(), wanted.name.span);
        create.with.push(Property { name, value: Expr { kind: format, span }, span });
    }
    let statement = Statement { kind: StatementKind::CreateSource(create), ..statement.clone() };
    let planned = plan(&statement, &Catalog::default(), &session.settings);
    match planned.map_err(|findings| session.failure(Kind::Statement, findings))? {
        Plan::CreateSource { source, .. } => Ok(source),
        _ => Err(Failure::new(Kind::Statement, "The assertion does not describe a source.")),
    }
}
