//! INSERT INTO … VALUES: records, written at once, one after another, and outside any query's transaction.

use std::sync::Arc;

use millstream_codec::{Payloads, encoder_with};
use millstream_engine::clock::Clock;
use millstream_plan::{Plan, Settings, Source, plan};
use millstream_schemas::{Registering, SchemaIds, WriterSchema, register};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::{Column, FormatSpec};

use arrow::array::{ArrayRef, RecordBatch};

use crate::names::{READONLY_TOPICS, is_reserved};
use crate::properties::Properties;
use crate::rest::{ApiError, BAD_STATEMENT, SERVER_ERROR};
use crate::server::Server;
use crate::session::Session;
use crate::state::State;

use super::Sandbox;

/// The property that switches INSERT VALUES off.
const ENABLED: &str = "ksql.insert.into.values.enabled";

/// Plans the rows and encodes them for nothing.
pub(super) fn validate(statement: &Statement, sandbox: &Sandbox<'_>, session: &Session) -> Result<(), ApiError> {
    check_enabled(session, sandbox.defaults).map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    let planning = sandbox.state.planning(session.overrides(), sandbox.defaults);
    encoded(statement, &sandbox.state, (&planning, sandbox.defaults), Ok, no_ids).map(drop)
}

/// Ids of rows that are written nowhere.
fn no_ids(_: &Source) -> Result<SchemaIds, String> {
    Ok(SchemaIds::default())
}

/// Whether rows may be inserted at all. Errors: it is switched off.
pub(crate) fn check_enabled(session: &Session, defaults: &Properties) -> Result<(), String> {
    if session.enabled(ENABLED, defaults) {
        return Ok(());
    }
    Err(format!(
        "The server has disabled INSERT INTO ... VALUES functionality. \
         To enable it, restart your KSQL server with '{ENABLED}'=true"
    ))
}

/// Plans, encodes and writes the rows.
pub(super) fn execute(statement: &Statement, server: &Server, session: &Session) -> Result<(), ApiError> {
    insert_rows(statement, server, session, Ok)
}

/// Plans, completes, encodes and writes rows.
pub(crate) fn insert_rows(
    statement: &Statement,
    server: &Server,
    session: &Session,
    complete: impl FnOnce(RecordBatch) -> Result<RecordBatch, String>,
) -> Result<(), ApiError> {
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let view = server.runner.published().view();
    let planning = view.state.planning(session.overrides(), &server.defaults);
    let Encoded { source, keys, values, times } =
        encoded(statement, &view.state, (&planning, &server.defaults), complete, |source| {
            register(&source.topic, &source.schemas, Registering::Always, &server.registry).map_err(|e| e.to_string())
        })?;
    let now = server.clock.now_ms();
    for (i, time) in times.into_iter().enumerate() {
        server
            .writer
            // The partition is the key's, as Kafka's Java clients choose it; any without a key.
            .write(&source.topic, None, keys.get(i), values.get(i), Some(time.unwrap_or(now)))
            .map_err(|e| failed(format!("Failed to insert values into '{}': {e}", source.name)))?;
    }
    server.views.wrote(&source.topic);
    Ok(())
}

/// Rows as records. A side without columns has no payloads at all.
struct Encoded {
    source: Arc<Source>,
    keys: Payloads,
    values: Payloads,
    times: Vec<Option<i64>>,
}

fn encoded(
    statement: &Statement,
    state: &State,
    (planning, defaults): (&Settings, &Properties),
    complete: impl FnOnce(RecordBatch) -> Result<RecordBatch, String>,
    ids: impl FnOnce(&Source) -> Result<SchemaIds, String>,
) -> Result<Encoded, ApiError> {
    let wrong = |findings: Vec<Diagnostic>| ApiError::findings(&statement.text, &findings);
    let planned = plan(statement, &state.catalog, planning).map_err(wrong)?;
    let Plan::InsertValues { source, rows, times } = planned else {
        return Err(wrong(vec![Diagnostic::general("Not an INSERT VALUES statement.")]));
    };
    if is_reserved(&source.topic, READONLY_TOPICS, defaults) {
        return Err(wrong(vec![Diagnostic::general(format!(
            "Cannot insert values into read-only topic: {}",
            source.topic
        ))]));
    }
    let encoded = complete(rows).and_then(|rows| {
        if rows.num_rows() != times.len() || rows.num_columns() != source.schema.columns().len() {
            return Err("The planned rows do not fit their source.".into());
        }
        let (keys, values) = rows.columns().split_at(source.schema.key_count().min(rows.num_columns()));
        let SchemaIds { key, value } = ids(&source)?;
        let schemas = source.schemas.with_ids(key, value);
        let (key, value) = (schemas.key.as_deref(), schemas.value.as_deref());
        let failed = |why: String| format!("Failed to insert values into '{}'. {why}", source.name);
        let keys = encode(source.key_format, source.schema.keys(), key, keys, rows.num_rows()).map_err(failed)?;
        let values = encode(source.value_format, source.schema.values(), value, values, rows.num_rows());
        Ok((keys, values.map_err(failed)?))
    });
    let (keys, values) = encoded.map_err(|e| wrong(vec![Diagnostic::general(e)]))?;
    Ok(Encoded { source, keys, values, times })
}

/// One side of the records; no columns: no payloads.
fn encode(
    format: FormatSpec,
    columns: &[Column],
    schema: Option<&WriterSchema>,
    arrays: &[ArrayRef],
    rows: usize,
) -> Result<Payloads, String> {
    let mut payloads = Payloads::default();
    if columns.is_empty() {
        return Ok(payloads);
    }
    let mut encoder = encoder_with(format, columns, schema).map_err(|e| e.to_string())?;
    encoder.encode(arrays, None, &mut payloads).map_err(|e| e.to_string())?;
    if payloads.len() == rows { Ok(payloads) } else { Err("The rows could not be encoded.".into()) }
}
