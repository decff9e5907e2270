//! Pull queries by key that have come before with another key: neither parsed nor planned again, and answered on the spot if
//! the table's view is fresh.
//!
//! The first of a shape goes the way of every query. If it turns out to ask for one key by its one literal, what was made of it
//! is kept under its text without that literal and the properties it came with, for as long as the catalog stays as it is.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int32Array, Int64Array, StringArray};
use bytes::Bytes;
use millstream_engine::error::EngineError;
use millstream_plan::topology::Step;
use millstream_plan::{Access, PullPart, PullQuery};
use millstream_sql::ast::{CompareOp, Emit, ExprKind, Query};
use millstream_types::{Column, SqlType};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::super::ApiError;
use super::shape::{Cut, Literal};
use super::{Asked, Opened, pull};
use crate::push::{Chunk, End, RowFormat, RowWriter};
use crate::server::Server;
use crate::state::State;
use crate::view::{self, KeyLookup, Snapshot};

/// Shapes that are kept; when there are more, all are forgotten.
const SHAPES_MAX: usize = 256;
/// Lookups of a shape that are kept ready: so many can be answered at once without making one.
const READY_MAX: usize = 16;

/// The shapes that have come.
#[derive(Default)]
pub(crate) struct Lookups {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The catalog that they were planned in.
    state: Option<Arc<State>>,
    shapes: HashMap<String, Arc<Lookup>>,
}

/// What was made of a shape.
struct Lookup {
    part: PullPart,
    ty: SqlType,
    format: RowFormat,
    columns: Vec<Column>,
    writer: RowWriter,
    age: Duration,
    ready: Mutex<Vec<KeyLookup>>,
}

/// A query of a known shape over a view that is fresh.
pub(super) struct Known {
    lookup: Arc<Lookup>,
    key: ArrayRef,
    rows: (Snapshot, usize),
}

impl Lookups {
    fn find(&self, shape: &str, state: &Arc<State>) -> Option<Arc<Lookup>> {
        let kept = self.kept.lock();
        kept.state.as_ref().filter(|known| Arc::ptr_eq(known, state))?;
        kept.shapes.get(shape).map(Arc::clone)
    }

    fn put(&self, shape: String, state: &Arc<State>, lookup: Lookup) {
        let mut kept = self.kept.lock();
        if kept.shapes.len() >= SHAPES_MAX || !kept.state.as_ref().is_some_and(|known| Arc::ptr_eq(known, state)) {
            kept.shapes.clear();
            kept.state = Some(Arc::clone(state));
        }
        kept.shapes.insert(shape, Arc::new(lookup));
    }
}

/// What the shape of a query is kept under.
fn name(asked: &Asked, cut: &Cut<'_>) -> Option<String> {
    if !asked.variables.is_empty() {
        return None;
    }
    let kind = match cut.literal {
        Literal::String(_) => 's',
        Literal::Integer(_) => 'i',
        Literal::Bigint(_) => 'b',
    };
    let mut name = String::with_capacity(asked.sql.len() + 16);
    // Lengths, so that one part cannot pass for another. Writing into a text cannot fail.
    let _ = write!(name, "{:?} {kind} {} {}{}", asked.format, cut.before.len(), cut.before, cut.after);
    if !asked.properties.is_empty() {
        name.push('\0');
        name.push_str(&serde_json::to_string(&asked.properties).ok()?);
    }
    Some(name)
}

/// The query if its shape is known, and its table's view is fresh: it can be answered without waiting for anything.
pub(super) fn find(server: &Server, asked: &Asked) -> Option<Known> {
    let cut = Cut::of(&asked.sql)?;
    let name = name(asked, &cut)?;
    let lookup = server.lookups.find(&name, &server.runner.published().view().state)?;
    let key = key(&lookup.ty, cut.literal)?;
    let rows = view::fresh(server, &lookup.part.source, lookup.age)?;
    Some(Known { lookup, key, rows })
}

/// A key of that type, an array of one.
fn key(ty: &SqlType, literal: Literal<'_>) -> Option<ArrayRef> {
    Some(match (ty, literal) {
        (SqlType::String, Literal::String(text)) => Arc::new(StringArray::from(vec![text])),
        (SqlType::Integer, Literal::Integer(number)) => Arc::new(Int32Array::from(vec![number])),
        (SqlType::Bigint, Literal::Integer(number)) => Arc::new(Int64Array::from(vec![i64::from(number)])),
        (SqlType::Bigint, Literal::Bigint(number)) => Arc::new(Int64Array::from(vec![number])),
        _ => return None,
    })
}

