//! JSON over HTTP/1.1 to the services beside Kafka: Kafka Connect and the Schema Registry.
//!
//! One request a connection: these are statements of people, not a data path. Over TLS when the URL says https.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// Largest answer that is read.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A service by its URL.
#[derive(Debug, Clone)]
pub(crate) struct ServiceClient {
    /// `host:port`
    authority: String,
    /// What every path begins with, without its last slash.
    base: String,
    /// `Authorization` of every request.
    authorization: Option<String>,
    timeout: Duration,
    /// How to speak TLS; `None`: plain HTTP.
    tls: Option<Arc<ClientConfig>>,
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// The body as text.
    pub(crate) body: String,
}

impl Answer {
    /// Whether the service did what it was asked.
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl ServiceClient {
    /// The service at `http://host:port[/path]`, or `https://…` with what `tls` gives. Errors: the text is no such URL, or
    /// those of `tls`.
    pub(crate) fn new(
        url: &str,
        timeout: Duration,
        tls: impl FnOnce() -> Result<Arc<ClientConfig>, String>,
    ) -> Result<Self, String> {
        let (tls, rest) = match url.trim().split_once("://") {
            Some(("http", rest)) => (None, rest),
            Some(("https", rest)) => (Some(tls()?), rest),
            _ => {
                return Err(format!(
                    "'{url}' is not a URL that can be reached: it must start with http:// or https://"
                ));
            }
        };
        let (authority, base) = match rest.split_once('/') {
            Some((authority, path)) => (authority, format!("/{}", path.trim_end_matches('/'))),
            None => (rest, String::new()),
        };
        if authority.is_empty() || authority.contains(['@', '?', '#', ' ']) {
            return Err(format!("'{url}' is not a URL like http://HOST:PORT"));
        }
        let authority = if has_port(authority) {
            authority.to_owned()
        } else {
            format!("{authority}:{}", if tls.is_some() { 443 } else { 80 })
        };
        let base = if base == "/" { String::new() } else { base };
        Ok(Self { authority, base, authorization: None, timeout, tls })
    }

    /// The same service, asked as this user.
    pub(crate) fn with_user(mut self, user: &str, password: &str) -> Self {
        self.authorization = Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        self
    }

    /// Sends a request and waits for the whole answer. Blocks: only for threads of the runtime that may.
    ///
    /// Errors: nobody answers in time, or not in HTTP.
    pub(crate) fn call(&self, method: Method, path: &str, json: Option<String>) -> Result<Answer, String> {
        let runtime = Handle::try_current().map_err(|e| e.to_string())?;
        self.call_on(&runtime, method, path, json)
    }

    /// The same from any thread but the runtime's own.
    pub(crate) fn call_on(
        &self,
        runtime: &Handle,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Answer, String> {
        // Made inside the runtime: other threads have no timers.
        let asked = async { tokio::time::timeout(self.timeout, self.ask(method, path, json)).await };
        match runtime.block_on(asked) {
            Ok(answer) => answer,
            Err(_) => Err(format!("{} did not answer within {} ms", self.authority, self.timeout.as_millis())),
        }
    }

    async fn ask(&self, method: Method, path: &str, json: Option<String>) -> Result<Answer, String> {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", self.authority);
        let stream = TcpStream::connect(&self.authority).await.map_err(|e| failed(&e))?;
        let Some(tls) = &self.tls else { return self.send(stream, method, path, json).await };
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|e| failed(&e))?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.map_err(|e| failed(&e))?;
        self.send(stream, method, path, json).await
    }

    /// Sends a request over a connection that is there.
    async fn send<S>(&self, stream: S, method: Method, path: &str, json: Option<String>) -> Result<Answer, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", self.authority);
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e))?;
        // Its errors arrive through the request's own future and body.
        tokio::spawn(async { drop(connection.await) });
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(HOST, &self.authority)
            .header(ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if json.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(json.unwrap_or_default()));
        let request = request.body(body).map_err(|e| failed(&e))?;
        let response = sender.send_request(request).await.map_err(|e| failed(&e))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await.map_err(|e| failed(&e))?;
        Ok(Answer { status, body: String::from_utf8_lossy(&body.to_bytes()).into_owned() })
    }
}

/// Whether `host[:port]` has its port; an IPv6 address ends with a bracket otherwise.
fn has_port(authority: &str) -> bool {
    authority.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// A name as one segment of a path.
pub(crate) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |url: &str, want: Option<(&str, &str)>| {
            let got = ServiceClient::new(url, Duration::ZERO, || Err("no TLS".into())).ok();
            assert_eq!(got.as_ref().map(|s| (s.authority.as_str(), s.base.as_str())), want, "{url}");
        };
        check("http://localhost:8083", Some(("localhost:8083", "")));
        check("http://localhost:8083/", Some(("localhost:8083", "")));
        check("http://registry/base/path/", Some(("registry:80", "/base/path")));
        check("http://[::1]", Some(("[::1]:80", "")));
        check("http://[::1]:8083", Some(("[::1]:8083", "")));
        check("https://localhost", None);
        check("http://", None);
        check("http://user:word@host", None);
    }

    #[test]
    fn names_in_paths() {
        assert_eq!(segment("my-connector_1"), "my-connector_1");
        assert_eq!(segment("a b/ü?"), "a%20b%2F%C3%BC%3F");
    }

    #[test]
    fn nobody_there_is_an_error_with_the_address() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let client = ServiceClient::new("http://127.0.0.1:1", Duration::from_secs(5), || Err("no TLS".into())).unwrap();
        let asked = runtime.block_on(async move {
            tokio::task::spawn_blocking(move || client.call(Method::GET, "/connectors", None)).await.unwrap()
        });
        assert!(asked.unwrap_err().starts_with("127.0.0.1:1: "));
    }
}
