//! One HTTP/1.1 request at a time, over TLS where the URL says so, the answer lent as it arrives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Builder;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::tls::{self, Tls};
use crate::url::Url;

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
    /// Somebody answers, but is not believed, or speaks no TLS.
    #[error("no TLS with {authority}: {cause}\n{hint}")]
    Distrusted {
        /// `host:port`
        authority: String,
        /// What is wrong.
        cause: std::io::Error,
        /// What may be done.
        hint: &'static str,
    },
    /// A file of TLS cannot be used.
    #[error("{0}")]
    Files(String),
    /// It does not know who asks, or the password is another.
    #[error("Unauthorized: {authority} asks who you are: --user NAME with a password, or --token, says it")]
    Unauthorized {
        /// `host:port`
        authority: String,
    },
    /// What comes back is no HTTP.
    #[error("{authority} answers in something else than HTTP. It may speak TLS: https:// instead?")]
    Strange {
        /// `host:port`
        authority: String,
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
#[derive(Clone)]
pub struct Server {
    url: Url,
    credentials: Option<Credentials>,
    tls: Tls,
    /// For https.
    connector: Option<TlsConnector>,
}

/// The connector says nothing.
impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Server");
        shown.field("url", &self.url).field("credentials", &self.credentials).field("tls", &self.tls).finish()
    }
}

/// An answer, its body still to come.
#[derive(Debug)]
pub struct Answer {
    response: Response<Incoming>,
}

impl Server {
    /// The server of `http://host[:port][/]` (port 8088 when left out) or `https://host[:port][/]` (443).
    ///
    /// Errors: the URL is not one, or a file of `tls` cannot be used; with http those are not read.
    pub fn new(url: &str, tls: Tls, credentials: Option<Credentials>) -> Result<Self, HttpError> {
        let url = Url::parse(url).map_err(HttpError::Url)?;
        let connector = if url.tls { Some(tls.connector().map_err(HttpError::Files)?) } else { None };
        Ok(Self { url, credentials, tls, connector })
    }

    /// The server of a URL, believed as the system does, asked by nobody in particular.
    ///
    /// Errors: the URL is not one.
    pub fn parse(url: &str) -> Result<Self, HttpError> {
        Self::new(url, Tls::default(), None)
    }

    /// Another server, asked by the same and believed for the same reasons.
    ///
    /// Errors: as [`Server::new`].
    pub fn elsewhere(&self, url: &str) -> Result<Self, HttpError> {
        Self::new(url, self.tls.clone(), self.credentials.clone())
    }

    /// `http[s]://host:port`
    pub fn url(&self) -> String {
        self.url.text()
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
        let authority = &self.url.authority;
        let unreachable = |cause| HttpError::Unreachable { authority: authority.clone(), cause };
        let stream = TcpStream::connect(authority).await.map_err(unreachable)?;
        let (mut sender, connection) = match &self.connector {
            None => speak(stream).await?,
            Some(connector) => {
                let shaken = tls::shake_hands(connector, authority, stream).await;
                let distrusted = |cause| {
                    let hint = tls::hint(&cause);
                    HttpError::Distrusted { authority: authority.clone(), cause, hint }
                };
                speak(shaken.map_err(distrusted)?).await?
            }
        };
        let mut request = request.header(HOST, authority);
        if let Some(credentials) = &self.credentials {
            request = request.header(AUTHORIZATION, credentials.header());
        }
        let request = request.body(Full::new(body)).map_err(|e| HttpError::Url(e.to_string()))?;
        let error = match sender.send_request(request).await {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                return Err(HttpError::Unauthorized { authority: authority.clone() });
            }
            Ok(response) => return Ok(Answer { response }),
            // The connection has ended before: it knows why.
            Err(e) if e.is_canceled() => match connection.await {
                Ok(Err(cause)) => cause,
                _ => e,
            },
            Err(e) => e,
        };
        if error.is_parse() && self.connector.is_none() {
            return Err(HttpError::Strange { authority: authority.clone() });
        }
        match tls::alert(&error) {
            Some(alert) => {
                let hint = tls::hint(&alert);
                Err(HttpError::Distrusted { authority: authority.clone(), cause: alert, hint })
            }
            None => Err(error.into()),
        }
    }
}

/// A connection that HTTP is spoken on: where requests go in, and how it ends.
type Spoken = (SendRequest<Full<Bytes>>, JoinHandle<Result<(), hyper::Error>>);

/// Begins HTTP on a connection.
async fn speak<S>(stream: S) -> Result<Spoken, hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    Ok((sender, tokio::spawn(connection)))
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
}