/// Keeps what was made of a query, if it asks for the rows of one key and nothing depends on which. `age`: how old its rows
/// may be.
pub(super) fn learn(
    server: &Server,
    state: &Arc<State>,
    asked: &Asked,
    (query, planned): (&Query, &PullQuery),
    age: Duration,
) {
    if let Some(cut) = Cut::of(&asked.sql)
        && let Some(name) = name(asked, &cut)
        && asks_for(query, cut.literal)
        && let Some(part) = part_of(planned)
        && let Some(ty) = part.source.schema.keys().first().map(|key| key.ty.clone())
        && key(&ty, cut.literal).is_some()
    {
        let writer = RowWriter::of_pull(asked.format, &planned.columns, &planned.shown);
        if writer.check().is_ok() {
            let (format, columns) = (asked.format, planned.columns.clone());
            let lookup = Lookup { part, ty, format, columns, writer, age, ready: Mutex::default() };
            server.lookups.put(name, state, lookup);
        }
    }
}

/// Whether a query has no condition but that a column is this literal. It is the only one of its kind in the text, so that it
/// is nowhere else in the query.
fn asks_for(query: &Query, literal: Literal<'_>) -> bool {
    let is_literal = |kind: &ExprKind| match (kind, literal) {
        (ExprKind::String(text), Literal::String(cut)) => text == cut,
        (ExprKind::Integer(number), Literal::Integer(cut)) => *number == cut,
        (ExprKind::Bigint(number), Literal::Bigint(cut)) => *number == cut,
        _ => false,
    };
    let is_column = |kind: &ExprKind| matches!(kind, ExprKind::Column { .. });
    let condition = match query.filter.as_ref().map(|filter| &filter.kind) {
        Some(ExprKind::Compare { op: CompareOp::Equal, left, right }) => {
            (is_column(&left.kind) && is_literal(&right.kind)) || (is_literal(&left.kind) && is_column(&right.kind))
        }
        _ => false,
    };
    let whole =
        query.with.is_empty() && query.union_all.is_empty() && query.qualify.is_none() && query.having.is_none();
    condition && whole && query.emit == Emit::None && query.first_source().is_some()
}

/// The one part of a query that looks up one key of one column, without its condition: the rows of a key fulfil it.
fn part_of(planned: &PullQuery) -> Option<PullPart> {
    let PullQuery { parts, order, limit: None, offset: 0, .. } = planned else { return None };
    let [part] = parts.as_slice() else { return None };
    let Access::Keys(columns) = &part.access else { return None };
    let one = matches!(columns.as_slice(), [column] if column.len() == 1) && part.source.schema.key_count() == 1;
    let (filters, others): (Vec<&Step>, Vec<&Step>) =
        part.stage.steps.iter().partition(|step| matches!(step, Step::Filter { .. }));
    let plain = filters.len() == 1 && others.iter().all(|step| matches!(step, Step::Project { .. }));
    if !one || !plain || !order.is_empty() || part.stage.sink.is_some() {
        return None;
    }
    let mut part = part.clone();
    part.stage.steps.retain(|step| !matches!(step, Step::Filter { .. }));
    Some(part)
}

impl Known {
    /// Whether answering it may wait for something after all: the schema of a record.
    pub(super) fn may_block(&self) -> bool {
        let source = &self.lookup.part.source;
        source.key_format.format.has_registry() || source.value_format.format.has_registry()
    }

    /// Its whole answer; `None`: it is a long one. Errors: the server takes no more queries.
    pub(super) fn answer(self, server: &Server, sql: &str) -> Result<Option<Opened>, ApiError> {
        let Self { lookup, key, rows } = self;
        let found = match lookup.rows(key, &rows, server) {
            Ok(Some(batches)) => Ok(batches),
            Ok(None) => return Ok(None),
            Err(e) => Err(e.to_string()),
        };
        let meter = server.limits.pull()?;
        let permit = pull::enter(server, &lookup.part.source.name, sql)?;
        let mut text = Vec::with_capacity(512);
        lookup.writer.header(&permit.id, &lookup.columns, &mut text);
        let fits = |batches: &Vec<_>| batches.iter().all(|batch| lookup.writer.fits(batch));
        let end = match found {
            Ok(batches) if fits(&batches) => {
                for batch in &batches {
                    (0..batch.num_rows()).for_each(|row| lookup.writer.row(batch, row, &mut text));
                }
                End::Complete
            }
            Ok(_) => End::Failed("The query's rows are not of the announced columns.".into()),
            Err(cause) => End::Failed(cause),
        };
        if let End::Failed(cause) = &end {
            tracing::warn!(query = permit.id, cause, "pull query has failed");
        }
        lookup.writer.end(&end, &mut text);
        let (sender, chunks) = mpsc::channel(2);
        for chunk in [Chunk::Text(Bytes::from(text)), Chunk::End] {
            // There is room for both.
            let _ = sender.try_send(chunk);
        }
        Ok(Some(Opened { content_type: lookup.format.content_type(), chunks, meter }))
    }
}

