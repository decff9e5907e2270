//! INSERT INTO … VALUES: one record, written at once and outside any query's transaction.

use std::sync::Arc;

use millstream_codec::{Payloads, encoder};
use millstream_engine::clock::Clock;
use millstream_plan::{Plan, Settings, Source, plan};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::{Column, FormatSpec};

use arrow::array::{ArrayRef, RecordBatch};

use crate::names::is_internal;
use crate::properties::Properties;
use crate::rest::{ApiError, BAD_STATEMENT, SERVER_ERROR};
use crate::server::Server;
use crate::session::Session;
use crate::state::State;

use super::Sandbox;

/// The property that switches INSERT VALUES off.
const ENABLED: &str = "ksql.insert.into.values.enabled";

/// Plans the row and encodes it for nothing.
pub(super) fn validate(statement: &Statement, sandbox: &Sandbox<'_>, session: &Session) -> Result<(), ApiError> {
    check_enabled(session, sandbox.defaults).map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    record(statement, &sandbox.state, &sandbox.state.planning(session.overrides(), sandbox.defaults), Ok).map(drop)
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

/// Plans, encodes and writes the row.
pub(super) fn execute(statement: &Statement, server: &Server, session: &Session) -> Result<(), ApiError> {
    insert_row(statement, server, session, Ok)
}

/// Plans, completes, encodes and writes a row.
pub(crate) fn insert_row(
    statement: &Statement,
    server: &Server,
    session: &Session,
    complete: impl FnOnce(RecordBatch) -> Result<RecordBatch, String>,
) -> Result<(), ApiError> {
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let view = server.runner.published().view();
    let planning = view.state.planning(session.overrides(), &server.defaults);
    let record = record(statement, &view.state, &planning, complete)?;
    let topic = &record.source.topic;
    let time = record.time.unwrap_or_else(|| server.clock.now_ms());
    server
        .writer
        // The partition is the key's, as Kafka's Java clients choose it; any without a key.
        .write(topic, None, record.key.as_deref(), record.value.as_deref(), Some(time))
        .map(drop)
        .map_err(|e| failed(format!("Failed to insert values into '{}': {e}", record.source.name)))
}

struct Record {
    source: Arc<Source>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    time: Option<i64>,
}

fn record(
    statement: &Statement,
    state: &State,
    planning: &Settings,
    complete: impl FnOnce(RecordBatch) -> Result<RecordBatch, String>,
) -> Result<Record, ApiError> {
    let wrong = |findings: Vec<Diagnostic>| ApiError::findings(&statement.text, &findings);
    let planned = plan(statement, &state.catalog, planning).map_err(wrong)?;
    let Plan::InsertValues { source, row, time } = planned else {
        return Err(wrong(vec![Diagnostic::general("Not an INSERT VALUES statement.")]));
    };
    if is_internal(&source.topic) {
        return Err(wrong(vec![Diagnostic::general(format!(
            "Cannot insert values into read-only topic: {}",
            source.topic
        ))]));
    }
    let row = complete(row).map_err(|e| wrong(vec![Diagnostic::general(e)]))?;
    let columns = columns_of_one_row(&source, &row).map_err(|e| wrong(vec![Diagnostic::general(e)]))?;
    let (keys, values) = columns.split_at(source.schema.key_count().min(columns.len()));
    let key = encode(source.key_format, source.schema.keys(), keys);
    let value = encode(source.value_format, source.schema.values(), values);
    match (key, value) {
        (Ok(key), Ok(value)) => Ok(Record { source, key, value, time }),
        (Err(e), _) | (_, Err(e)) => Err(wrong(vec![Diagnostic::general(e)])),
    }
}

fn columns_of_one_row<'a>(source: &Source, row: &'a RecordBatch) -> Result<&'a [ArrayRef], String> {
    if row.num_rows() == 1 && row.num_columns() == source.schema.columns().len() {
        Ok(row.columns())
    } else {
        Err("The planned row does not fit its source.".into())
    }
}

/// One side of the record; no columns: no bytes.
fn encode(format: FormatSpec, columns: &[Column], row: &[ArrayRef]) -> Result<Option<Vec<u8>>, String> {
    if columns.is_empty() {
        return Ok(None);
    }
    let mut payloads = Payloads::default();
    encoder(format, columns).map_err(|e| e.to_string())?.encode(row, None, &mut payloads);
    if payloads.len() == 1 {
        Ok(payloads.get(0).map(<[u8]>::to_vec))
    } else {
        Err("The row could not be encoded.".into())
    }
}
