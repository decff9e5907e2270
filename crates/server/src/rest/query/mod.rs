//! `POST /query-stream` and `POST /query`: one SELECT or PRINT in, rows out until LIMIT, the end of the topic, or the
//! client's leave.

mod lookup;
mod print;
mod pull;
mod select;
mod shape;
mod standard;

pub(crate) use lookup::Lookups;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Version, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use millstream_pull::Planned;
use millstream_sql::Statement;
use millstream_sql::ast::{Emit, StatementKind};
use millstream_types::{Column, Role};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::door::PublicOnly;
use super::{ApiError, BAD_REQUEST, BAD_STATEMENT, SERVER_ERROR, blocking, body, check_internal, not_acceptable};
use crate::limits::Meter;
use crate::push::{Chunk, Endpoint, Job, PrintJob, RowFormat};
use crate::request::{KsqlRequest, parse};
use crate::server::Server;
use crate::session::Session;

/// Pieces of a response that wait for a slow client, each up to some 64 KiB.
const CHUNKS: usize = 16;

/// The body of `/query-stream`. Fields that are not known are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryStreamArgs {
    sql: String,
    #[serde(default)]
    properties: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    session_variables: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    request_properties: Option<BTreeMap<String, Value>>,
}

/// What either endpoint is asked.
struct Asked {
    sql: String,
    properties: BTreeMap<String, Value>,
    variables: BTreeMap<String, Value>,
    format: RowFormat,
    endpoint: Endpoint,
}

/// A query ready to run on a thread of its own.
enum Ready {
    Rows(Box<Job>),
    Lines(PrintJob),
}

impl Ready {
    fn run(self) {
        match self {
            Self::Rows(job) => job.run(),
            Self::Lines(job) => job.run(),
        }
    }

    /// Runs it on a thread of its own, or on one of the pool when it looks up some keys and is done. Errors: the system gives
    /// none.
    fn start(self) -> Result<(), ApiError> {
        if let Self::Rows(job) = &self
            && job.is_lookup
        {
            drop(tokio::task::spawn_blocking(move || self.run()));
            return Ok(());
        }
        let thread = std::thread::Builder::new().name("push-query".into());
        let thread = match &self {
            Self::Rows(job) if job.deep => thread.stack_size(Planned::STACK),
            _ => thread,
        };
        let spawned = thread.spawn(move || self.run());
        spawned.map(drop).map_err(|e| ApiError::generic(SERVER_ERROR, format!("The query could not be started: {e}")))
    }
}

/// `/query-stream`
pub(super) async fn query_stream(
    State(server): State<Arc<Server>>,
    public: Option<Extension<PublicOnly>>,
    version: Version,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let endpoint = Endpoint::QueryStream;
    answer(server, (version, &headers), endpoint, |format| {
        let args: QueryStreamArgs = body(&bytes)?;
        check_internal(args.request_properties.as_ref(), public)?;
        let (properties, variables) = (args.properties.unwrap_or_default(), args.session_variables.unwrap_or_default());
        Ok(Asked { sql: args.sql, properties, variables, format, endpoint })
    })
    .await
}

/// `/query`
pub(super) async fn query(
    State(server): State<Arc<Server>>,
    public: Option<Extension<PublicOnly>>,
    version: Version,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let endpoint = Endpoint::Query;
    answer(server, (version, &headers), endpoint, |format| {
        let request: KsqlRequest = body(&bytes)?;
        check_internal(request.request_properties.as_ref(), public)?;
        let properties = request.streams_properties.unwrap_or_default();
        let variables = request.session_variables.unwrap_or_default();
        Ok(Asked { sql: request.ksql, properties, variables, format, endpoint })
    })
    .await
}

/// Answers with a stream of rows, or with an error if there is one before the first.
async fn answer(
    server: Arc<Server>,
    (version, headers): (Version, &HeaderMap),
    endpoint: Endpoint,
    read: impl FnOnce(RowFormat) -> Result<Asked, ApiError>,
) -> Response {
    let accept = headers.get(header::ACCEPT).map(|v| v.to_str().unwrap_or_default());
    let Some(format) = RowFormat::negotiate(accept, endpoint) else {
        return not_acceptable();
    };
    let opened = match read(format) {
        Ok(asked) => open(server, asked).await,
        Err(e) => Err(e),
    };
    match opened {
        Ok(Some(Opened { content_type, chunks, meter })) => {
            let body = rows(chunks, version == Version::HTTP_2).inspect(move |piece| {
                if let (Some(meter), Ok(piece)) = (&meter, piece) {
                    meter.count(piece.len());
                }
            });
            ([(header::CONTENT_TYPE, content_type)], Body::from_stream(body)).into_response()
        }
        Ok(None) => not_acceptable(),
        Err(e) => e.into_response(),
    }
}

