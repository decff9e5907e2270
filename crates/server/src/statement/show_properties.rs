//! SHOW PROPERTIES: every property with its value for this request, where that comes from, and what becomes of it.

use std::collections::BTreeMap;

use millstream_kafka::java::{self, HIDDEN};
use millstream_sql::Statement;

use crate::entity::{Entity, PropertyInfo, PropertyList};
use crate::properties::{ALL, Given, Kind, Known, Level, Properties, of_clients, of_server};
use crate::server::Server;
use crate::session::Session;

/// Lists the properties.
pub(super) fn execute(statement: &Statement, server: &Server, session: &Session) -> Entity {
    Entity::Properties(list(&statement.text, session.overrides(), &server.defaults, &server.given))
}

fn list(text: &str, overrides: &Properties, defaults: &Properties, given: &BTreeMap<String, Given>) -> PropertyList {
    let mut rows: BTreeMap<String, PropertyInfo> = BTreeMap::new();
    for known in ALL {
        rows.insert(known.listed(), of_known(known, overrides, defaults, given));
    }
    for property in java::PROPERTIES {
        let known = ALL.iter().any(|known| known.name == property.name);
        if known || property.default.is_empty() || java::is_security(property.name) {
            continue;
        }
        let row = row(streams(property.name), Some(property.default.to_owned()), "default", property.handling());
        rows.insert(row.name.clone(), row);
    }
    for (name, given) in given {
        if ALL.iter().any(|known| known.name == name) {
            continue;
        }
        let value = Some(given.value.clone());
        let shown = if rows.contains_key(&streams(name)) { streams(name) } else { given.name.clone() };
        rows.insert(shown.clone(), row(shown, value, given.source, given.handling.clone()));
    }
    for (name, value) in of_clients(overrides) {
        let handling = java::handling(name, value).map(|handling| handling.to_string()).unwrap_or_default();
        rows.insert(streams(name), row(streams(name), Some(value.clone()), "request", handling));
    }
    let names = |source: &str| rows.values().filter(|row| row.source == source).map(|row| row.name.clone()).collect();
    PropertyList {
        statement_text: text.to_owned(),
        overwritten_properties: names("request"),
        default_properties: names("default"),
        properties: rows.into_values().collect(),
        warnings: Vec::new(),
    }
}

/// A name as Kafka Streams' properties are listed.
fn streams(name: &str) -> String {
    format!("ksql.streams.{name}")
}

/// A property that the clients get, or nobody.
fn row(name: String, value: Option<String>, source: &'static str, handling: String) -> PropertyInfo {
    let of_query = java::is_client_property(&name) && !java::is_of_server(&name);
    let (editable, level) = if of_query { (true, "QUERY") } else { (false, "SERVER") };
    PropertyInfo { name, scope: "KSQL", value, editable, level, source, handling }
}

/// A property of the server or of statements.
fn of_known(
    known: &Known,
    overrides: &Properties,
    defaults: &Properties,
    given: &BTreeMap<String, Given>,
) -> PropertyInfo {
    let (value, source) = match (overrides.get(known.name), given.get(known.name)) {
        (Some(value), _) => (Some(value.as_str()), "request"),
        (None, Some(given)) => (of_server(known.name, defaults), given.source),
        (None, None) => (of_server(known.name, defaults), "default"),
    };
    let hidden = value.is_some() && (known.kind == Kind::Secret || java::is_secret(known.name));
    PropertyInfo {
        name: known.listed(),
        scope: "KSQL",
        value: if hidden { Some(HIDDEN.to_owned()) } else { value.map(str::to_owned) },
        editable: known.level == Level::Query,
        level: if known.level == Level::Query { "QUERY" } else { "SERVER" },
        source,
        handling: if known.used { "used" } else { "inert" }.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_request_and_secrets_stay_hidden() {
        let map = |pairs: &[(&str, &str)]| -> Properties {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let overrides = map(&[("auto.offset.reset", "earliest"), ("producer.linger.ms", "9")]);
        let defaults = map(&[
            ("auto.offset.reset", "latest"),
            ("ksql.service.id", "mine_"),
            ("ksql.connect.basic.auth.credentials.password", "hush"),
        ]);
        let given = |name: &str, value: &str, handling: &str| {
            let (value, handling) = (value.to_owned(), handling.to_owned());
            (java::plain(name).to_owned(), Given { name: name.to_owned(), value, source: "file", handling })
        };
        let given = [
            given("ksql.service.id", "mine_", "used"),
            given("fetch.min.bytes", "5", "passed"),
            given("sasl.jaas.config", HIDDEN, "translated to sasl.username"),
            given("ksql.servce.id", "x", "rejected: there is no such property."),
        ];
        let list = list("SHOW PROPERTIES;", &overrides, &defaults, &given.into());
        let shown = |name: &str| {
            let row = list.properties.iter().find(|p| p.name == name).unwrap();
            (row.value.as_deref().unwrap_or_default(), row.editable, row.level, row.source, row.handling.as_str())
        };
        assert_eq!(shown("ksql.streams.auto.offset.reset"), ("earliest", true, "QUERY", "request", "used"));
        assert_eq!(shown("ksql.service.id"), ("mine_", false, "SERVER", "file", "used"));
        assert_eq!(shown("ksql.connect.basic.auth.credentials.password").0, "[hidden]");
        assert_eq!(shown("ksql.streams.producer.linger.ms"), ("9", true, "QUERY", "request", "passed"));
        assert_eq!(shown("ksql.streams.linger.ms"), ("5", true, "QUERY", "default", "passed"));
        assert_eq!(shown("ksql.streams.fetch.min.bytes"), ("5", true, "QUERY", "file", "passed"));
        assert_eq!(shown("sasl.jaas.config"), ("[hidden]", false, "SERVER", "file", "translated to sasl.username"));
        assert_eq!(shown("ksql.servce.id"), ("x", false, "SERVER", "file", "rejected: there is no such property."));
        assert_eq!(shown("ksql.streams.buffered.records.per.partition").4, "inert");
        let overwritten = ["ksql.streams.auto.offset.reset", "ksql.streams.producer.linger.ms"];
        assert_eq!(list.overwritten_properties, overwritten);
        assert!(list.default_properties.iter().any(|n| n == "ksql.connect.url"));
        assert!(!list.default_properties.iter().any(|n| n == "ksql.service.id" || n.ends_with("auto.offset.reset")));
        assert!(list.properties.is_sorted_by_key(|p| p.name.as_str()));
    }
}
