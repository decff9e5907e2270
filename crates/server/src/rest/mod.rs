//! The HTTP side: routes, bodies, errors. Everything that can block runs on threads that may.

mod auth;
#[cfg(test)]
pub(crate) mod documented;
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

pub(crate) use auth::Gate;
pub(crate) use error::{
    ASSERTION_FAILED, ApiError, BAD_REQUEST, BAD_STATEMENT, COMMAND_TIMEOUT, FORBIDDEN, HTTP2_ONLY, MAX_PUSH_QUERIES,
    NOT_FOUND, QUERY_ENDPOINT, SCHEMA_REGISTRY_MISSING, SERVER_ERROR, SHUT_DOWN, UNAUTHORIZED,
};
pub(crate) use health::Health;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get as on_get, post as on_post};
use serde::de::DeserializeOwned;

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
        get("/info", on_get(info::info)),
        get("/healthcheck", on_get(health::healthcheck)),
        get("/metrics", on_get(metrics::metrics)),
        post("/ksql", on_post(ksql::ksql)),
        post("/ksql/terminate", on_post(terminate::terminate)),
        post("/query", on_post(query::query)),
        post("/query-stream", on_post(query::query_stream)),
        post("/inserts-stream", on_post(inserts::inserts_stream)),
        get("/ws/query", on_get(websocket::query)),
        post("/close-query", on_post(close_query)),
        get("/status", on_get(status::all)),
        get("/status/{kind}/{entity}/{action}", on_get(status::one)),
        get("/is_valid_property/{name}", on_get(metadata::is_valid_property)),
        get("/clusterStatus", on_get(metadata::cluster_status)),
        get("/v1/metadata", on_get(metadata::metadata)),
        get("/v1/metadata/id", on_get(metadata::metadata_id)),
        get("/chc/ready", on_get(metadata::alive)),
        get("/chc/live", on_get(metadata::alive)),
    ]
}

/// The routes, behind what concerns them all.
pub(crate) fn router(server: Arc<Server>) -> Router {
    let routed = routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.answerer));
    routed
        .fallback(async || (StatusCode::NOT_FOUND, "Not Found"))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), terminate::refuse_after))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), auth::check))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(server)
}

/// A JSON body, whatever its Content-Type says. Errors: 40000 with what is wrong where.
fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|e| ApiError::generic(BAD_REQUEST, format!("The request body is not the JSON expected: {e}")))
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
