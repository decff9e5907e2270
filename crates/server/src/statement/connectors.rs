//! Statements about connectors: passed on to Kafka Connect, nothing of them is kept here.

use std::collections::BTreeMap;

use millstream_sql::ast::{ConnectorKind, CreateConnector, Expr, ExprKind, Ident, Property, StatementKind};
use millstream_sql::{Statement, print};

use crate::connect::{Connect, ConnectError, Connected};
use crate::entity::{
    ConnectorCreated, ConnectorDescription, ConnectorDropped, ConnectorList, ConnectorPlugin, ConnectorPluginList,
    ConnectorStatus, Entity, SimpleConnector, Warning, WarningEntity,
};
use crate::properties::Properties;
use crate::rest::{ApiError, BAD_STATEMENT};
use crate::server::Server;

use super::describe::describe_source;

/// What a configuration names its connector's Java class.
const CLASS: &str = "connector.class";
/// Properties that hold no secrets and are shown.
const SHOWN: [&str; 7] = ["name", CLASS, "key.converter", "tasks.max", "topics", "topics.regex", "value.converter"];

/// Has Connect check a new connector's configuration, and that its name is free.
pub(super) fn validate_create(create: &CreateConnector, defaults: &Properties) -> Result<(), ApiError> {
    let text = masked(create);
    let wrong = |message: String| ApiError::statement(BAD_STATEMENT, &text, message);
    let config = config_of(create);
    let class = match config.get(CLASS).map(|class| class.trim()) {
        None => {
            let shown: Vec<&str> = config.keys().map(String::as_str).collect();
            let shown = shown.join(", ");
            return Err(wrong(format!("Validation error: Connector config {{{shown}}} contains no connector type")));
        }
        Some("") => return Err(wrong("Validation error: Connector type cannot be empty".into())),
        Some(class) => class,
    };
    let failed = |e| failed("Failed to validate connector", &e);
    let connect = Connect::of(defaults).map_err(failed)?;
    if exists(&connect, &create.name.value).map_err(failed)? {
        if create.if_not_exists {
            return Ok(());
        }
        let message = format!("Connector {} already exists", create.name.value);
        return Err(ApiError::generic(40900, format!("Failed to create connector: {message}")));
    }
    let problems = connect.validate(class, &config).map_err(failed)?;
    if problems.is_empty() { Ok(()) } else { Err(wrong(format!("Validation error: {}", problems.join("\n")))) }
}

/// CREATE CONNECTOR.
pub(super) fn create(create: &CreateConnector, server: &Server) -> Result<Entity, ApiError> {
    let statement_text = masked(create);
    let connect = Connect::of(&server.defaults).map_err(|e| failed("Failed to create connector", &e))?;
    let name = create.name.value.as_str();
    if create.if_not_exists
        && exists(&connect, name).map_err(|e| failed("Failed to check for existing connector", &e))?
    {
        let message = format!("Connector {name} already exists");
        return Ok(Entity::Warning(WarningEntity { statement_text, message, warnings: Vec::new() }));
    }
    let info = connect.create(name, &config_of(create)).map_err(|e| failed("Failed to create connector", &e))?;
    Ok(Entity::ConnectorCreated(ConnectorCreated { statement_text, info, warnings: Vec::new() }))
}

/// DROP CONNECTOR.
pub(super) fn delete(
    statement: &Statement,
    name: &Ident,
    if_exists: bool,
    server: &Server,
) -> Result<Entity, ApiError> {
    let statement_text = statement.text.clone();
    let deleted = Connect::of(&server.defaults).and_then(|connect| connect.delete(&name.value));
    match deleted {
        Ok(()) => {
            let connector_name = name.value.clone();
            Ok(Entity::ConnectorDropped(ConnectorDropped { statement_text, connector_name, warnings: Vec::new() }))
        }
        Err(e) if if_exists && e.status == 404 => {
            let message = format!("Connector '{}' does not exist.", name.value);
            Ok(Entity::Warning(WarningEntity { statement_text, message, warnings: Vec::new() }))
        }
        Err(e) => Err(failed("Failed to drop connector", &e)),
    }
}

