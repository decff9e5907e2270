//! `GET /clusterStatus`, and what servers of a service send each other: `POST /heartbeat` and `POST /lag`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{ApiError, BAD_REQUEST, NOT_FOUND, body};
use crate::cluster::{Cluster, Heartbeat, HostStatus, LagReport, is_address};
use crate::server::Server;

/// The body of `/clusterStatus`, ksqlDB's shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterStatus {
    cluster_status: BTreeMap<String, HostStatus>,
}

/// The answer to what was taken.
#[derive(Serialize)]
struct Taken {
    ok: bool,
}

/// What is known of all servers.
pub(super) async fn status(State(server): State<Arc<Server>>) -> Response {
    match watching(&server) {
        Ok(cluster) => Json(ClusterStatus { cluster_status: cluster.statuses() }).into_response(),
        Err(e) => e.into_response(),
    }
}

/// Another server lives.
pub(super) async fn heartbeat(State(server): State<Arc<Server>>, bytes: Bytes) -> Response {
    let taken = watching(&server).and_then(|cluster| {
        let beat: Heartbeat = body(&bytes)?;
        check_address(&beat.host_info)?;
        cluster.heard(beat);
        Ok(())
    });
    answer(taken)
}

/// How far another server's states are.
pub(super) async fn lag(State(server): State<Arc<Server>>, bytes: Bytes) -> Response {
    let taken = watching(&server).and_then(|cluster| {
        if cluster.settings.lags.is_none() {
            return Err(ApiError::generic(NOT_FOUND, "Lags are not taken here: ksql.lag.reporting.enable is false."));
        }
        let report: LagReport = body(&bytes)?;
        check_address(&report.ksql_host)?;
        cluster.reported(report);
        Ok(())
    });
    answer(taken)
}

fn answer(taken: Result<(), ApiError>) -> Response {
    match taken {
        Ok(()) => Json(Taken { ok: true }).into_response(),
        Err(e) => e.into_response(),
    }
}

fn check_address(text: &str) -> Result<(), ApiError> {
    if is_address(text) { Ok(()) } else { Err(ApiError::generic(BAD_REQUEST, format!("'{text}' is not HOST:PORT"))) }
}

/// Errors: servers do not watch each other.
fn watching(server: &Server) -> Result<&Cluster, ApiError> {
    let message = "The status of the cluster is not known: servers send no heartbeats (ksql.heartbeat.enable=false).";
    server.cluster.as_deref().ok_or_else(|| ApiError::generic(NOT_FOUND, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ActiveStandby, HostStoreLags, TopicPartition};

    #[test]
    fn the_shape_is_ksqldbs() {
        let lags = r#"{"stateStoreLags":{"app#1":{"lagByPartition":{"0":{"currentOffsetPosition":1,"endOffsetPosition":3,"offsetLag":2}},"size":1}},"updateTimeMs":5}"#;
        let host_store_lags: HostStoreLags = serde_json::from_str(lags).unwrap();
        let partition = TopicPartition { topic: "t".into(), partition: 0 };
        let owned = ActiveStandby {
            active_stores: vec!["1".into()],
            active_partitions: vec![partition],
            ..ActiveStandby::default()
        };
        let host = HostStatus {
            host_alive: true,
            last_status_update_ms: 4,
            active_standby_per_query: [("Q".to_owned(), owned)].into(),
            host_store_lags,
        };
        let told = serde_json::to_string(&ClusterStatus { cluster_status: [("h:1".to_owned(), host)].into() }).unwrap();
        super::super::documented::check("ClusterStatus", &told);
        assert_eq!(
            told,
            format!(
                r#"{{"clusterStatus":{{"h:1":{{"hostAlive":true,"lastStatusUpdateMs":4,"activeStandbyPerQuery":{{"Q":{{"activeStores":["1"],"activePartitions":[{{"topic":"t","partition":0}}],"standByStores":[],"standByPartitions":[]}}}},"hostStoreLags":{lags}}}}}}}"#
            )
        );
        let report = format!(r#"{{"ksqlHost":"h:1","hostStoreLags":{lags}}}"#);
        super::super::documented::check("LagReport", &report);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<LagReport>(&report).unwrap()).unwrap(), report);
        super::super::documented::check("Taken", &serde_json::to_string(&Taken { ok: true }).unwrap());
        for beat in [
            r#"{"hostInfo":"h:1","timestamp":5}"#,
            r#"{"hostInfo":"h:1","timestamp":5,"standBys":{"Q":{"standByStores":["1"],"standByPartitions":[{"topic":"t","partition":0}]}}}"#,
        ] {
            super::super::documented::check("Heartbeat", beat);
            assert_eq!(serde_json::to_string(&serde_json::from_str::<Heartbeat>(beat).unwrap()).unwrap(), beat);
        }
        assert!(check_address("h:1").is_ok() && check_address("h").is_err());
    }
}
