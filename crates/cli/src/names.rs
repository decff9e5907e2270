//! Names that a server knows, for completion.

use std::collections::BTreeSet;

use millstream_client::Server;
use serde_json::{Value, json};

/// Everything that has a name, in one request.
const QUESTION: &str = "SHOW FUNCTIONS; DESCRIBE STREAMS; DESCRIBE TABLES;";

/// Names, as they are shown and typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Streams and tables.
    pub(crate) sources: Vec<String>,
    /// Columns of all of them.
    pub(crate) columns: Vec<String>,
    /// Functions.
    pub(crate) functions: Vec<String>,
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
        let (mut sources, mut columns, mut functions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let name = |value: &Value| value.get("name").and_then(Value::as_str).map(typed);
        for entity in answer.as_array().into_iter().flatten() {
            functions.extend(list(entity, "functions").iter().filter_map(name));
            for source in list(entity, "sourceDescriptions") {
                sources.extend(name(&source));
                columns.extend(list(&source, "fields").iter().filter_map(name));
            }
        }
        Self {
            sources: sources.into_iter().collect(),
            columns: columns.into_iter().collect(),
            functions: functions.into_iter().collect(),
        }
    }
}

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
            {"sourceDescriptions":[{"name":"S","fields":[{"name":"ID"},{"name":"camelCase"}]},
                                   {"name":"T","fields":[{"name":"ID"}]}]}]"#;
        let names = Names::read(answer);
        assert_eq!(names.sources, ["s", "t"]);
        assert_eq!(names.columns, ["`camelCase`", "id"]);
        assert_eq!(names.functions, ["abs", "ucase"]);
        assert_eq!(Names::read("oops"), Names::default());
    }
}
