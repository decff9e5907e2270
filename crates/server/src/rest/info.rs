//! `GET /info`: who answers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::server::Server;

/// The ksqlDB whose API this is. Its shell and its tool for migrations talk to no server that names one before 0.10.
pub(super) const KSQLDB: &str = "0.29.0";

/// The body, ksqlDB's shape.
#[derive(Serialize)]
pub(super) struct Info {
    #[serde(rename = "KsqlServerInfo")]
    info: ServerInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerInfo {
    version: &'static str,
    kafka_cluster_id: String,
    ksql_service_id: String,
    server_status: &'static str,
    /// Our own version, which clients of ksqlDB pass over.
    millstream_version: &'static str,
}

/// Answers from memory.
pub(super) async fn info(State(server): State<Arc<Server>>) -> Json<Info> {
    let degraded = server.runner.published().view().degraded.is_some();
    Json(Info {
        info: ServerInfo {
            version: KSQLDB,
            kafka_cluster_id: server.cluster_id.clone(),
            ksql_service_id: server.names.service_id().to_owned(),
            server_status: if degraded { "DEGRADED" } else { "RUNNING" },
            millstream_version: env!("CARGO_PKG_VERSION"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_ksqldbs() {
        let info = Info {
            info: ServerInfo {
                version: "1",
                kafka_cluster_id: "c".into(),
                ksql_service_id: "default_".into(),
                server_status: "RUNNING",
                millstream_version: "2",
            },
        };
        super::super::documented::check("Info", &serde_json::to_string(&info).unwrap());
        assert_eq!(
            serde_json::to_string(&info).unwrap(),
            r#"{"KsqlServerInfo":{"version":"1","kafkaClusterId":"c","ksqlServiceId":"default_","serverStatus":"RUNNING","millstreamVersion":"2"}}"#
        );
    }
}
