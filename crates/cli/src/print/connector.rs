//! DESCRIBE CONNECTOR: a connector, its tasks, and what it reads or writes.

use serde_json::Value;

use super::table::table;
use super::value::{label, list, text, texts};

/// One connector.
pub(super) fn connector(entity: &Value) -> String {
    let none = Value::Null;
    let status = entity.get("status").unwrap_or(&none);
    let own = status.get("connector").unwrap_or(&none);
    let state = text(own, "state");
    let mut out = label("Name", &text(status, "name"));
    for (name, value) in [
        ("Class", text(entity, "connectorClass")),
        ("Type", text(status, "type")),
        ("State", state.clone()),
        ("WorkerId", text(own, "worker_id")),
    ] {
        out.push_str(&label(name, &value));
    }
    if state != "RUNNING" {
        out.push_str(&label("Trace", &text(own, "msg")));
    }
    let rows = |values: &[Value], names: [&str; 3]| -> Vec<Vec<String>> {
        values.iter().map(|v| names.map(|name| text(v, name)).to_vec()).collect()
    };
    let tasks = list(status, "tasks");
    if !tasks.is_empty() {
        out.push('\n');
        out.push_str(&table(&["Task ID", "State", "Error Trace"], &rows(tasks, ["id", "state", "msg"])));
    }
    let sources = list(entity, "sources");
    if !sources.is_empty() {
        out.push('\n');
        out.push_str(&table(&["KSQL Source Name", "Kafka Topic", "Type"], &rows(sources, ["name", "topic", "type"])));
    }
    let topics: Vec<Vec<String>> = texts(entity, "topics").into_iter().map(|topic| vec![topic]).collect();
    if !topics.is_empty() {
        out.push('\n');
        out.push_str(&table(&["Related Topics"], &topics));
    }
    out
}
