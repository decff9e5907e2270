//! `POST /inserts-stream`: rows in, one JSON object a line, and an acknowledgement out for each, over HTTP/2 only.

mod row;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Version, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use millstream_plan::Source;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use super::{ApiError, BAD_REQUEST, BAD_STATEMENT, HTTP2_ONLY, blocking, body, not_acceptable};
use crate::push::{Endpoint, RowFormat};
use crate::server::Server;
use crate::session::Session;
use crate::statement::{check_inserts_enabled, insert_rows};
use row::Row;

/// Longest line of a request.
const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pieces of the response that wait for a slow client.
const CHUNKS: usize = 16;

/// The first line. Fields that are not known are ignored.
#[derive(Debug, Deserialize)]
struct InsertsArgs {
    target: String,
    #[serde(default)]
    properties: Option<BTreeMap<String, Value>>,
}

/// The answer to a row that was written.
#[derive(Serialize)]
struct Ack {
    status: &'static str,
    seq: u64,
}

/// The answer to a row that was not: the last of the response.
#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    status: &'static str,
    seq: u64,
    error_code: u32,
    message: &'a str,
}

/// Answers with a stream of acknowledgements, or with an error if the first line is wrong.
pub(super) async fn inserts_stream(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    if request.version() != Version::HTTP_2 {
        let message = "This endpoint is only available when using HTTP2";
        return ApiError::generic(HTTP2_ONLY, message).into_response();
    }
    let Some(format) = negotiate(request.headers()) else {
        return not_acceptable();
    };
    let mut lines = Lines { stream: request.into_body().into_data_stream(), rest: Vec::new(), ended: false };
    let (session, source) = match open(&server, &mut lines).await {
        Ok(opened) => opened,
        Err(e) => return e.into_response(),
    };
    let (sender, pieces) = mpsc::channel::<Bytes>(CHUNKS);
    let target = Target { server, session, source };
    tokio::spawn(write_rows(target, lines, format, sender));
    let body = stream::unfold(pieces, |mut pieces| async {
        pieces.recv().await.map(|piece| (Ok::<_, io::Error>(piece), pieces))
    });
    ([(header::CONTENT_TYPE, format.content_type())], Body::from_stream(body)).into_response()
}

/// Lines, or one JSON array.
fn negotiate(headers: &HeaderMap) -> Option<RowFormat> {
    let accept = headers.get(header::ACCEPT).map(|v| v.to_str().unwrap_or_default());
    RowFormat::negotiate(accept, Endpoint::QueryStream)
        .filter(|format| !matches!(format, RowFormat::Rows | RowFormat::Protobuf))
}

/// Reads the first line and finds its target.
async fn open(server: &Arc<Server>, lines: &mut Lines) -> Result<(Arc<Session>, Arc<Source>), ApiError> {
    let first = lines.next().await.map_err(|e| ApiError::generic(BAD_REQUEST, e))?.unwrap_or_default();
    let args: InsertsArgs = body(first.as_bytes())?;
    let properties = args.properties.unwrap_or_default();
    let session = Session::new(&properties, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    check_inserts_enabled(&session, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    let view = server.runner.published().view();
    let exact = args.target.strip_prefix('`').and_then(|n| n.strip_suffix('`'));
    let name = exact.map_or_else(|| args.target.to_uppercase(), str::to_owned);
    let source = view.state.catalog.get(&name).cloned().ok_or_else(|| {
        ApiError::generic(BAD_STATEMENT, format!("Cannot insert values into an unknown stream/table: {}", args.target))
    })?;
    Ok((Arc::new(session), source))
}

/// Where the rows of a request go.
#[derive(Clone)]
struct Target {
    server: Arc<Server>,
    session: Arc<Session>,
    source: Arc<Source>,
}

/// Writes row after row until the request ends, a row is refused, or nobody reads the acknowledgements.
async fn write_rows(target: Target, mut lines: Lines, format: RowFormat, sender: mpsc::Sender<Bytes>) {
    let array = format == RowFormat::JsonArray;
    let mut seq = 0;
    loop {
        let written = match lines.next().await {
            Ok(None) => break,
            Ok(Some(line)) => write_row(target.clone(), line).await,
            Err(e) => Err(ApiError::generic(BAD_REQUEST, e)),
        };
        let failed = written.is_err();
        let answer = match written {
            Ok(()) => json(&Ack { status: "ok", seq }),
            Err(e) => {
                let (code, message) = (e.code(), e.message());
                json(&Refusal { kind: "generic_error", status: "error", seq, error_code: code, message: &message })
            }
        };
        let piece = match (array, seq) {
            (true, 0) => format!("[{answer}"),
            (true, _) => format!(",{answer}"),
            (false, _) => format!("{answer}\n"),
        };
        seq += 1;
        if sender.send(Bytes::from(piece)).await.is_err() || failed {
            break;
        }
    }
    if array {
        let end = if seq == 0 { "[]" } else { "]" };
        // Nobody waits for the end when this fails.
        let _ = sender.send(Bytes::from_static(end.as_bytes())).await;
    }
}

async fn write_row(target: Target, line: String) -> Result<(), ApiError> {
    blocking(move || {
        let row = Row::read(&line, &target.source).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
        let statement = row.statement.clone();
        insert_rows(&statement, &target.server, &target.session, |planned| row.complete(planned))
    })
    .await?
}

fn json(value: &impl Serialize) -> String {
    // Strings and numbers only: cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// The lines of a body as they arrive.
struct Lines {
    stream: BodyDataStream,
    rest: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// The next line that is not empty; `None` at the end. Errors: it is too long, no UTF-8, or the client broke off.
    async fn next(&mut self) -> Result<Option<String>, String> {
        loop {
            let end = self.rest.iter().position(|b| *b == b'\n');
            let line: Vec<u8> = match end {
                Some(end) => self.rest.drain(..=end).collect(),
                None if self.ended => std::mem::take(&mut self.rest),
                None => {
                    if self.rest.len() > LINE_BYTES_MAX {
                        return Err("A line of the request is too long.".into());
                    }
                    match self.stream.next().await {
                        Some(Ok(piece)) => self.rest.extend_from_slice(&piece),
                        Some(Err(e)) => return Err(e.to_string()),
                        None => self.ended = true,
                    }
                    continue;
                }
            };
            let text = String::from_utf8(line).map_err(|_| "The request is not UTF-8.".to_owned())?;
            if !text.trim().is_empty() {
                return Ok(Some(text.trim().to_owned()));
            }
            if end.is_none() {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let pieces = ["{\"a\"", ":1}\n\n{", "\"b\":2}\r\n", "{\"c\":3}"];
        let pieces = pieces.map(|p| Ok::<_, io::Error>(Bytes::from(p)));
        let stream = Body::from_stream(stream::iter(pieces)).into_data_stream();
        let mut lines = Lines { stream, rest: Vec::new(), ended: false };
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(line);
        }
        assert_eq!(found, [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#]);
        assert_eq!(lines.next().await, Ok(None));
    }

    #[test]
    fn answers_to_rows() {
        assert_eq!(json(&Ack { status: "ok", seq: 3 }), r#"{"status":"ok","seq":3}"#);
        super::super::documented::check("Acknowledgement", &json(&Ack { status: "ok", seq: 3 }));
        let refusal = Refusal { kind: "generic_error", status: "error", seq: 1, error_code: 40000, message: "m" };
        assert_eq!(
            json(&refusal),
            r#"{"@type":"generic_error","status":"error","seq":1,"error_code":40000,"message":"m"}"#
        );
    }
}