/// The response's bytes; ends with an error, and so with a broken transfer, when the query was cut off. `by_line`: each
/// line is a piece of its own, and so a DATA frame of HTTP/2, which is how some of ksqlDB's clients tell rows apart.
fn rows(chunks: mpsc::Receiver<Chunk>, by_line: bool) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some((chunks, Bytes::new())), move |state| async move {
        let (mut chunks, mut left) = state?;
        if left.is_empty() {
            match chunks.recv().await {
                Some(Chunk::Text(text)) => left = text,
                Some(Chunk::End) => return None,
                None => return Some((Err(io::Error::other("the query was cut off")), None)),
            }
        }
        let end = if by_line { left.iter().position(|b| *b == b'\n').map(|end| end + 1) } else { None };
        let piece = left.split_to(end.unwrap_or(left.len()));
        Some((Ok(piece), Some((chunks, left))))
    })
}

/// A query that runs.
struct Opened {
    /// What its answer is called.
    content_type: &'static str,
    /// Where its pieces come from.
    chunks: mpsc::Receiver<Chunk>,
    /// Where its bytes are counted, if they are.
    meter: Option<Meter>,
}

/// Answers the query if it can be answered on the spot, else prepares it and gives it a thread of its own. `None`: it cannot
/// be had in the form that was asked for.
async fn open(server: Arc<Server>, asked: Asked) -> Result<Option<Opened>, ApiError> {
    if let Some(known) = lookup::find(&server, &asked) {
        let answered = if known.may_block() {
            let (server, sql) = (Arc::clone(&server), asked.sql.clone());
            blocking(move || known.answer(&server, &sql)).await?
        } else {
            known.answer(&server, &asked.sql)
        };
        match answered {
            Ok(None) => {}
            answered => return answered.map_err(|e| e.marked(&asked.sql)),
        }
    }
    let prepared = blocking(move || {
        let sql = asked.sql.clone();
        prepare(&server, &asked).map_err(|e| e.marked(&sql))
    });
    let Some(Prepared { content_type, ready, chunks, meter }) = prepared.await?? else { return Ok(None) };
    ready.start()?;
    Ok(Some(Opened { content_type, chunks, meter }))
}

/// A query that runs for a WebSocket: its columns, unless it is a PRINT, and its answer as row objects or lines.
pub(super) struct Socketed {
    pub(super) columns: Option<Vec<Column>>,
    pub(super) chunks: mpsc::Receiver<Chunk>,
}

/// Prepares the query of a request and gives it a thread of its own. Errors: those of `/query`.
pub(super) async fn socketed(server: Arc<Server>, request: KsqlRequest) -> Result<Socketed, ApiError> {
    let asked = Asked {
        sql: request.ksql,
        properties: request.streams_properties.unwrap_or_default(),
        variables: request.session_variables.unwrap_or_default(),
        format: RowFormat::Rows,
        endpoint: Endpoint::Query,
    };
    let prepared = blocking(move || prepare(&server, &asked)).await??;
    let Some(Prepared { ready, chunks, .. }) = prepared else {
        return Err(ApiError::generic(SERVER_ERROR, "The query has no answer in rows."));
    };
    let columns = match &ready {
        Ready::Rows(job) if job.bounded => Some(job.columns.clone()),
        // To the client of a push query all columns are values.
        Ready::Rows(job) => Some(job.columns.iter().map(|c| Column { role: Role::Value, ..c.clone() }).collect()),
        Ready::Lines(_) => None,
    };
    ready.start()?;
    Ok(Socketed { columns, chunks })
}

/// A query that can run; the fields are those of [`Opened`].
struct Prepared {
    content_type: &'static str,
    ready: Ready,
    chunks: mpsc::Receiver<Chunk>,
    meter: Option<Meter>,
}

