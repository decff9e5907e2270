//! What each statement does on the server, one file each.
//!
//! A request runs in two rounds: [`validate`] takes every statement through a sandbox in which the ones before it have
//! happened, then [`execute`] does them one by one. Nothing is done unless all of them are valid.

mod assert;
mod change;
mod connectors;
mod describe;
mod errors;
mod explain;
mod functions;
mod insert_values;
mod queries;
mod replay;
mod sealed;
mod set;
mod show_create;
mod show_properties;
mod show_topics;
mod sources;
mod system;
mod terminate;
mod types;
mod watermarks;

pub(crate) use insert_values::{check_enabled as check_inserts_enabled, insert_rows};
pub(crate) use queries::state_name;
pub(crate) use sealed::check as check_sealed;

use millstream_plan::Dialect;
use millstream_schemas::Registry;
use millstream_sql::ast::{Show, StatementKind};
use millstream_sql::{Diagnostic, Statement};

use crate::entity::Entity;
use crate::properties::Properties;
use crate::rest::{ApiError, BAD_STATEMENT, QUERY_ENDPOINT};
use crate::server::Server;
use crate::session::Session;
use crate::state::State;
use crate::topics::{SandboxTopics, Topics};

/// What would exist after the statements validated so far.
pub(crate) struct Sandbox<'a> {
    /// Catalog and queries.
    pub(crate) state: State,
    /// Topics.
    pub(crate) topics: SandboxTopics<'a>,
    /// The server's defaults.
    pub(crate) defaults: &'a Properties,
    /// Where schemas stand.
    pub(crate) registry: &'a Registry,
    /// Made-up offset of the next command.
    pub(crate) next_offset: i64,
    /// Whether a push query of that id runs.
    pub(crate) is_push_query: &'a dyn Fn(&str) -> bool,
}

impl<'a> Sandbox<'a> {
    /// A sandbox over the server's state and the topics that exist.
    pub(crate) fn new(
        state: State,
        topics: &'a dyn Topics,
        (defaults, registry): (&'a Properties, &'a Registry),
        next_offset: i64,
        is_push_query: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        Self { state, topics: SandboxTopics::new(topics), defaults, registry, next_offset, is_push_query }
    }
}

/// What is said to a statement that nothing here answers.
fn unsupported(statement: &Statement) -> ApiError {
    ApiError::statement(BAD_STATEMENT, &statement.text, "This statement is not supported by the server.")
}

/// What is said to SELECT and PRINT.
fn streams_rows(statement: &Statement) -> ApiError {
    let message =
        "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT";
    let finding = Diagnostic::general(message).hint("Its rows come as a stream: send it to /query-stream or /query.");
    ApiError::findings(&statement.text, &[finding]).with_code(QUERY_ENDPOINT)
}

/// Refuses a statement that ksqlDB does not have, where statements are read as ksqlDB's.
fn check_extended(statement: &Statement, session: &Session) -> Result<(), ApiError> {
    if session.dialect() == Dialect::Extended {
        return Ok(());
    }
    let first = statement.text.split_whitespace().next().unwrap_or_default();
    let finding = Diagnostic::at(statement.span, format!("Syntax Error\nUnknown statement '{first}'"))
        .hint("This is an extension of ksqlDB's language: set millstream.dialect to extended.");
    Err(ApiError::findings(&statement.text, &[finding]))
}

/// Checks a statement in the sandbox and makes it happen there.
pub(crate) fn validate(
    statement: &Statement,
    sandbox: &mut Sandbox<'_>,
    session: &mut Session,
) -> Result<(), ApiError> {
    match &statement.kind {
        StatementKind::CreateSource(_)
        | StatementKind::CreateAs(_)
        | StatementKind::InsertSelect(_)
        | StatementKind::Alter(_)
        | StatementKind::Drop(_)
        | StatementKind::CreateType { .. }
        | StatementKind::DropType { .. }
        | StatementKind::Pause(_)
        | StatementKind::Resume(_) => change::validate(statement, sandbox, session),
        StatementKind::AlterSystem { name, value } => system::validate(statement, name, value, sandbox, session),
        StatementKind::Terminate(which) => terminate::validate(statement, which, sandbox, session),
        StatementKind::InsertValues(_) => insert_values::validate(statement, sandbox, session),
        StatementKind::Set { name, value } => set::set(statement, name, value, session),
        StatementKind::Unset { name } => set::unset(statement, name, session),
        StatementKind::Define { name, value } => {
            set::define(name, value, session);
            Ok(())
        }
        StatementKind::Undefine(name) => {
            set::undefine(statement, name, session);
            Ok(())
        }
        StatementKind::Show(_) | StatementKind::DescribeAll { .. } => Ok(()),
        StatementKind::ShowWatermarks { query } => {
            check_extended(statement, session)?;
            watermarks::validate(statement, query.as_ref(), &sandbox.state)
        }
        StatementKind::ShowErrors { .. } => check_extended(statement, session),
        StatementKind::ShowCreate { kind, name } => {
            check_extended(statement, session)?;
            show_create::validate(statement, *kind, name, &sandbox.state)
        }
        StatementKind::ShowLike { .. } => check_extended(statement, session),
        StatementKind::ReplayErrors(id) => {
            check_extended(statement, session)?;
            replay::validate(statement, id, &sandbox.state)
        }
        StatementKind::Describe { name, .. } => describe::validate(statement, name, sandbox),
        StatementKind::DescribeFunction(name) => functions::describe(statement, name, session.dialect()).map(drop),
        StatementKind::Explain(what) => explain::validate(statement, what, sandbox),
        StatementKind::CreateConnector(create) => connectors::validate_create(create, sandbox.defaults),
        StatementKind::DropConnector { .. } | StatementKind::DescribeConnector(_) => Ok(()),
        StatementKind::AssertTopic(topic) => assert::validate_topic(statement, topic),
        StatementKind::AssertSchema(schema) => assert::validate_schema(statement, schema),
        StatementKind::Select(_) | StatementKind::Standard { .. } | StatementKind::Print(_) => {
            Err(streams_rows(statement))
        }
        _ => Err(unsupported(statement)),
    }
}

