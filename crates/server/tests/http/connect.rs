//! A Kafka Connect worker in this process, as far as statements see one: the shapes are those of Connect 4.1.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The source connector that the worker knows; one with another class is a plugin that it has not.
pub(crate) const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
/// The sink connector.
pub(crate) const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

type Connectors = Arc<Mutex<BTreeMap<String, BTreeMap<String, String>>>>;

/// Starts the worker; it ends with the test.
pub(crate) async fn start() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new()
        .route("/connectors", get(names).post(create))
        .route("/connectors/{name}", get(describe).delete(delete))
        .route("/connectors/{name}/status", get(status))
        .route("/connectors/{name}/topics", get(topics))
        .route("/connector-plugins", get(plugins))
        .route("/connector-plugins/{class}/config/validate", put(validate))
        .with_state(Connectors::default());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

fn error(status: StatusCode, message: String) -> Response {
    (status, Json(json!({"error_code": status.as_u16(), "message": message}))).into_response()
}

fn kind(config: &BTreeMap<String, String>) -> &'static str {
    if config["connector.class"] == SINK { "sink" } else { "source" }
}

fn info(name: &str, config: &BTreeMap<String, String>) -> Value {
    json!({"name": name, "config": config, "tasks": [{"connector": name, "task": 0}], "type": kind(config)})
}

async fn names(State(connectors): State<Connectors>) -> Json<Vec<String>> {
    Json(connectors.lock().unwrap().keys().cloned().collect())
}

async fn create(State(connectors): State<Connectors>, Json(body): Json<Value>) -> Response {
    let name = body["name"].as_str().unwrap().to_owned();
    let config: BTreeMap<String, String> = serde_json::from_value(body["config"].clone()).unwrap();
    let mut connectors = connectors.lock().unwrap();
    if connectors.contains_key(&name) {
        return error(StatusCode::CONFLICT, format!("Connector {name} already exists"));
    }
    let created = info(&name, &config);
    connectors.insert(name, config);
    (StatusCode::CREATED, Json(created)).into_response()
}

async fn describe(State(connectors): State<Connectors>, Path(name): Path<String>) -> Response {
    match connectors.lock().unwrap().get(&name) {
        Some(config) => Json(info(&name, config)).into_response(),
        None => error(StatusCode::NOT_FOUND, format!("Connector {name} not found")),
    }
}

async fn delete(State(connectors): State<Connectors>, Path(name): Path<String>) -> Response {
    match connectors.lock().unwrap().remove(&name) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => error(StatusCode::NOT_FOUND, format!("Connector {name} not found")),
    }
}

async fn status(State(connectors): State<Connectors>, Path(name): Path<String>) -> Response {
    let connectors = connectors.lock().unwrap();
    let Some(config) = connectors.get(&name) else {
        return error(StatusCode::NOT_FOUND, format!("No status found for connector {name}"));
    };
    let worker = "127.0.0.1:8083";
    Json(json!({
        "name": name,
        "connector": {"state": "RUNNING", "worker_id": worker, "version": "4.1.1"},
        "tasks": [{"id": 0, "state": "FAILED", "worker_id": worker, "version": "4.1.1", "trace": "boom"}],
        "type": kind(config),
    }))
    .into_response()
}

async fn topics(State(connectors): State<Connectors>, Path(name): Path<String>) -> Response {
    let connectors = connectors.lock().unwrap();
    let used = connectors.get(&name).and_then(|config| config.get("topic").or_else(|| config.get("topics")));
    let used: Vec<&String> = used.into_iter().collect();
    Json(json!({name: {"topics": used}})).into_response()
}

async fn plugins() -> Json<Value> {
    Json(json!([
        {"class": SINK, "type": "sink", "version": "4.1.1"},
        {"class": SOURCE, "type": "source", "version": "4.1.1"},
    ]))
}

async fn validate(Path(class): Path<String>, Json(config): Json<BTreeMap<String, String>>) -> Response {
    if class != SOURCE && class != SINK {
        let message = format!("Failed to find any class that implements Connector and which name matches {class}");
        return error(StatusCode::INTERNAL_SERVER_ERROR, message);
    }
    let topic = if class == SINK { "topics" } else { "topic" };
    let value = |name: &str| {
        let missing = name == topic && !config.contains_key(topic);
        let message = format!("Missing required configuration \"{topic}\" which has no default value.");
        let errors: Vec<String> = missing.then_some(message).into_iter().collect();
        json!({
            "definition": {"name": name, "type": "STRING", "required": true, "default_value": null, "importance": "HIGH",
                "documentation": "", "group": null, "width": "NONE", "display_name": name, "dependents": [], "order": -1},
            "value": {"name": name, "value": config.get(name), "recommended_values": [], "errors": errors, "visible": true},
        })
    };
    let configs = [value("name"), value("connector.class"), value(topic)];
    let count = usize::from(!config.contains_key(topic));
    Json(json!({"name": class, "error_count": count, "groups": ["Common"], "configs": configs})).into_response()
}