/// SHOW CONNECTORS. One that cannot be asked about is worth a warning.
pub(super) fn list(statement: &Statement, kind: Option<ConnectorKind>, server: &Server) -> Result<Entity, ApiError> {
    let failed = |e| failed("Failed to list connectors", &e);
    let connect = Connect::of(&server.defaults).map_err(failed)?;
    let (mut connectors, mut warnings) = (Vec::new(), Vec::new());
    for name in connect.names().map_err(failed)? {
        match connect.describe(&name) {
            Ok(info) if in_scope(info.kind.as_deref(), kind) => {
                let status = connect.status(&name).ok();
                let class_name = info.config.get(CLASS).cloned();
                let (kind, class_name) = if status.is_some() { (info.kind, class_name) } else { (unknown(), None) };
                let state = status.map_or_else(|| "UNKNOWN".to_owned(), |status| summary(&status));
                connectors.push(SimpleConnector { name, kind, class_name, state });
            }
            Ok(_) => {}
            Err(e) => {
                warnings.push(Warning { message: format!("Could not describe connector {name}: {}", e.message) });
                if kind.is_none() {
                    let state = "UNKNOWN".to_owned();
                    connectors.push(SimpleConnector { name, kind: unknown(), class_name: None, state });
                }
            }
        }
    }
    Ok(Entity::Connectors(ConnectorList { statement_text: statement.text.clone(), connectors, warnings }))
}

/// SHOW CONNECTOR PLUGINS.
pub(super) fn plugins(statement: &Statement, server: &Server) -> Result<Entity, ApiError> {
    let plugins = Connect::of(&server.defaults).and_then(|connect| connect.plugins());
    let plugins = plugins.map_err(|e| failed("Failed to list connector plugins", &e))?;
    let info = |p: crate::connect::Plugin| ConnectorPlugin { class_name: p.class, kind: p.kind, version: p.version };
    Ok(Entity::ConnectorPlugins(ConnectorPluginList {
        statement_text: statement.text.clone(),
        connectors_plugins: plugins.into_iter().map(info).collect(),
        warnings: Vec::new(),
    }))
}

/// DESCRIBE CONNECTOR: how it is, and the sources over the topics that it has used.
pub(super) fn describe(statement: &Statement, name: &Ident, server: &Server) -> Result<Entity, ApiError> {
    let name = name.value.as_str();
    let connect = Connect::of(&server.defaults).map_err(|e| failed("Failed to query connector status", &e))?;
    let status = connect.status(name).map_err(|e| failed("Failed to query connector status", &e))?;
    let info = connect.describe(name).map_err(|e| failed("Failed to query connector info", &e))?;
    let mut warnings = Vec::new();
    let topics = connect.topics(name).unwrap_or_else(|e| {
        warnings.push(Warning { message: format!("Could not list related topics due to error: {}", e.message) });
        Vec::new()
    });
    let view = server.runner.published().view();
    let related = view.state.catalog.sources().filter(|source| topics.contains(&source.topic));
    let sources =
        related.map(|s| describe_source(statement, s, &view.state, false, server)).collect::<Result<_, _>>()?;
    Ok(Entity::ConnectorDescription(Box::new(ConnectorDescription {
        statement_text: statement.text.clone(),
        connector_class: info.config.get(CLASS).cloned().unwrap_or_default(),
        status,
        sources,
        topics,
        warnings,
    })))
}

/// An answer of Connect under its own status: ksqlDB passes both on.
fn failed(what: &str, error: &ConnectError) -> ApiError {
    ApiError::generic(u32::from(error.status) * 100, format!("{what}: {}", error.message))
}

fn exists(connect: &Connect, name: &str) -> Connected<bool> {
    Ok(connect.names()?.iter().any(|existing| existing == name))
}

fn unknown() -> Option<String> {
    Some("unknown".to_owned())
}