impl Lookup {
    fn rows(
        &self,
        key: ArrayRef,
        rows: &(Snapshot, usize),
        server: &Server,
    ) -> Result<Option<Vec<arrow::array::RecordBatch>>, EngineError> {
        let ready = self.ready.lock().pop();
        let mut ready = match ready {
            Some(ready) => ready,
            None => KeyLookup::new(&self.part, &server.registry)?,
        };
        let found = ready.rows(&self.part, key, rows)?;
        let mut kept = self.ready.lock();
        if kept.len() < READY_MAX {
            kept.push(ready);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use millstream_plan::{Catalog, Plan, Settings, plan};
    use millstream_sql::ast::StatementKind;

    use super::*;

    const TABLES: &str = "
        CREATE SOURCE TABLE T (K STRING PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
        CREATE SOURCE TABLE B (K BIGINT PRIMARY KEY, N STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
        CREATE SOURCE TABLE D (K DOUBLE PRIMARY KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
        CREATE SOURCE TABLE P (A STRING PRIMARY KEY, B STRING PRIMARY KEY) WITH (KAFKA_TOPIC='t', FORMAT='JSON');";

    /// Whether nothing of what was planned depends on the literal but the key.
    fn is_known(catalog: &Catalog, sql: &str) -> bool {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let (StatementKind::Select(query), Some(cut)) = (&statement.kind, Cut::of(sql)) else { return false };
        let Ok(Plan::Pull(planned)) = plan(&statement, catalog, &Settings::default()) else { return false };
        let ty = |part: PullPart| part.source.schema.keys().first().map(|key| key.ty.clone());
        let ty = part_of(&planned).and_then(ty);
        asks_for(query, cut.literal) && ty.is_some_and(|ty| key(&ty, cut.literal).is_some())
    }

    #[test]
    fn only_what_asks_for_one_key_and_nothing_else_is_kept() {
        let mut catalog = Catalog::default();
        for statement in millstream_sql::parse(TABLES).unwrap() {
            match plan(&statement, &catalog, &Settings::default()).unwrap() {
                Plan::CreateSource { source, .. } => catalog.put(source),
                other => panic!("{other:?}"),
            }
        }
        for (expected, sql) in [
            (true, "SELECT * FROM T WHERE K = 'a';"),
            (true, "SELECT UCASE(K) AS U, N + 1 AS M, ROWTIME FROM T X WHERE 'a' = X.K;"),
            (true, "SELECT * FROM B WHERE K = 5;"),
            (true, "SELECT * FROM B WHERE K = 5000000000;"),
            (false, "SELECT * FROM B WHERE K = -5;"),
            (false, "SELECT * FROM D WHERE K = 5;"),
            (false, "SELECT * FROM T WHERE N = 5;"),
            (false, "SELECT * FROM T WHERE K > 'a';"),
            (false, "SELECT * FROM T WHERE K = 'a' AND N = 5;"),
            (false, "SELECT * FROM T WHERE K = 'a' OR N = 5;"),
            (false, "SELECT * FROM T WHERE NOT K = 'a';"),
            (false, "SELECT * FROM T WHERE K = 'a' LIMIT 1;"),
            (false, "SELECT * FROM T WHERE K = 'a' ORDER BY N;"),
            (false, "SELECT COUNT(*) FROM T WHERE K = 'a';"),
            (false, "SELECT K FROM T WHERE K = 'a' UNION ALL SELECT K FROM T;"),
            (false, "SELECT K FROM (SELECT K FROM T) X WHERE K = 'a';"),
            (false, "SELECT N, 'a' AS A FROM T WHERE K = UCASE('b');"),
            (false, "SELECT 'a' AS A FROM T WHERE N = 5;"),
            (false, "SELECT * FROM P WHERE A = 'a';"),
            (false, "SELECT * FROM T;"),
        ] {
            assert_eq!(is_known(&catalog, sql), expected, "{sql}");
        }
    }
}
