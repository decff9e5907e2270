//! The HTTP side: routes, bodies, errors. Everything that can block runs on threads that may.

mod auth;
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
use axum::routing::{get, post};
use serde::de::DeserializeOwned;

use crate::server::Server;

/// Largest request body.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// All routes of a server.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/", get(async || (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/info")])))
        .route("/info", get(info::info))
        .route("/healthcheck", get(health::healthcheck))
        .route("/metrics", get(metrics::metrics))
        .route("/ksql", post(ksql::ksql))
        .route("/ksql/terminate", post(terminate::terminate))
        .route("/query", post(query::query))
        .route("/query-stream", post(query::query_stream))
        .route("/inserts-stream", post(inserts::inserts_stream))
        .route("/ws/query", get(websocket::query))
        .route("/close-query", post(close_query))
        .route("/status", get(status::all))
        .route("/status/{kind}/{entity}/{action}", get(status::one))
        .route("/is_valid_property/{name}", get(metadata::is_valid_property))
        .route("/clusterStatus", get(metadata::cluster_status))
        .route("/v1/metadata", get(metadata::metadata))
        .route("/v1/metadata/id", get(metadata::metadata_id))
        .route("/chc/ready", get(metadata::alive))
        .route("/chc/live", get(metadata::alive))
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