/// Does a statement that was valid a moment ago; `None`: it has no result to show.
pub(crate) fn execute(
    statement: &Statement,
    server: &Server,
    session: &mut Session,
) -> Result<Option<Entity>, ApiError> {
    match &statement.kind {
        StatementKind::CreateSource(_)
        | StatementKind::CreateAs(_)
        | StatementKind::InsertSelect(_)
        | StatementKind::Alter(_)
        | StatementKind::AlterSystem { .. }
        | StatementKind::Drop(_)
        | StatementKind::CreateType { .. }
        | StatementKind::DropType { .. }
        | StatementKind::Pause(_)
        | StatementKind::Resume(_) => change::execute(statement, server, session).map(Some),
        StatementKind::Terminate(which) => terminate::execute(statement, which, server, session).map(Some),
        StatementKind::InsertValues(_) => insert_values::execute(statement, server, session).map(|()| None),
        StatementKind::Set { name, value } => set::set(statement, name, value, session).map(|()| None),
        StatementKind::Unset { name } => set::unset(statement, name, session).map(|()| None),
        StatementKind::Define { name, value } => {
            set::define(name, value, session);
            Ok(None)
        }
        StatementKind::Undefine(name) => Ok(set::undefine(statement, name, session)),
        StatementKind::Show(show) => show_what(statement, *show, server, session).map(Some),
        StatementKind::ShowWatermarks { query } => Ok(Some(watermarks::execute(statement, query.as_ref(), server))),
        StatementKind::ShowErrors { query, limit } => {
            errors::execute(statement, query.as_ref(), *limit, server).map(Some)
        }
        StatementKind::ShowCreate { kind, name } => show_create::execute(statement, *kind, name, server).map(Some),
        StatementKind::ShowLike { kind, pattern } => Ok(Some(sources::like(statement, *kind, pattern, server))),
        StatementKind::ReplayErrors(id) => replay::execute(statement, id, server).map(Some),
        StatementKind::Describe { name, extended } => describe::execute(statement, name, *extended, server).map(Some),
        StatementKind::DescribeAll { kind, extended } => {
            sources::descriptions(statement, *kind, *extended, server).map(Some)
        }
        StatementKind::DescribeFunction(name) => functions::describe(statement, name, session.dialect()).map(Some),
        StatementKind::Explain(what) => explain::execute(statement, what, server, session).map(Some),
        StatementKind::CreateConnector(create) => connectors::create(create, server).map(Some),
        StatementKind::DropConnector { if_exists, name } => {
            connectors::delete(statement, name, *if_exists, server).map(Some)
        }
        StatementKind::DescribeConnector(name) => connectors::describe(statement, name, server).map(Some),
        StatementKind::AssertTopic(topic) => assert::topic(statement, topic, server, session).map(Some),
        StatementKind::AssertSchema(schema) => assert::schema(statement, schema, server, session).map(Some),
        StatementKind::Select(_) | StatementKind::Standard { .. } | StatementKind::Print(_) => {
            Err(streams_rows(statement))
        }
        _ => Err(unsupported(statement)),
    }
}

fn show_what(statement: &Statement, show: Show, server: &Server, session: &Session) -> Result<Entity, ApiError> {
    match show {
        Show::Streams { extended } => sources::streams(statement, extended, server),
        Show::Tables { extended } => sources::tables(statement, extended, server),
        Show::Topics { all, extended } => show_topics::execute(statement, all, extended, server),
        Show::Queries { extended } => Ok(queries::execute(statement, extended, server)),
        Show::Properties => Ok(show_properties::execute(statement, server, session)),
        Show::Functions => Ok(functions::list(statement, session.dialect())),
        Show::Types => Ok(types::execute(statement, server)),
        Show::Variables => Ok(set::variables(statement, session)),
        Show::Connectors { kind } => connectors::list(statement, kind, server),
        Show::ConnectorPlugins => connectors::plugins(statement, server),
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
