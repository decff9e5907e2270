//! Small answers from memory: who we are (`/v1/metadata`), that we live (`/chc`), what can be set
//! (`/is_valid_property`), and that nobody watches the cluster (`/clusterStatus`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{ApiError, BAD_REQUEST, NOT_FOUND};
use crate::server::Server;
use crate::session::Session;

/// `GET /v1/metadata`
pub(super) async fn metadata(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(json!({"version": env!("CARGO_PKG_VERSION"), "clusterId": cluster_id(&server)}))
}

/// `GET /v1/metadata/id`
pub(super) async fn metadata_id(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(cluster_id(&server))
}

fn cluster_id(server: &Server) -> Value {
    let clusters = json!({"kafka-cluster": server.cluster_id, "ksql-cluster": server.names.service_id()});
    json!({"id": "", "scope": {"path": [], "clusters": clusters}})
}

/// `GET /chc/ready`, `GET /chc/live`
pub(super) async fn alive() -> Json<Value> {
    Json(json!({}))
}

/// `GET /is_valid_property/{name}`: whether a request may set it.
pub(super) async fn is_valid_property(State(server): State<Arc<Server>>, Path(name): Path<String>) -> Response {
    match Session::check_settable(&name, &server.defaults) {
        Ok(()) => Json(true).into_response(),
        Err(e) => ApiError::generic(BAD_REQUEST, e).into_response(),
    }
}

/// `GET /clusterStatus`: what heartbeats between servers would tell; none are sent.
pub(super) async fn cluster_status() -> Response {
    let message = "The status of the cluster is not known: servers send no heartbeats (ksql.heartbeat.enable=false).";
    ApiError::generic(NOT_FOUND, message).into_response()
}
