//! The HTTP side: routes, bodies, errors. Everything that can block runs on threads that may.

mod auth;
mod cluster;
#[cfg(test)]
pub(crate) mod documented;
mod door;
mod error;
mod finding;
mod health;
mod info;
mod inserts;
mod ksql;
mod metadata;
mod metrics;
mod query;
mod status;
mod terminate;
mod websocket;

use auth::Gate;
pub(crate) use door::{Door, Remote, Side};
pub(crate) use error::{
    ASSERTION_FAILED, ApiError, BAD_REQUEST, BAD_STATEMENT, COMMAND_TIMEOUT, FORBIDDEN, HTTP2_ONLY, INTERNAL_ONLY,
    MAX_PUSH_QUERIES, NOT_FOUND, NOT_READY, QUERY_ENDPOINT, SCHEMA_REGISTRY_MISSING, SERVER_ERROR, SHUT_DOWN,
    SHUTTING_DOWN, TOO_MANY_REQUESTS, UNAUTHORIZED,
};
pub(crate) use health::Health;
pub(crate) use query::Lookups;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get as on_get, post as on_post};
use axum::{Extension, Router};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::push::accepts_json;
use crate::server::Server;

/// Largest request body.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A route: what `docs/openapi.json` describes it by, and who answers.
struct Route {
    /// In lower case.
    #[cfg_attr(not(test), expect(dead_code, reason = "the answerer knows it; tests compare it"))]
    method: &'static str,
    path: &'static str,
    answerer: MethodRouter<Arc<Server>>,
}

/// All routes of a server.
fn routes() -> Vec<Route> {
    let get = |path, answerer: MethodRouter<Arc<Server>>| Route { method: "get", path, answerer };
    let post = |path, answerer: MethodRouter<Arc<Server>>| Route { method: "post", path, answerer };
    vec![
        get("/", on_get(async || (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/info")]))),
        get("/info", json_only(on_get(info::info))),
        get("/healthcheck", json_only(on_get(health::healthcheck))),
        get("/metrics", on_get(metrics::metrics)),
        post("/ksql", json_only(on_post(ksql::ksql))),
        post("/ksql/terminate", json_only(on_post(terminate::terminate))),
        post("/query", on_post(query::query)),
        post("/query-stream", on_post(query::query_stream)),
        post("/inserts-stream", on_post(inserts::inserts_stream)),
        get("/ws/query", on_get(websocket::query)),
        post("/close-query", on_post(close_query)),
        get("/status", json_only(on_get(status::all))),
        get("/status/{kind}/{entity}/{action}", json_only(on_get(status::one))),
        get("/is_valid_property/{name}", json_only(on_get(metadata::is_valid_property))),
        get("/clusterStatus", json_only(on_get(cluster::status))),
        post("/heartbeat", json_only(on_post(cluster::heartbeat))),
        post("/lag", json_only(on_post(cluster::lag))),
        get("/v1/metadata", json_only(on_get(metadata::metadata))),
        get("/v1/metadata/id", json_only(on_get(metadata::metadata_id))),
        // The door answers these; they stand here to be described.
        get("/chc/ready", on_get(metadata::alive)),
        get("/chc/live", on_get(metadata::alive)),
    ]
}

/// The routes, behind the limits that concern them all.
pub(crate) fn router(server: Arc<Server>) -> Router {
    let routed = routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.answerer));
    routed
        .fallback(async || (StatusCode::NOT_FOUND, "Not Found"))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), terminate::refuse_after))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(server)
}

/// An answerer that has nothing but JSON: whoever accepts none is told so, before anything is done.
fn json_only(answerer: MethodRouter<Arc<Server>>) -> MethodRouter<Arc<Server>> {
    answerer.layer(middleware::from_fn(async |request: Request, next: Next| {
        let accept = request.headers().get(header::ACCEPT).map(|v| v.to_str().unwrap_or_default());
        if accepts_json(accept) { next.run(request).await } else { not_acceptable() }
    }))
}

/// Nothing that the client accepts can be had.
fn not_acceptable() -> Response {
    (StatusCode::NOT_ACCEPTABLE, "Not Acceptable").into_response()
}

/// A JSON body, whatever its Content-Type says. Errors: 40000 with what is wrong where.
fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|e| ApiError::generic(BAD_REQUEST, format!("The request body is not the JSON expected: {e}")))
}

/// Errors: the request says that it comes from a server of the service, but not where those ask.
fn check_internal(
    properties: Option<&BTreeMap<String, Value>>,
    public: Option<Extension<door::PublicOnly>>,
) -> Result<(), ApiError> {
    let flagged = properties.and_then(|properties| properties.get("request.ksql.internal.request"));
    let flagged =
        flagged.is_some_and(|flag| flag == true || flag.as_str().is_some_and(|f| f.eq_ignore_ascii_case("true")));
    if flagged && public.is_some() { Err(door::internal_only()) } else { Ok(()) }
}

/// Runs what blocks on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| ApiError::generic(SERVER_ERROR, format!("The request could not be finished: {e}")))
}

/// Ends a push query of this server.
async fn close_query(State(server): State<Arc<Server>>, bytes: axum::body::Bytes) -> Response {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct CloseQuery {
        query_id: String,
    }
    match body::<CloseQuery>(&bytes) {
        Ok(close) if server.pushes.close(&close.query_id) => StatusCode::OK.into_response(),
        Ok(close) => ApiError::generic(BAD_REQUEST, format!("No query with id {}", close.query_id)).into_response(),
        Err(e) => e.into_response(),
    }
}
