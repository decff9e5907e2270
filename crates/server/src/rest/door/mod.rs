//! What stands before every route, and answers before the server is ready and while it goes: in ksqlDB's order logging,
//! CORS, `/chc`, the internal listener, authentication, the server's state.
//!
//! The door opens with the listener. What it lets through before the server is there is told to come back.

mod cors;
mod extra_headers;
mod h2c;
mod request_log;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_service::Service as _;

use self::cors::{Cors, Verdict};
use self::extra_headers::ExtraHeaders;
use self::request_log::RequestLog;
use super::{ApiError, Gate, INTERNAL_ONLY, NOT_READY, SHUTTING_DOWN, metadata};
use crate::properties::Properties;
use crate::tls::TlsListener;

/// After how many seconds a client should ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");
/// What only servers of the service ask each other.
const INTERNAL: [&str; 2] = ["/heartbeat", "/lag"];

/// What all listeners of a server share.
pub(crate) struct Door {
    gate: Option<Arc<Gate>>,
    cors: Option<Cors>,
    headers: ExtraHeaders,
    log: RequestLog,
    /// The internal endpoints are on a listener of their own.
    internal_apart: bool,
    /// The routes, once the server can answer.
    routes: OnceLock<Router>,
    stopping: watch::Sender<bool>,
}

/// Which listener a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// `listeners`
    Public,
    /// `ksql.internal.listener`
    Internal,
}

/// Marks a request that came in where internal ones are refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remote(SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Remote {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Remote {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Door {
    /// The door that a server's properties ask for, with nothing behind it yet. `internal_apart`: servers of the service
    /// have a listener of their own.
    ///
    /// Errors: one of them is not as it should be.
    pub(crate) fn of(defaults: &Properties, internal_apart: bool) -> Result<Arc<Self>, String> {
        Ok(Arc::new(Self {
            gate: Gate::of(defaults)?.map(Arc::new),
            cors: Cors::of(defaults),
            headers: ExtraHeaders::of(defaults)?,
            log: RequestLog::of(defaults),
            internal_apart,
            routes: OnceLock::new(),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Whether not everybody is let in.
    pub(crate) fn is_guarded(&self) -> bool {
        self.gate.is_some()
    }

    /// The token by which this process lets itself in; `None`: everybody is let in.
    pub(crate) fn own_token(&self) -> Option<&str> {
        self.gate.as_ref().map(|gate| gate.own_token())
    }

    /// The server can answer from here on.
    pub(crate) fn open(&self, routes: Router) {
        // A second time is nobody's business: the first routes stay.
        let _ = self.routes.set(routes);
    }

    /// Further requests are told that the server is going.
    pub(crate) fn close(&self) {
        self.stopping.send_replace(true);
    }

    /// What a listener serves.
    pub(crate) fn service(self: &Arc<Self>, side: Side) -> Router {
        Router::new().fallback(answer).with_state((Arc::clone(self), side))
    }

    /// A request past logging and CORS.
    async fn pass(&self, side: Side, mut request: Request) -> Response {
        let path = request.uri().path();
        if matches!(path, "/chc/ready" | "/chc/live") {
            return metadata::alive().await.into_response();
        }
        if self.internal_apart && side == Side::Public {
            if INTERNAL.contains(&path) {
                return internal_only().into_response();
            }
            request.extensions_mut().insert(PublicOnly);
        }
        if let Some(gate) = &self.gate {
            let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
            if let Err(refused) = gate.check(&path, &headers).await {
                return refused;
            }
        }
        if *self.stopping.borrow() {
            return later(ApiError::generic(SHUTTING_DOWN, "The server is shutting down"));
        }
        match self.routes.get() {
            Some(routes) => match routes.clone().call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            None => later(ApiError::generic(NOT_READY, "KSQL is not yet ready to serve requests.")),
        }
    }
}

/// What is said to a request that only the internal listener takes.
pub(super) fn internal_only() -> ApiError {
    ApiError::generic(INTERNAL_ONLY, "Can't call internal endpoint on public listener")
}

fn later(error: ApiError) -> Response {
    ([(header::RETRY_AFTER, RETRY_AFTER)], error).into_response()
}

/// Answers every request of a listener.
async fn answer(
    State((door, side)): State<(Arc<Door>, Side)>,
    ConnectInfo(Remote(remote)): ConnectInfo<Remote>,
    request: Request,
) -> Response {
    if h2c::wanted(&request) {
        // It comes again, in HTTP/2.
        return h2c::switch(door, side, Remote(remote), request).await;
    }
    let line = door.log.line(remote, &request);
    let mut response = match door.cors.as_ref().map_or(Verdict::Pass(Vec::new()), |cors| cors.judge(&request)) {
        Verdict::Answered(response) => *response,
        Verdict::Pass(headers) => {
            let mut response = door.pass(side, request).await;
            response.headers_mut().extend(headers);
            response
        }
    };
    door.headers.add(response.headers_mut());
    if let Some(line) = line {
        line.finish(response.status());
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;

    use super::*;

    /// Status, `Retry-After` and body of a GET.
    async fn asked(door: &Arc<Door>, side: Side, path: &str) -> (u16, Option<String>, String) {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(Remote(([127, 0, 0, 1], 1).into())));
        let response = door.service(side).call(request).await.unwrap();
        let later = response.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, later, String::from_utf8(body.to_vec()).unwrap())
    }

    fn unavailable(code: u32, message: &str) -> (u16, Option<String>, String) {
        (503, Some("10".to_owned()), ApiError::generic(code, message).json())
    }

    #[tokio::test]
    async fn a_server_that_comes_or_goes_says_so() {
        let door = Door::of(&Properties::new(), false).unwrap();
        let starting = unavailable(50302, "KSQL is not yet ready to serve requests.");
        assert_eq!(asked(&door, Side::Public, "/info").await, starting);
        assert_eq!(asked(&door, Side::Public, "/chc/ready").await, (200, None, "{}".into()));
        door.open(Router::new().route("/info", get(async || "here")));
        assert_eq!(asked(&door, Side::Public, "/info").await, (200, None, "here".into()));
        door.close();
        let stopping = unavailable(50303, "The server is shutting down");
        assert_eq!(asked(&door, Side::Public, "/info").await, stopping);
        assert_eq!(asked(&door, Side::Public, "/chc/live").await, (200, None, "{}".into()));
    }

    #[tokio::test]
    async fn internal_requests_have_their_own_side() {
        let marked = async |request: Request| match request.extensions().get::<PublicOnly>() {
            Some(_) => StatusCode::ACCEPTED,
            None => StatusCode::OK,
        };
        for (apart, side, lag, info) in
            [(true, Side::Public, 400, 202), (true, Side::Internal, 200, 200), (false, Side::Public, 200, 200)]
        {
            let door = Door::of(&Properties::new(), apart).unwrap();
            door.open(Router::new().fallback(marked));
            assert_eq!(asked(&door, side, "/lag").await.0, lag, "{apart} {side:?}");
            assert_eq!(asked(&door, side, "/info").await.0, info, "{apart} {side:?}");
        }
    }
}
