//! What the statements about Kafka Connect answer with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Warning;

/// `connector_info`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorCreated {
    /// The statement, without its configuration's values.
    pub(crate) statement_text: String,
    /// What Connect made of it.
    pub(crate) info: ConnectorInfo,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A connector as Connect's own API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConnectorInfo {
    /// Its name.
    pub(crate) name: String,
    /// Its configuration.
    pub(crate) config: BTreeMap<String, String>,
    /// Its tasks.
    #[serde(default)]
    pub(crate) tasks: Vec<TaskId>,
    /// `source` or `sink`; Connect may not know yet.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
}

/// A task of a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskId {
    /// The connector.
    pub(crate) connector: String,
    /// The task's number.
    pub(crate) task: i64,
}

/// `drop_connector`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorDropped {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The connector.
    pub(crate) connector_name: String,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `connector_list`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In Connect's order.
    pub(crate) connectors: Vec<SimpleConnector>,
    /// Remarks, among them connectors that could not be asked about.
    pub(crate) warnings: Vec<Warning>,
}

/// A connector in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimpleConnector {
    /// Its name.
    pub(crate) name: String,
    /// `source` or `sink`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// Its Java class.
    pub(crate) class_name: Option<String>,
    /// `RUNNING`, `WARNING (1/2 tasks RUNNING)`, `FAILED` …
    pub(crate) state: String,
}

/// `connector_plugins_list`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorPluginList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In Connect's order.
    pub(crate) connectors_plugins: Vec<ConnectorPlugin>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A connector that Connect could run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorPlugin {
    /// Its Java class.
    pub(crate) class_name: String,
    /// `source` or `sink`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// Its version.
    pub(crate) version: Option<String>,
}

/// `connector_description`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorDescription {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Its Java class.
    pub(crate) connector_class: String,
    /// How it is.
    pub(crate) status: ConnectorStatus,
    /// Sources over its topics.
    pub(crate) sources: Vec<super::SourceDescription>,
    /// Topics that it uses, where Connect tells.
    pub(crate) topics: Vec<String>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// How a connector is, as Connect's own API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConnectorStatus {
    /// Its name.
    pub(crate) name: String,
    /// The connector's own state.
    pub(crate) connector: ConnectorState,
    /// Its tasks.
    #[serde(default)]
    pub(crate) tasks: Vec<TaskState>,
    /// `source` or `sink`.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
}

/// State of a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConnectorState {
    /// `RUNNING`, `FAILED` …
    pub(crate) state: String,
    /// The worker that runs it.
    pub(crate) worker_id: String,
    /// Why it failed. Connect calls it `trace` in what we read, ksqlDB `msg` in what we write.
    #[serde(default, rename(serialize = "msg", deserialize = "trace"))]
    pub(crate) message: Option<String>,
}

/// State of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskState {
    /// Its number.
    pub(crate) id: i64,
    /// `RUNNING`, `FAILED` …
    pub(crate) state: String,
    /// The worker that runs it.
    pub(crate) worker_id: String,
    /// Why it failed.
    #[serde(default, rename(serialize = "msg", deserialize = "trace"))]
    pub(crate) message: Option<String>,
}
