//! `GET /healthcheck`: whether statements and Kafka work. 200 either way, as ksqlDB answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use millstream_engine::clock::Clock;
use parking_lot::Mutex;
use serde::Serialize;

use super::blocking;
use crate::properties::of_server;
use crate::server::Server;

/// How long an answer about Kafka is good for.
const FRESH: &str = "ksql.healthcheck.interval.ms";

/// The last answer about Kafka and when it was had.
#[derive(Default)]
pub(crate) struct Health {
    kafka: Mutex<Option<(Duration, bool)>>,
}

/// The body, ksqlDB's shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthBody {
    is_healthy: bool,
    details: Details,
    server_state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    metastore: Detail,
    kafka: Detail,
    command_runner: Detail,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    is_healthy: bool,
}

/// Asks Kafka, unless that was done lately.
pub(super) async fn healthcheck(State(server): State<Arc<Server>>) -> Response {
    match blocking(move || check(&server)).await {
        Ok(body) => Json(body).into_response(),
        Err(e) => e.into_response(),
    }
}

fn check(server: &Server) -> HealthBody {
    // The lock is held while asking, so that a crowd of checks asks once.
    let mut last = server.health.kafka.lock();
    let now = server.clock.monotonic();
    let fresh = of_server(FRESH, &server.defaults).and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let kafka = match *last {
        Some((when, healthy)) if now.saturating_sub(when) < fresh.unwrap_or_default() => healthy,
        _ => {
            let healthy = server.topics.reachable();
            *last = Some((server.clock.monotonic(), healthy));
            healthy
        }
    };
    drop(last);
    body(kafka, server.runner.published().view().degraded.is_none())
}

fn body(kafka: bool, runner: bool) -> HealthBody {
    HealthBody {
        is_healthy: kafka && runner,
        details: Details {
            metastore: Detail { is_healthy: true },
            kafka: Detail { is_healthy: kafka },
            command_runner: Detail { is_healthy: runner },
        },
        server_state: "READY",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_shape_is_ksqldbs() {
        super::super::documented::check("Health", &serde_json::to_string(&super::body(false, true)).unwrap());
        assert_eq!(
            serde_json::to_string(&super::body(false, true)).unwrap(),
            r#"{"isHealthy":false,"details":{"metastore":{"isHealthy":true},"kafka":{"isHealthy":false},"commandRunner":{"isHealthy":true}},"serverState":"READY"}"#
        );
    }
}
