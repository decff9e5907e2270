//! Small answers from memory: who we are (`/v1/metadata`), that we live (`/chc`), what can be set (`/is_valid_property`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::{ApiError, BAD_REQUEST};
use crate::server::Server;
use crate::session::Session;

/// The body of `/v1/metadata`, ksqlDB's shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    version: &'static str,
    cluster_id: ClusterId,
}

/// The body of `/v1/metadata/id`.
#[derive(Serialize)]
pub(super) struct ClusterId {
    id: &'static str,
    scope: Scope,
}

#[derive(Serialize)]
struct Scope {
    path: [&'static str; 0],
    clusters: Clusters,
}

#[derive(Serialize)]
struct Clusters {
    #[serde(rename = "kafka-cluster")]
    kafka: String,
    #[serde(rename = "ksql-cluster")]
    ksql: String,
}

/// `GET /v1/metadata`
pub(super) async fn metadata(State(server): State<Arc<Server>>) -> Json<Metadata> {
    let cluster_id = cluster_id(&server.cluster_id, server.names.service_id());
    Json(Metadata { version: super::info::KSQLDB, cluster_id })
}

/// `GET /v1/metadata/id`
pub(super) async fn metadata_id(State(server): State<Arc<Server>>) -> Json<ClusterId> {
    Json(cluster_id(&server.cluster_id, server.names.service_id()))
}

fn cluster_id(kafka: &str, ksql: &str) -> ClusterId {
    let clusters = Clusters { kafka: kafka.to_owned(), ksql: ksql.to_owned() };
    ClusterId { id: "", scope: Scope { path: [], clusters } }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_ksqldbs() {
        let metadata = Metadata { version: "1", cluster_id: cluster_id("k", "default_") };
        super::super::documented::check("Metadata", &serde_json::to_string(&metadata).unwrap());
        assert_eq!(
            serde_json::to_string(&metadata).unwrap(),
            r#"{"version":"1","clusterId":{"id":"","scope":{"path":[],"clusters":{"kafka-cluster":"k","ksql-cluster":"default_"}}}}"#
        );
    }
}
