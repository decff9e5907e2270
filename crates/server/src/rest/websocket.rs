//! `GET /ws/query?request=…`: one SELECT or PRINT whose rows come as text frames of a WebSocket.
//!
//! First the columns, then a frame a row (or a line of PRINT, as a JSON string). The end is told twice, as ksqlDB does: by a
//! frame `{"error":"…"}` and by the reason of the close frame.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use millstream_types::Column;
use serde::Serialize;
use serde_json::Value;

use super::query::{Socketed, socketed};
use super::{ApiError, BAD_REQUEST, COMMAND_TIMEOUT, blocking, body};
use crate::entity::FieldInfo;
use crate::properties::Properties;
use crate::push::Chunk;
use crate::request::{KsqlRequest, wait_for_previous};
use crate::server::Server;

/// Longest reason in a close frame, RFC 6455: 125 bytes, 2 of them the code's.
const REASON_BYTES_MAX: usize = 123;
/// Largest message of a client, which has nothing to say.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The only version of the frames.
const VERSION: &str = "1";

/// How long a socket stays open at most.
const LIFETIME: &str = "ksql.websocket.connection.max.timeout.ms";

/// Why a socket is closed.
type Ended = (u16, String);

/// Upgrades the connection and runs the query.
pub(super) async fn query(
    State(server): State<Arc<Server>>,
    RawQuery(parameters): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let lifetime = lifetime(&server.defaults);
    upgrade.max_message_size(MESSAGE_BYTES_MAX).on_upgrade(async move |mut socket| {
        let parameters = parameters.unwrap_or_default();
        let (code, reason) = match open(server, &parameters).await {
            Ok(running) => match tokio::time::timeout(lifetime, serve(&mut socket, running)).await {
                Ok(ended) => ended,
                Err(_) => (close_code::POLICY, "the connection's time is over".to_owned()),
            },
            Err(e) => (close_code_of(&e), e.message()),
        };
        // Nobody reads what a closed socket refuses to take.
        let _ = close(&mut socket, code, &reason).await;
    })
}

/// How long a socket stays open. ksqlDB bounds those that a token opened, which there are none of here: so only where the
/// server's owner has named a time.
fn lifetime(defaults: &Properties) -> Duration {
    let given = defaults.get(LIFETIME).and_then(|ms| ms.parse().ok()).filter(|ms| *ms > 0);
    given.map_or(Duration::MAX, Duration::from_millis)
}

/// Reads the request and starts its query.
async fn open(server: Arc<Server>, parameters: &str) -> Result<Socketed, ApiError> {
    let refused = |message: String| ApiError::generic(BAD_REQUEST, message);
    if let Some(version) = parameter(parameters, "version").filter(|v| v != VERSION) {
        return Err(refused(format!("Received invalid api version: {version}")));
    }
    let text = parameter(parameters, "request").filter(|text| !text.is_empty());
    let request: KsqlRequest = body(text.ok_or_else(|| refused("missing request parameter".into()))?.as_bytes())?;
    let number = request.command_sequence_number;
    let waiting = Arc::clone(&server);
    blocking(move || wait_for_previous(&waiting, number)).await??;
    socketed(server, request).await
}

fn close_code_of(error: &ApiError) -> u16 {
    match error.code() {
        COMMAND_TIMEOUT => close_code::AGAIN,
        code if code / 10_000 == 4 => close_code::UNSUPPORTED,
        _ => close_code::ERROR,
    }
}

/// Passes on what the query says, until either side ends.
async fn serve(socket: &mut WebSocket, running: Socketed) -> Ended {
    let Socketed { columns, mut chunks } = running;
    let gone = || (close_code::AWAY, String::new());
    if let Some(columns) = &columns
        && socket.send(Message::text(schema(columns))).await.is_err()
    {
        return gone();
    }
    let mut frames = Frames { rows: columns.is_some(), rest: Vec::new() };
    loop {
        let chunk = tokio::select! {
            chunk = chunks.recv() => chunk,
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return gone(),
                // Pings are answered below here; nothing else means anything.
                Some(Ok(_)) => continue,
            },
        };
        let (texts, ended) = match chunk {
            Some(Chunk::Text(text)) => (frames.push(&text), None),
            Some(Chunk::End) => (frames.end(), Some((close_code::NORMAL, "done".to_owned()))),
            None => (frames.end(), Some((close_code::ERROR, "the query was cut off".to_owned()))),
        };
        for text in texts {
            match text {
                Frame::Text(text) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return gone();
                    }
                }
                Frame::Failed(reason) => return (close_code::ERROR, reason),
            }
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}

fn schema(columns: &[Column]) -> String {
    json(&columns.iter().map(FieldInfo::of).collect::<Vec<_>>())
}

