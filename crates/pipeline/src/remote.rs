//! What a server says that it has, over ksqlDB's own statements: any server of that kind can be asked.

use std::collections::BTreeMap;

use millstream_client::{HttpError, Server};
use serde_json::{Value, json};

const JSON: &str = "application/json";
/// Everything that a catalog consists of, in one request.
const QUESTION: &str = "SHOW TYPES; SHOW PROPERTIES; SHOW QUERIES; DESCRIBE STREAMS; DESCRIBE TABLES;";

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    /// It cannot be reached, or the connection broke.
    #[error("{0}")]
    Http(#[from] HttpError),
    /// It refuses a statement.
    #[error("{message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// Its answer is no answer of such a server.
    #[error("the server's answer cannot be read: {0}")]
    Strange(String),
}

/// What a server answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answers {
    /// `type_list`
    pub(crate) types: Value,
    /// `name` and `value` of its properties.
    pub(crate) properties: BTreeMap<String, String>,
    /// Persistent queries.
    pub(crate) queries: Vec<Value>,
    /// Descriptions of streams and tables.
    pub(crate) sources: Vec<Value>,
}

/// Asks a server for its catalog.
pub(crate) async fn ask(server: &Server) -> Result<Answers, RemoteError> {
    let entities = ksql(server, QUESTION, &BTreeMap::new(), None).await?;
    let mut answers = Answers::default();
    for entity in entities {
        let list = |name: &str| entity.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        match entity.get("@type").and_then(Value::as_str) {
            Some("type_list") => answers.types = json!([entity]),
            Some("properties") => {
                let pair =
                    |p: &Value| Some((p.get("name")?.as_str()?.to_owned(), p.get("value")?.as_str()?.to_owned()));
                answers.properties = list("properties").iter().filter_map(pair).collect();
            }
            Some("queries") => {
                let persistent = |q: &Value| q.get("queryType").and_then(Value::as_str) == Some("PERSISTENT");
                answers.queries = list("queries").into_iter().filter(persistent).collect();
            }
            Some("source_descriptions") => answers.sources.extend(list("sourceDescriptions")),
            other => return Err(RemoteError::Strange(format!("{other:?} is none of what was asked for"))),
        }
    }
    Ok(answers)
}

/// Runs statements; gives the entities of the answer. `after`: the number of the last command that must have been seen.
pub(crate) async fn ksql(
    server: &Server,
    sql: &str,
    properties: &BTreeMap<String, String>,
    after: Option<i64>,
) -> Result<Vec<Value>, RemoteError> {
    let mut body = json!({"ksql": sql, "streamsProperties": properties});
    if let (Some(number), Some(fields)) = (after, body.as_object_mut()) {
        fields.insert("commandSequenceNumber".into(), number.into());
    }
    let answer = server.post("/ksql", JSON, body.to_string()).await?;
    let ok = answer.ok();
    let text = answer.text().await?;
    let value: Value = serde_json::from_str(&text).map_err(|_| RemoteError::Strange(text.clone()))?;
    if !ok {
        let message = value.get("message").and_then(Value::as_str).unwrap_or(&text).to_owned();
        return Err(RemoteError::Refused { message });
    }
    let Value::Array(entities) = value else { return Err(RemoteError::Strange(text)) };
    let failed = |e: &&Value| e.pointer("/commandStatus/status").and_then(Value::as_str) == Some("ERROR");
    if let Some(failed) = entities.iter().find(failed) {
        let message = failed.pointer("/commandStatus/message").and_then(Value::as_str).unwrap_or_default();
        return Err(RemoteError::Refused { message: message.to_owned() });
    }
    Ok(entities)
}

/// The number of the last command of an answer.
pub(crate) fn sequence(entities: &[Value]) -> Option<i64> {
    entities.iter().filter_map(|e| e.get("commandSequenceNumber")?.as_i64()).max().filter(|n| *n >= 0)
}
