//! One `/ksql` request: parse all, validate all in a sandbox, then do them one by one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::entity::Entity;
use crate::rest::{ApiError, BAD_REQUEST, COMMAND_TIMEOUT};
use crate::server::Server;
use crate::session::Session;
use crate::statement::{Sandbox, execute, validate};

/// How long a request waits for the command that its client has seen last, `ksql.server.command.response.timeout.ms`.
const SEQUENCE_WAIT: Duration = Duration::from_secs(5);

/// The body of `/ksql`. Fields that are not known are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KsqlRequest {
    /// The statements.
    pub(crate) ksql: String,
    /// Properties for all of them.
    #[serde(default)]
    pub(crate) streams_properties: Option<BTreeMap<String, Value>>,
    /// Offset of the last command that the client knows of.
    #[serde(default)]
    pub(crate) command_sequence_number: Option<i64>,
}

/// Runs a request. Blocks on Kafka and on the command topic: not for the async threads.
pub(crate) fn run(server: &Server, request: &KsqlRequest) -> Result<Vec<Entity>, ApiError> {
    let properties = request.streams_properties.clone().unwrap_or_default();
    let mut session = Session::new(&properties, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    let published = server.runner.published();
    if let Some(number) = request.command_sequence_number
        && !published.wait_for(number, SEQUENCE_WAIT)
    {
        return Err(ApiError::generic(
            COMMAND_TIMEOUT,
            format!("Timed out while waiting for a previous command to execute. command sequence number: {number}"),
        ));
    }
    let statements = millstream_sql::parse(&request.ksql).map_err(|e| ApiError::findings(&request.ksql, &e))?;

    let view = published.view();
    let is_push_query = |id: &str| server.pushes.contains(id);
    let mut sandbox =
        Sandbox::new((*view.state).clone(), &server.topics, &server.defaults, view.offset + 1, &is_push_query);
    let mut validated = session.clone();
    for statement in &statements {
        validate(statement, &mut sandbox, &mut validated)?;
    }

    let mut entities = Vec::new();
    for statement in &statements {
        match execute(statement, server, &mut session) {
            Ok(entity) => entities.extend(entity),
            Err(e) => return Err(e.after(entities)),
        }
    }
    Ok(entities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_ignored_and_all_but_the_text_may_be_missing() {
        let request: KsqlRequest = serde_json::from_str(r#"{"ksql":"A;","sessionVariables":{},"x":1}"#).unwrap();
        assert_eq!(request.ksql, "A;");
        assert!(request.streams_properties.is_none() && request.command_sequence_number.is_none());
        let full = r#"{"ksql":"A;","streamsProperties":{"a":1},"commandSequenceNumber":12}"#;
        let request: KsqlRequest = serde_json::from_str(full).unwrap();
        assert_eq!(request.command_sequence_number, Some(12));
        assert_eq!(request.streams_properties.unwrap().len(), 1);
        assert!(serde_json::from_str::<KsqlRequest>("{}").is_err());
    }
}
