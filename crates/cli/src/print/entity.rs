//! Entities of `/ksql` as text, each kind in its own way.

use serde_json::Value;

use super::connector::connector;
use super::function::function;
use super::lists;
use super::query::query;
use super::source::source;
use super::table::table;
use super::value::{is_true, list, text};

/// One entity as text, warnings after it.
pub(crate) fn entity(entity: &Value) -> String {
    let none = Value::Null;
    let field = |name: &str| entity.get(name).unwrap_or(&none);
    let mut out = match text(entity, "@type").as_str() {
        "currentStatus" => message(&text(field("commandStatus"), "message")),
        "warning_entity" => message(&text(entity, "message")),
        "terminate_query" => {
            let ended = if is_true(entity, "wasTerminated") { "terminated" } else { "was not running" };
            let id = text(entity, "queryId");
            message(&format!("Query {id} {ended}."))
        }
        "streams" => lists::sources(list(entity, "streams"), "Stream Name"),
        "tables" => lists::sources(list(entity, "tables"), "Table Name"),
        "kafka_topics" => lists::topics(list(entity, "topics"), false),
        "kafka_topics_extended" => lists::topics(list(entity, "topics"), true),
        "queries" => lists::queries(list(entity, "queries")),
        "errors" => lists::errors(list(entity, "errors")),
        "errors_replayed" => {
            let (count, id) = (text(entity, "replayed"), text(entity, "queryId"));
            message(&format!("Replayed {count} records of query {id}."))
        }
        "source_statement" => format!("{}\n", text(entity, "statement")),
        "watermarks" => lists::watermarks(list(entity, "watermarks")),
        "properties" => lists::properties(entity),
        "function_names" => lists::functions(list(entity, "functions")),
        "type_list" => lists::types(entity),
        "variables" => lists::variables(list(entity, "variables")),
        "connector_list" => lists::connectors(list(entity, "connectors")),
        "connector_plugins_list" => lists::plugins(list(entity, "connectorsPlugins")),
        "sourceDescription" => source(field("sourceDescription")),
        "source_descriptions" => several(list(entity, "sourceDescriptions"), source),
        "queryDescription" => query(field("queryDescription")),
        "query_descriptions" => several(list(entity, "queryDescriptions"), query),
        "describe_function" => function(entity),
        "connector_info" => message(&format!("Created connector {}", text(field("info"), "name"))),
        "drop_connector" => message(&format!("Dropped connector \"{}\"", text(entity, "connectorName"))),
        "connector_description" => connector(entity),
        "assert_topic" => asserted("Topic", &text(entity, "topicName"), is_true(entity, "exists")),
        "assert_schema" => {
            let subject = text(entity, "subject");
            let id = text(entity, "id");
            let names = [("subject name", subject), ("id", id)].into_iter().filter(|(_, value)| !value.is_empty());
            let named: Vec<String> = names.map(|(what, value)| format!("{what} {value}")).collect();
            asserted("Schema with", &named.join(" "), is_true(entity, "exists"))
        }
        _ => format!("{entity}\n"),
    };
    for warning in list(entity, "warnings") {
        out.push_str(&format!("WARNING: {}\n", text(warning, "message")));
    }
    out
}

fn message(text: &str) -> String {
    table(&["Message"], &[vec![text.to_owned()]])
}

fn asserted(what: &str, name: &str, exists: bool) -> String {
    message(&format!("{what} {name} {}.", if exists { "exists" } else { "does not exist" }))
}

/// Descriptions below each other.
fn several(values: &[Value], one: fn(&Value) -> String) -> String {
    values.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
