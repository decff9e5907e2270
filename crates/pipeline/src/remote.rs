//! What a server says that it has, over ksqlDB's own statements: any server of that kind can be asked.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_client::{HttpError, Server};
use serde_json::{Value, json};

const JSON: &str = "application/json";
/// Everything that a catalog consists of, in one request.
const QUESTION: &str = "SHOW TYPES; SHOW PROPERTIES; SHOW QUERIES; SHOW QUERIES EXTENDED; SHOW ALL TOPICS; \
                        DESCRIBE STREAMS; DESCRIBE TABLES;";

/// States of commands that are not ended.
const UNSETTLED: [&str; 4] = ["QUEUED", "PARSING", "EXECUTING", "RUNNING"];
/// Between two looks at such a command, and how many there are: a minute.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: usize = 300;

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
    /// Descriptions of queries: what they were given.
    pub(crate) query_descriptions: Vec<Value>,
    /// Topics with their replicas.
    pub(crate) topics: Vec<Value>,
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
            Some("query_descriptions") => answers.query_descriptions = list("queryDescriptions"),
            Some("kafka_topics") => answers.topics = list("topics"),
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
    let Value::Array(mut entities) = value else { return Err(RemoteError::Strange(text)) };
    for entity in &mut entities {
        settle(server, entity).await?;
    }
    let failed = |e: &&Value| e.pointer("/commandStatus/status").and_then(Value::as_str) == Some("ERROR");
    if let Some(failed) = entities.iter().find(failed) {
        let message = failed.pointer("/commandStatus/message").and_then(Value::as_str).unwrap_or_default();
        return Err(RemoteError::Refused { message: message.to_owned() });
    }
    Ok(entities)
}

/// Waits for a command that the server had not ended when it answered: what comes next may need it.
async fn settle(server: &Server, entity: &mut Value) -> Result<(), RemoteError> {
    let Some(id) = entity.get("commandId").and_then(Value::as_str).map(status_path) else { return Ok(()) };
    for _ in 0..LOOKS {
        let status = entity.pointer("/commandStatus/status").and_then(Value::as_str);
        if !status.is_some_and(|status| UNSETTLED.contains(&status)) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
        let answer = server.get(&id).await?;
        let found = answer.ok();
        let text = answer.text().await?;
        // A server that forgets commands is believed to have ended them.
        if !found {
            return Ok(());
        }
        let status = serde_json::from_str(&text).map_err(|_| RemoteError::Strange(text))?;
        if let Some(fields) = entity.as_object_mut() {
            fields.insert("commandStatus".to_owned(), status);
        }
    }
    Err(RemoteError::Refused { message: "the server is still busy with it".to_owned() })
}

/// Where a command's status is asked for.
fn status_path(id: &str) -> String {
    let plain = id.replace('`', "");
    let mut path = String::from("/status/");
    for byte in plain.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' => path.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// The number of the last command of an answer.
pub(crate) fn sequence(entities: &[Value]) -> Option<i64> {
    entities.iter().filter_map(|e| e.get("commandSequenceNumber")?.as_i64()).max().filter(|n| *n >= 0)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Asks a server that gives these answers in order; what came of it, and what was asked for.
    async fn played(answers: &[&str]) -> (Result<Vec<Value>, RemoteError>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let serving = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = [0; 4096];
                let n = stream.read(&mut bytes).await.unwrap();
                let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
                asked.push(text.split(" HTTP").next().unwrap().to_owned());
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
                stream.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
            }
            asked
        });
        let result = ksql(&server, "CREATE …;", &BTreeMap::new(), None).await;
        (result, serving.await.unwrap())
    }

    const BUSY: &str = r#"[{"@type":"currentStatus","commandId":"stream/`A b`/create",
        "commandStatus":{"status":"EXECUTING","message":"Statement is being executed."},"commandSequenceNumber":-1}]"#;

    #[tokio::test]
    async fn a_command_that_takes_long_is_waited_for() {
        let busy = r#"{"status":"EXECUTING","message":""}"#;
        let (result, asked) = played(&[BUSY, busy, r#"{"status":"SUCCESS","message":"Stream created"}"#]).await;
        assert_eq!(result.unwrap()[0]["commandStatus"]["status"], "SUCCESS");
        assert_eq!(asked, ["POST /ksql", "GET /status/stream/A%20b/create", "GET /status/stream/A%20b/create"]);
    }

    #[tokio::test]
    async fn one_that_fails_late_has_failed() {
        let (result, _) = played(&[BUSY, r#"{"status":"ERROR","message":"no topic"}"#]).await;
        assert_eq!(result.unwrap_err().to_string(), "no topic");
    }
}