async fn close(socket: &mut WebSocket, code: u16, reason: &str) -> Result<(), axum::Error> {
    let reason = cut(reason);
    socket.send(Message::text(json(&serde_json::json!({"error": reason})))).await?;
    socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
}

/// As much of a reason as fits into a close frame.
fn cut(reason: &str) -> &str {
    let end = (0..=REASON_BYTES_MAX.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    reason.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// What one line of an answer becomes.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Text(String),
    /// The query has failed.
    Failed(String),
}

/// The lines of an answer as frames.
struct Frames {
    /// They are row objects of one JSON array, each on a line; else lines of PRINT.
    rows: bool,
    /// The beginning of a line.
    rest: Vec<u8>,
}

impl Frames {
    /// The frames that a piece of the answer completes.
    fn push(&mut self, piece: &[u8]) -> Vec<Frame> {
        self.rest.extend_from_slice(piece);
        let end = self.rest.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        self.frames(&whole)
    }

    /// What is left at the end.
    fn end(&mut self) -> Vec<Frame> {
        let rest = std::mem::take(&mut self.rest);
        self.frames(&rest)
    }

    fn frames(&self, lines: &[u8]) -> Vec<Frame> {
        String::from_utf8_lossy(lines).lines().filter_map(|line| self.frame(line)).collect()
    }

    fn frame(&self, line: &str) -> Option<Frame> {
        if !self.rows {
            return Some(Frame::Text(json(&line)));
        }
        let object = line.trim_start_matches('[').trim_end_matches([',', ']']);
        if object.is_empty() || object.starts_with("{\"header\"") || object.starts_with("{\"finalMessage\"") {
            return None;
        }
        if object.starts_with("{\"errorMessage\"") {
            let error = serde_json::from_str::<Value>(object).ok();
            let message = error.as_ref().and_then(|e| e.pointer("/errorMessage/message")).and_then(Value::as_str);
            return Some(Frame::Failed(message.unwrap_or(object).to_owned()));
        }
        Some(Frame::Text(object.to_owned()))
    }
}

/// The value of a parameter of a query string, decoded.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut pairs = parameters.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decoded(key) == name).map(|(_, value)| decoded(value))
}

/// `%XX` and `+` of form encoding; what is no such code stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn json(value: &impl Serialize) -> String {
    // Strings and lists only: cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = "version=1&request=%7B%22ksql%22%3A%22PRINT+t%3B%22%7D&x=%zz%4";
        assert_eq!(parameter(query, "request").as_deref(), Some(r#"{"ksql":"PRINT t;"}"#));
        assert_eq!(parameter(query, "x").as_deref(), Some("%zz%4"));
        assert_eq!((parameter(query, "y"), parameter("", "request")), (None, None));
    }

    #[test]
    fn rows_become_frames_however_they_are_cut() {
        let answer = "[{\"header\":{}},\n{\"row\":{\"columns\":[[1],\"]\"]}},\n{\"finalMessage\":\"Limit Reached\"}]";
        let whole = "[{\"header\":{}},\n{\"row\":{\"columns\":[[1],\"]\"]}}]";
        let row = Frame::Text("{\"row\":{\"columns\":[[1],\"]\"]}}".into());
        for text in [answer, whole] {
            for cut in 0..text.len() {
                let mut frames = Frames { rows: true, rest: Vec::new() };
                let mut found = frames.push(&text.as_bytes()[..cut]);
                found.extend(frames.push(&text.as_bytes()[cut..]));
                found.extend(frames.end());
                assert_eq!(found, [Frame::Text(json_of(&row))], "{cut}");
            }
        }
        let mut failed = Frames { rows: true, rest: Vec::new() };
        failed.push(b"[{\"errorMessage\":{\"message\":\"broke\"}}]");
        assert_eq!(failed.end(), [Frame::Failed("broke".into())]);
        let mut lines = Frames { rows: false, rest: Vec::new() };
        assert_eq!(lines.push(b"a \"b\"\nc"), [Frame::Text("\"a \\\"b\\\"\"".into())]);
        assert_eq!(lines.end(), [Frame::Text("\"c\"".into())]);
    }

    fn json_of(frame: &Frame) -> String {
        match frame {
            Frame::Text(text) | Frame::Failed(text) => text.clone(),
        }
    }

    #[test]
    fn reasons_fit_into_a_frame() {
        assert_eq!(cut("done"), "done");
        let long = "é".repeat(100);
        assert_eq!(cut(&long).len(), 122);
        let code = |code| close_code_of(&ApiError::generic(code, "x"));
        assert_eq!((code(BAD_REQUEST), code(COMMAND_TIMEOUT), code(50000)), (1003, 1013, 1011));
    }
}