/// Parses, plans and opens the topic. Blocks.
fn prepare(server: &Server, asked: &Asked) -> Result<Option<Prepared>, ApiError> {
    let mut session =
        Session::new(&asked.properties, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    let view = server.runner.published().view();
    let statements = parse(&asked.sql, Some(&asked.variables), &view.state, server, &mut session)?;
    let statement = one_query(&asked.sql, statements)?;
    let (sender, chunks) = mpsc::channel(CHUNKS);
    match &statement.kind {
        StatementKind::Select(query) => {
            let pull = query.emit == Emit::None;
            let meter = if pull { server.limits.pull()? } else { None };
            let job = select::prepare(server, &view.state, (&statement, query), &session, asked, sender);
            let ready = Ready::Rows(Box::new(if pull { job } else { job.map_err(ApiError::of_request) }?));
            Ok(Some(Prepared { content_type: asked.format.content_type(), ready, chunks, meter }))
        }
        StatementKind::Standard { text } => {
            let meter = server.limits.pull()?;
            let settings = view.state.planning(session.overrides(), &server.defaults);
            let age = view.state.settings(session.overrides(), &server.defaults).staleness;
            let reading = (&*view.state, &settings, age);
            let job = standard::prepare(server, reading, &statement, text, (asked.format, sender))?;
            let ready = Ready::Rows(Box::new(job));
            Ok(Some(Prepared { content_type: asked.format.content_type(), ready, chunks, meter }))
        }
        StatementKind::Print(print) => {
            // Lines of text are no rows in another form.
            if asked.endpoint == Endpoint::QueryStream && asked.format != RowFormat::Delimited {
                return Ok(None);
            }
            let ready = Ready::Lines(print::prepare(server, &statement, print, sender)?);
            Ok(Some(Prepared { content_type: RowFormat::Delimited.content_type(), ready, chunks, meter: None }))
        }
        _ => Err(no_query(&statement)),
    }
}

/// The one SELECT or PRINT of a request.
fn one_query(sql: &str, statements: Vec<Statement>) -> Result<Statement, ApiError> {
    let n = statements.len();
    let mut statements = statements.into_iter();
    match (statements.next(), n) {
        (Some(statement), 1) if has_rows(&statement.kind) => Ok(statement),
        (Some(statement), 1) => Err(no_query(&statement)),
        _ => Err(ApiError::statement(
            BAD_STATEMENT,
            sql,
            format!("Expected exactly one KSQL statement; found {n} instead"),
        )),
    }
}

fn has_rows(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Select(_) | StatementKind::Standard { .. } | StatementKind::Print(_))
}

fn no_query(statement: &Statement) -> ApiError {
    let message = "Only SELECT and PRINT statements are answered here: send others to /ksql.";
    ApiError::statement(BAD_STATEMENT, &statement.text, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rows_come_piece_by_piece_or_line_by_line() {
        for (by_line, want) in [(false, &["a\nb\nc", "\n"][..]), (true, &["a\n", "b\n", "c", "\n"])] {
            let (sender, chunks) = mpsc::channel(4);
            sender.try_send(Chunk::Text(Bytes::from_static(b"a\nb\nc"))).unwrap();
            sender.try_send(Chunk::Text(Bytes::from_static(b"\n"))).unwrap();
            drop(sender);
            let pieces: Vec<_> = rows(chunks, by_line).collect().await;
            let (last, pieces) = pieces.split_last().unwrap();
            let pieces: Vec<&[u8]> = pieces.iter().map(|p| p.as_ref().unwrap().as_ref()).collect();
            assert_eq!(pieces, want.iter().map(|p| p.as_bytes()).collect::<Vec<_>>());
            assert!(last.is_err(), "it was cut off");
        }
    }

    #[test]
    fn exactly_one_query() {
        let one = |sql: &str| one_query(sql, millstream_sql::parse(sql).unwrap());
        let check = |sql: &str, part: &str| {
            let error = one(sql).unwrap_err().json();
            assert!(error.contains(part), "{sql}: {error}");
        };
        assert!(one("SELECT * FROM S EMIT CHANGES;").is_ok());
        assert!(one("PRINT 't';").is_ok());
        check("SHOW STREAMS;", "send others to /ksql");
        check("SELECT * FROM S; SELECT * FROM S;", "found 2 instead");
        check("", "found 0 instead");
    }
}
