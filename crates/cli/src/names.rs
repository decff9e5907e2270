//! Names that a server knows, for completion.

use std::collections::{BTreeMap, BTreeSet};

use millstream_client::Server;
use serde_json::{Value, json};

/// Everything that has a name, in one request.
const QUESTION: &str = "SHOW FUNCTIONS; SHOW TOPICS; SHOW QUERIES; SHOW PROPERTIES; DESCRIBE STREAMS; DESCRIBE TABLES;";

/// Names, as they are shown and typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Streams and tables.
    pub(crate) sources: Vec<String>,
    /// Columns of all of them.
    pub(crate) columns: Vec<String>,
    /// Functions.
    pub(crate) functions: Vec<String>,
    /// Topics, without quotes.
    pub(crate) topics: Vec<String>,
    /// Queries.
    pub(crate) queries: Vec<String>,
    /// Properties, without quotes.
    pub(crate) properties: Vec<String>,
}

impl Names {
    /// Asks a server; nothing when it does not answer.
    pub(crate) async fn ask(server: &Server) -> Self {
        let body = json!({"ksql": QUESTION}).to_string();
        let Ok(answer) = server.post("/ksql", "application/json", body).await else { return Self::default() };
        let Ok(text) = answer.text().await else { return Self::default() };
        Self::read(&text)
    }

    fn read(answer: &str) -> Self {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let (mut sources, mut columns) = (BTreeSet::new(), BTreeSet::new());
        let mut of_lists: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let field = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = |value: &Value| field(value, "name").map(|name| typed(&name));
        for entity in answer.as_array().into_iter().flatten() {
            for (of, named) in [("functions", "name"), ("topics", "name"), ("queries", "id"), ("properties", "name")] {
                of_lists.entry(of).or_default().extend(list(entity, of).iter().filter_map(|item| field(item, named)));
            }
            for source in list(entity, "sourceDescriptions") {
                sources.extend(name(&source));
                columns.extend(list(&source, "fields").iter().filter_map(name));
            }
        }
        let mut of = |name: &str| of_lists.remove(name).unwrap_or_default().into_iter();
        let short = |name: String| name.strip_prefix(STREAMS).map_or(name.clone(), str::to_owned);
        Self {
            sources: sources.into_iter().collect(),
            columns: columns.into_iter().collect(),
            functions: of("functions").map(|name| typed(&name)).collect(),
            topics: of("topics").collect(),
            queries: of("queries").map(|id| typed(&id)).collect(),
            properties: of("properties").map(short).collect(),
        }
    }
}

/// What properties of Kafka Streams need not be written with.
const STREAMS: &str = "ksql.streams.";

/// A name as it can be typed: in quotes where its case counts.
fn typed(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_lowercase() } else { format!("`{}`", name.replace('`', "``")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_once_each() {
        let answer = r#"[{"functions":[{"name":"UCASE"},{"name":"ABS"}]},
            {"topics":[{"name":"a-topic"}]},{"queries":[{"id":"CSAS_S_1"}]},
            {"properties":[{"name":"ksql.streams.auto.offset.reset"},{"name":"ksql.service.id"}]},
            {"sourceDescriptions":[{"name":"S","fields":[{"name":"ID"},{"name":"camelCase"}]},
                                   {"name":"T","fields":[{"name":"ID"}]}]}]"#;
        let names = Names::read(answer);
        assert_eq!(names.sources, ["s", "t"]);
        assert_eq!(names.columns, ["`camelCase`", "id"]);
        assert_eq!(names.functions, ["abs", "ucase"]);
        assert_eq!((names.topics, names.queries), (vec!["a-topic".to_owned()], vec!["csas_s_1".to_owned()]));
        assert_eq!(names.properties, ["ksql.service.id", "auto.offset.reset"]);
        assert_eq!(Names::read("oops"), Names::default());
    }
}