fn in_scope(kind: Option<&str>, wanted: Option<ConnectorKind>) -> bool {
    match wanted {
        None => true,
        Some(ConnectorKind::Source) => kind == Some("source"),
        Some(ConnectorKind::Sink) => kind == Some("sink"),
    }
}

/// `RUNNING (2/2 tasks RUNNING)`, `WARNING (1/2 tasks RUNNING)`, or the connector's own state when it does not run.
fn summary(status: &ConnectorStatus) -> String {
    let state = &status.connector.state;
    if state != "RUNNING" {
        return state.clone();
    }
    let running = status.tasks.iter().filter(|task| task.state == "RUNNING").count();
    let all = status.tasks.len();
    let word = if running == all { "RUNNING" } else { "WARNING" };
    format!("{word} ({running}/{all} tasks RUNNING)")
}

/// The configuration as Connect takes it: texts only, the name among them.
fn config_of(create: &CreateConnector) -> BTreeMap<String, String> {
    let value = |value: &Expr| match &value.kind {
        ExprKind::String(text) => text.clone(),
        _ => value.to_string(),
    };
    let mut config: BTreeMap<String, String> = create.with.iter().map(|p| (p.name.clone(), value(&p.value))).collect();
    config.insert("name".to_owned(), create.name.value.clone());
    config
}

/// The statement with its values hidden but for those that are no secrets.
fn masked(create: &CreateConnector) -> String {
    let hide = |property: &Property| {
        if SHOWN.contains(&property.name.as_str()) {
            return property.clone();
        }
        let kind = ExprKind::String("[string]".to_owned());
        Property { value: Expr { kind, span: property.value.span }, ..property.clone() }
    };
    let with = create.with.iter().map(hide).collect();
    let hidden = StatementKind::CreateConnector(CreateConnector { with, ..create.clone() });
    print(&hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::testing::statement;

    const CREATE: &str = "CREATE SOURCE CONNECTOR `my-c` WITH ('connector.class'='X', 'tasks.max'=2, \
                          'connection.password'='hush', 'flag'=true);";

    fn created(sql: &str) -> CreateConnector {
        match statement(sql).kind {
            StatementKind::CreateConnector(create) => create,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn configurations_are_texts_with_the_name() {
        let config = config_of(&created(CREATE));
        let pairs: Vec<(&str, &str)> = config.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("connection.password", "hush"),
                ("connector.class", "X"),
                ("flag", "TRUE"),
                ("name", "my-c"),
                ("tasks.max", "2")
            ]
        );
    }

    #[test]
    fn secrets_are_hidden() {
        let text = masked(&created(CREATE));
        assert!(
            text.contains("'connector.class' = 'X'") && text.contains("'connection.password' = '[string]'"),
            "{text}"
        );
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn a_connector_needs_its_class() {
        let check = |with: &str| {
            let create = created(&format!("CREATE SINK CONNECTOR C WITH ({with});"));
            validate_create(&create, &Properties::new()).unwrap_err().json()
        };
        let none = check("'a'='b'");
        assert!(none.contains("Validation error: Connector config {a, name} contains no connector type"), "{none}");
        assert!(check("'connector.class'=' '").contains("Connector type cannot be empty"));
    }

    #[test]
    fn states_are_summed_up() {
        let status = |connector: &str, tasks: &[&str]| -> ConnectorStatus {
            let tasks: Vec<String> = tasks
                .iter()
                .enumerate()
                .map(|(i, state)| format!(r#"{{"id":{i},"state":"{state}","worker_id":"w"}}"#))
                .collect();
            let json = format!(
                r#"{{"name":"c","connector":{{"state":"{connector}","worker_id":"w"}},"tasks":[{}]}}"#,
                tasks.join(",")
            );
            serde_json::from_str(&json).unwrap()
        };
        assert_eq!(summary(&status("RUNNING", &["RUNNING"])), "RUNNING (1/1 tasks RUNNING)");
        assert_eq!(summary(&status("RUNNING", &["RUNNING", "FAILED"])), "WARNING (1/2 tasks RUNNING)");
        assert_eq!(summary(&status("PAUSED", &["PAUSED"])), "PAUSED");
    }
}
