//! `POST /query-stream`: one SELECT in, rows out until LIMIT, the end of the topic, or the client's leave.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use millstream_engine::push::PushQuery;
use millstream_plan::{Plan, plan};
use millstream_sql::ast::{SourceKind, StatementKind};
use millstream_sql::{Diagnostic, Statement};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{ApiError, BAD_REQUEST, BAD_STATEMENT, MAX_PUSH_QUERIES, SERVER_ERROR, blocking, body};
use crate::kafka::{KafkaTopicReader, ReadFrom};
use crate::properties::OffsetReset;
use crate::push::{Chunk, Job, RowFormat, RowWriter, STALL_MAX};
use crate::server::Server;
use crate::session::Session;
use crate::state::single_stage;

/// Pieces of a response that wait for a slow client, each up to some 64 KiB.
const CHUNKS: usize = 16;

/// The body. Fields that are not known are ignored.
#[derive(Debug, Deserialize)]
struct QueryStreamArgs {
    sql: String,
    #[serde(default)]
    properties: Option<BTreeMap<String, Value>>,
}

/// Answers with a stream of rows, or with an error if there is one before the first.
pub(super) async fn query_stream(State(server): State<Arc<Server>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let accept = headers.get(header::ACCEPT).map(|v| v.to_str().unwrap_or_default());
    let Some(format) = RowFormat::negotiate(accept) else {
        return (StatusCode::NOT_ACCEPTABLE, "Not Acceptable").into_response();
    };
    match open(server, format, &bytes).await {
        Ok(chunks) => {
            ([(header::CONTENT_TYPE, format.content_type())], Body::from_stream(rows(chunks))).into_response()
        }
        Err(e) => e.into_response(),
    }
}

/// The response's bytes; ends with an error, and so with a broken transfer, when the query was cut off.
fn rows(chunks: mpsc::Receiver<Chunk>) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(chunks), |chunks| async {
        let mut chunks = chunks?;
        match chunks.recv().await {
            Some(Chunk::Text(text)) => Some((Ok(text), Some(chunks))),
            Some(Chunk::End) => None,
            None => Some((Err(io::Error::other("the query was cut off")), None)),
        }
    })
}

/// Prepares the query and gives it a thread of its own.
async fn open(server: Arc<Server>, format: RowFormat, bytes: &[u8]) -> Result<mpsc::Receiver<Chunk>, ApiError> {
    let args: QueryStreamArgs = body(bytes)?;
    let (job, chunks) = blocking(move || prepare(&server, &args, format)).await??;
    std::thread::Builder::new()
        .name("push-query".into())
        .spawn(move || job.run())
        .map_err(|e| ApiError::generic(SERVER_ERROR, format!("The query could not be started: {e}")))?;
    Ok(chunks)
}

/// Parses, plans and opens the topic. Blocks.
fn prepare(
    server: &Server,
    args: &QueryStreamArgs,
    format: RowFormat,
) -> Result<(Job, mpsc::Receiver<Chunk>), ApiError> {
    let properties = args.properties.clone().unwrap_or_default();
    let session = Session::new(&properties, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    let statement = one_select(&args.sql)?;
    let wrong = |findings: &[Diagnostic]| ApiError::findings(&statement.text, findings);
    let view = server.runner.published().view();
    let planned = plan(&statement, &view.state.catalog).map_err(|e| wrong(&e))?;
    let Plan::Select { topology, columns, limit, push } = planned else {
        return Err(wrong(&[Diagnostic::general("Not a SELECT statement.")]));
    };
    let StatementKind::Select(query) = &statement.kind else {
        return Err(wrong(&[Diagnostic::general("Not a SELECT statement.")]));
    };
    let Some(from) = query.first_source() else {
        return Err(wrong(&[Diagnostic::at(query.span, "SELECT without FROM is not supported yet.")]));
    };
    let name = &from.value;
    if !push && view.state.catalog.get(name).is_some_and(|s| s.kind == SourceKind::Table) {
        let finding = Diagnostic::at(from.span, format!("The `{name}` table isn't queryable."));
        return Err(wrong(&[finding.hint("Pull queries over tables are not supported yet; add EMIT CHANGES.")]));
    }
    let stage = single_stage(topology).map_err(|e| wrong(&e))?;
    let from = match (push, view.state.settings(session.overrides(), &server.defaults).reset) {
        (false, _) => ReadFrom::StartToEnd,
        (true, OffsetReset::Earliest) => ReadFrom::Start,
        (true, OffsetReset::Latest) => ReadFrom::End,
    };
    let Some(permit) = server.pushes.enter(name, &statement.text) else {
        return Err(ApiError::statement(
            MAX_PUSH_QUERIES,
            &statement.text,
            "The maximum number of push queries is running; end one of them first.",
        ));
    };
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let pipeline = PushQuery::new(&permit.id, &stage)
        .map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e.to_string()))?;
    let reader = KafkaTopicReader::open(&server.kafka, &server.topics, &stage.source.topic, from).map_err(failed)?;
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let writer = RowWriter::new(format, &columns);
    let job = Job {
        query: pipeline,
        reader: Box::new(reader),
        columns,
        writer,
        limit,
        bounded: !push,
        permit,
        sender,
        stall_max: STALL_MAX,
    };
    Ok((job, chunks))
}

/// The one SELECT of a request.
fn one_select(sql: &str) -> Result<Statement, ApiError> {
    let statements = millstream_sql::parse(sql).map_err(|e| ApiError::findings(sql, &e))?;
    let n = statements.len();
    let mut statements = statements.into_iter();
    match (statements.next(), n) {
        (Some(statement), 1) if matches!(statement.kind, StatementKind::Select(_)) => Ok(statement),
        (Some(statement), 1) => Err(ApiError::statement(
            BAD_STATEMENT,
            &statement.text,
            "Only SELECT statements are answered here: send others to /ksql.",
        )),
        _ => Err(ApiError::statement(
            BAD_STATEMENT,
            sql,
            format!("Expected exactly one KSQL statement; found {n} instead"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_select() {
        let check = |sql: &str, part: &str| {
            let error = one_select(sql).unwrap_err().json();
            assert!(error.contains(part), "{sql}: {error}");
        };
        assert!(one_select("SELECT * FROM S EMIT CHANGES;").is_ok());
        check("SHOW STREAMS;", "send others to /ksql");
        check("SELECT * FROM S; SELECT * FROM S;", "found 2 instead");
        check("", "found 0 instead");
        check("SELEC", "40001");
    }
}
