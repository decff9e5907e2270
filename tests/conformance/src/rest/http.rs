//! A small HTTP client of one server: posts JSON, reads the answer whole or from its first line on.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use millstream_sqltest::json::{Json, parse};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::deployment::runtime;
use super::patience::Patience;

/// Rows as JSON.
pub(super) const JSON: &str = "application/vnd.ksql.v1+json";
/// Rows in protobuf, inside JSON.
pub(super) const PROTOBUF: &str = "application/vnd.ksql.v1+protobuf";

/// A whole answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: i64,
    /// The body.
    pub(super) body: Json,
}

/// An answer whose body is still to come.
pub(super) struct Opened {
    response: Response<Incoming>,
    /// What came of the body so far.
    bytes: Vec<u8>,
}

/// A server and how much longer to wait for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    address: SocketAddr,
    patience: Patience,
}

impl Client {
    /// A client of that server.
    pub(super) fn new(address: SocketAddr, patience: Patience) -> Self {
        Self { address, patience }
    }

    /// Posts a body and reads the whole answer.
    pub(super) fn post(&self, path: &str, accept: &str, body: &Json) -> Result<Answer, String> {
        let opened = self.open(path, accept, body)?;
        self.rest(opened)
    }

    /// Posts a body and waits for the head of the answer only.
    pub(super) fn open(&self, path: &str, accept: &str, body: &Json) -> Result<Opened, String> {
        let response = self.within(path, self.send(path, accept, body.to_string()))?;
        Ok(Opened { response, bytes: Vec::new() })
    }

    /// Waits for the first element of a body that is a list.
    pub(super) fn first_element(&self, opened: &mut Opened) -> Result<(), String> {
        self.within("the first row", async {
            while !has_element(&opened.bytes)
                && let Some(frame) = opened.response.body_mut().frame().await
            {
                let frame = frame.map_err(|e| e.to_string())?;
                opened.bytes.extend(frame.data_ref().into_iter().flatten());
            }
            Ok(())
        })
    }

    /// Reads a body to its end.
    pub(super) fn rest(&self, opened: Opened) -> Result<Answer, String> {
        let Opened { response, mut bytes } = opened;
        let status = i64::from(response.status().as_u16());
        let body = self.within("the end of the answer", async {
            response.into_body().collect().await.map_err(|e| e.to_string())
        })?;
        bytes.extend_from_slice(&body.to_bytes());
        let body = parse(&bytes).map_err(|e| format!("{status}: {e}: {}", bytes.escape_ascii()))?;
        Ok(Answer { status, body })
    }

    async fn send(&self, path: &str, accept: &str, body: String) -> Result<Response<Incoming>, String> {
        let stream = TcpStream::connect(self.address).await.map_err(|e| e.to_string())?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        // Its errors arrive through the request's own future and body.
        tokio::spawn(async { drop(connection.await) });
        let request = Request::post(path)
            .header("host", self.address.to_string())
            .header("content-type", "application/json")
            .header("accept", accept)
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| e.to_string())?;
        sender.send_request(request).await.map_err(|e| e.to_string())
    }

    fn within<T>(&self, what: &str, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        runtime()?.block_on(async {
            match timeout(self.patience.left(), work).await {
                Ok(result) => result.map_err(|e| format!("{what}: {e}")),
                Err(_) => Err(format!("{what}: no answer in time")),
            }
        })
    }
}

/// Whether the first object of a list is whole.
fn has_element(bytes: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => depth += 1,
            b'}' if depth == 1 => return true,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_element;

    #[test]
    fn an_element_ends_with_its_last_brace() {
        for whole in [r#"[{"a":{}}"#, r#"[{"a":"\"}{"},"#] {
            assert!(has_element(whole.as_bytes()), "{whole}");
            let cut = whole.rfind('}').unwrap();
            assert!(!has_element(&whole.as_bytes()[..cut]), "{whole}");
        }
    }
}
