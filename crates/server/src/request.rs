//! One `/ksql` request: parse all, validate all in a sandbox, then do them one by one.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use millstream_plan::Dialect;
use millstream_sql::Statement;
use millstream_sql::ast::StatementKind;
use serde::Deserialize;
use serde_json::Value;

use crate::entity::Entity;
use crate::rest::{ApiError, BAD_REQUEST, COMMAND_TIMEOUT};
use crate::server::Server;
use crate::session::Session;
use crate::state::State;
use crate::statement::{Sandbox, check_sealed, execute, validate};

/// The body of `/ksql`. Fields that are not known are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KsqlRequest {
    /// The statements.
    pub(crate) ksql: String,
    /// Properties for all of them.
    #[serde(default)]
    pub(crate) streams_properties: Option<BTreeMap<String, Value>>,
    /// Variables that the statements may use.
    #[serde(default)]
    pub(crate) session_variables: Option<BTreeMap<String, Value>>,
    /// What servers of a service tell each other about it.
    #[serde(default)]
    pub(crate) request_properties: Option<BTreeMap<String, Value>>,
    /// Offset of the last command that the client knows of.
    #[serde(default)]
    pub(crate) command_sequence_number: Option<i64>,
}

/// Runs a request. Blocks on Kafka and on the command topic: not for the async threads.
pub(crate) fn run(server: &Server, request: &KsqlRequest) -> Result<Vec<Entity>, ApiError> {
    let properties = request.streams_properties.clone().unwrap_or_default();
    let mut session = Session::new(&properties, &server.defaults).map_err(|e| ApiError::generic(BAD_REQUEST, e))?;
    wait_for_previous(server, request.command_sequence_number)?;
    let view = server.runner.published().view();
    let statements = parse(&request.ksql, request.session_variables.as_ref(), &view.state, server, &mut session)?;
    if server.sealed.load(Ordering::Acquire) {
        check_sealed(&statements)?;
    }

    let is_push_query = |id: &str| server.pushes.contains(id);
    let sandbox = Sandbox::new(
        (*view.state).clone(),
        &server.topics,
        (&server.defaults, &server.registry),
        view.offset + 1,
        &is_push_query,
    );
    validate_all(&statements, sandbox, session.clone()).map_err(|e| e.marked(&request.ksql))?;

    let mut entities = Vec::new();
    for statement in &statements {
        match execute(statement, server, &mut session) {
            Ok(entity) => entities.extend(entity),
            Err(e) => return Err(e.after(entities).marked(&request.ksql)),
        }
    }
    Ok(entities)
}

/// Waits for the command that a client has seen last. Blocks. Errors: it was not applied in time.
pub(crate) fn wait_for_previous(server: &Server, number: Option<i64>) -> Result<(), ApiError> {
    match number {
        Some(number) if !server.runner.published().wait_for(number, server.command_timeout) => Err(ApiError::generic(
            COMMAND_TIMEOUT,
            format!("Timed out while waiting for a previous command to execute. command sequence number: {number}"),
        )),
        _ => Ok(()),
    }
}

/// The statements of a text, with the custom types of the service and the variables of the request, which the session
/// learns. Errors: everything that is wrong with its syntax.
pub(crate) fn parse(
    text: &str,
    variables: Option<&BTreeMap<String, Value>>,
    state: &State,
    server: &Server,
    session: &mut Session,
) -> Result<Vec<Statement>, ApiError> {
    let mut context = state.context();
    context.standard = session.dialect() == Dialect::Extended;
    context.ksql = !context.standard;
    context.substitute = session.enabled("ksql.variable.substitution.enable", &server.defaults);
    for (name, value) in variables.into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        session.define(name, &value);
        context.define(name, value);
    }
    millstream_sql::parse_in(text, &mut context).map_err(|e| ApiError::syntax(text, &e).marked(text))
}

/// Takes all statements through the sandbox. Errors: what is wrong with any of them, but for what only follows from
/// another's being wrong.
pub(crate) fn validate_all(
    statements: &[Statement],
    mut sandbox: Sandbox<'_>,
    mut session: Session,
) -> Result<(), ApiError> {
    let mut errors: Vec<ApiError> = Vec::new();
    // Names that statements with errors would have defined.
    let mut missing: Vec<&str> = Vec::new();
    for statement in statements {
        let Err(error) = validate(statement, &mut sandbox, &mut session) else { continue };
        if !missing.iter().any(|name| mentions(&statement.text, name)) {
            errors.push(error);
        }
        missing.extend(defined_name(statement));
    }
    let mut errors = errors.into_iter();
    match errors.next() {
        Some(first) => Err(first.and(errors)),
        None => Ok(()),
    }
}

/// The name that a statement would define.
fn defined_name(statement: &Statement) -> Option<&str> {
    match &statement.kind {
        StatementKind::CreateSource(create) => Some(&create.name.value),
        StatementKind::CreateAs(create) => Some(&create.name.value),
        StatementKind::CreateType { name, .. } => Some(&name.value),
        _ => None,
    }
}

/// Whether a word of the text is that name, in any case.
fn mentions(text: &str, name: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !part_of_word(c)).any(|word| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_ignored_and_all_but_the_text_may_be_missing() {
        let request: KsqlRequest = serde_json::from_str(r#"{"ksql":"A;","sessionVariables":{"v":"1"},"x":1}"#).unwrap();
        assert_eq!(request.session_variables.unwrap()["v"], "1");
        let request: KsqlRequest = serde_json::from_str(r#"{"ksql":"A;"}"#).unwrap();
        assert_eq!(request.ksql, "A;");
        assert!(request.streams_properties.is_none() && request.command_sequence_number.is_none());
        let full = r#"{"ksql":"A;","streamsProperties":{"a":1},"commandSequenceNumber":12}"#;
        let request: KsqlRequest = serde_json::from_str(full).unwrap();
        assert_eq!(request.command_sequence_number, Some(12));
        assert_eq!(request.streams_properties.unwrap().len(), 1);
        assert!(serde_json::from_str::<KsqlRequest>("{}").is_err());
    }
}
