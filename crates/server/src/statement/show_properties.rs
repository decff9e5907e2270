//! SHOW PROPERTIES: every property with its value for this request.

use millstream_sql::Statement;

use crate::entity::{Entity, PropertyInfo, PropertyList};
use crate::properties::{ALL, Kind, Known, Level, Properties, value};
use crate::server::Server;
use crate::session::Session;

/// Lists the properties.
pub(super) fn execute(statement: &Statement, server: &Server, session: &Session) -> Entity {
    Entity::Properties(list(&statement.text, session.overrides(), &server.defaults))
}

fn list(text: &str, overrides: &Properties, defaults: &Properties) -> PropertyList {
    let mut known: Vec<(String, &Known)> = ALL.iter().map(|k| (k.listed(), k)).collect();
    known.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut list = PropertyList {
        statement_text: text.to_owned(),
        properties: Vec::new(),
        overwritten_properties: Vec::new(),
        default_properties: Vec::new(),
        warnings: Vec::new(),
    };
    for (name, known) in known {
        let value = value(known.name, overrides, defaults);
        let hidden = known.kind == Kind::Secret && value.is_some();
        if overrides.contains_key(known.name) {
            list.overwritten_properties.push(name.clone());
        } else if value == known.default {
            list.default_properties.push(name.clone());
        }
        list.properties.push(PropertyInfo {
            name,
            scope: "KSQL",
            value: if hidden { Some("[hidden]".into()) } else { value.map(str::to_owned) },
            editable: known.level == Level::Query,
            level: if known.level == Level::Query { "QUERY" } else { "SERVER" },
        });
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_request_and_secrets_stay_hidden() {
        let map = |pairs: &[(&str, &str)]| -> Properties {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let overrides = map(&[("auto.offset.reset", "earliest")]);
        let defaults = map(&[
            ("auto.offset.reset", "latest"),
            ("ksql.service.id", "mine_"),
            ("ksql.connect.basic.auth.credentials.password", "hush"),
        ]);
        let list = list("SHOW PROPERTIES;", &overrides, &defaults);
        let shown = |name: &str| list.properties.iter().find(|p| p.name == name).unwrap();
        let reset = shown("ksql.streams.auto.offset.reset");
        assert_eq!((reset.value.as_deref(), reset.editable, reset.level), (Some("earliest"), true, "QUERY"));
        let id = shown("ksql.service.id");
        assert_eq!((id.value.as_deref(), id.editable, id.level), (Some("mine_"), false, "SERVER"));
        assert_eq!(shown("ksql.connect.basic.auth.credentials.password").value.as_deref(), Some("[hidden]"));
        assert_eq!(list.overwritten_properties, ["ksql.streams.auto.offset.reset"]);
        assert!(list.default_properties.iter().any(|n| n == "ksql.connect.url"));
        assert!(!list.default_properties.iter().any(|n| n == "ksql.service.id" || n.ends_with("auto.offset.reset")));
        assert!(list.properties.is_sorted_by_key(|p| p.name.as_str()));
    }
}
