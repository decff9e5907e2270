//! One HTTP/1.1 request at a time, the answer lent as it arrives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Builder;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why there is no answer, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL is not one: correct it.
    #[error("{0}")]
    Url(String),
    /// Nobody answers there.
    #[error("cannot reach {authority}: {cause}\nIs the server running? Its ready line shows its URL.")]
    Unreachable {
        /// `host:port`
        authority: String,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to the server broke: {0}")]
    Broken(#[from] hyper::Error),
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password (basic authentication).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token (bearer).
    Token(String),
}

/// Secrets stay secret.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Basic { user, .. } => f.debug_struct("Basic").field("user", user).finish_non_exhaustive(),
            Self::Token(_) => f.write_str("Token(…)"),
        }
    }
}

impl Credentials {
    fn header(&self) -> String {
        match self {
            Self::Basic { user, password } => format!("Basic {}", BASE64.encode(format!("{user}:{password}"))),
            Self::Token(token) => format!("Bearer {token}"),
        }
    }
}

/// A server by its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `host:port`
    authority: String,
    credentials: Option<Credentials>,
}

/// An answer, its body still to come.
#[derive(Debug)]
pub struct Answer {
    response: Response<Incoming>,
}

impl Server {
    /// The server of `http://host[:port][/]`; port 8088 when left out.
    ///
    /// Errors: the URL is not one.
    pub fn parse(url: &str) -> Result<Self, HttpError> {
        let Some(rest) = url.trim().strip_prefix("http://") else {
            return Err(HttpError::Url(format!("'{url}' is not a server URL: it must start with http://")));
        };
        let authority = rest.trim_end_matches('/');
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let authority = match port {
            // An IPv6 address without a port ends with its bracket.
            Some(port) if !port.ends_with(']') => {
                if port.parse::<u16>().is_err() {
                    return Err(HttpError::Url(format!("'{url}' is not a server URL: '{port}' is no port")));
                }
                authority.to_owned()
            }
            _ => format!("{authority}:8088"),
        };
        if authority.starts_with(':') || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(HttpError::Url(format!("'{url}' is not a server URL like http://127.0.0.1:8088")));
        }
        Ok(Self { authority, credentials: None })
    }

    /// The same, asked by somebody.
    #[must_use]
    pub fn with(self, credentials: Option<Credentials>) -> Self {
        Self { credentials, ..self }
    }

    /// Who asks it.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// `http://host:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Gets a page.
    ///
    /// Errors: nobody answers, or the connection breaks.
    pub async fn get(&self, path: &str) -> Result<Answer, HttpError> {
        self.send(Request::get(path), Bytes::new()).await
    }

    /// Posts a JSON body.
    ///
    /// Errors: nobody answers, or the connection breaks.
    pub async fn post(&self, path: &str, accept: &str, json: String) -> Result<Answer, HttpError> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json").header(ACCEPT, accept);
        self.send(request, Bytes::from(json)).await
    }

    async fn send(&self, request: Builder, body: Bytes) -> Result<Answer, HttpError> {
        let unreachable = |cause| HttpError::Unreachable { authority: self.authority.clone(), cause };
        let stream = TcpStream::connect(&self.authority).await.map_err(unreachable)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its errors arrive through the request's own future and body.
        tokio::spawn(async { drop(connection.await) });
        let mut request = request.header(HOST, &self.authority);
        if let Some(credentials) = &self.credentials {
            request = request.header(AUTHORIZATION, credentials.header());
        }
        let request = request.body(Full::new(body)).map_err(|e| HttpError::Url(e.to_string()))?;
        Ok(Answer { response: sender.send_request(request).await? })
    }
}

impl Answer {
    /// The status, such as 200.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Whether the server did what it was asked.
    pub fn ok(&self) -> bool {
        self.response.status() == StatusCode::OK
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// Errors: the connection broke.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        while let Some(frame) = self.response.body_mut().frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The whole body as text.
    ///
    /// Errors: the connection broke.
    pub async fn text(self) -> Result<String, HttpError> {
        let body = self.response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_sent_and_not_shown() {
        let basic = Credentials::Basic { user: "Aladdin".into(), password: "open sesame".into() };
        assert_eq!(basic.header(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{basic:?}").contains("sesame"));
        let token = Credentials::Token("t0k".into());
        assert_eq!(token.header(), "Bearer t0k");
        assert!(!format!("{token:?}").contains("t0k"));
    }

    #[test]
    fn urls() {
        let check = |url: &str, want: Option<&str>| {
            assert_eq!(Server::parse(url).ok().map(|s| s.authority).as_deref(), want, "{url}");
        };
        check("http://localhost:8088", Some("localhost:8088"));
        check("http://localhost/", Some("localhost:8088"));
        check("http://[::1]", Some("[::1]:8088"));
        check("http://[::1]:99", Some("[::1]:99"));
        check("https://localhost", None);
        check("localhost:8088", None);
        check("http://localhost:x", None);
        check("http://localhost:8088/path", None);
        check("http://:1", None);
    }
}
