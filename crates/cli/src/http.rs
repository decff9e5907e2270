//! One HTTP/1.1 request at a time, the answer lent as it arrives.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why there is no answer, or no whole one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
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

/// A server by its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// `host:port`
    authority: String,
}

/// An answer, its body still to come.
pub(crate) struct Answer {
    response: Response<Incoming>,
}

impl Server {
    /// The server of `http://host[:port][/]`; port 8088 when left out.
    pub(crate) fn parse(url: &str) -> Result<Self, HttpError> {
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
        Ok(Self { authority })
    }

    /// Posts a JSON body.
    pub(crate) async fn post(&self, path: &str, accept: &str, json: String) -> Result<Answer, HttpError> {
        let unreachable = |cause| HttpError::Unreachable { authority: self.authority.clone(), cause };
        let stream = TcpStream::connect(&self.authority).await.map_err(unreachable)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its errors arrive through the request's own future and body.
        tokio::spawn(async { drop(connection.await) });
        let request = Request::post(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, accept)
            .body(Full::new(Bytes::from(json)))
            .map_err(|e| HttpError::Url(e.to_string()))?;
        Ok(Answer { response: sender.send_request(request).await? })
    }
}

impl Answer {
    /// Whether the server did what it was asked.
    pub(crate) fn ok(&self) -> bool {
        self.response.status() == StatusCode::OK
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        while let Some(frame) = self.response.body_mut().frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The whole body as text.
    pub(crate) async fn text(self) -> Result<String, HttpError> {
        let body = self.response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
