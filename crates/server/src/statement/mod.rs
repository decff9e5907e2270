//! What each statement does on the server, one file each.
//!
//! A request runs in two rounds: [`validate`] takes every statement through a sandbox in which the ones before it have
//! happened, then [`execute`] does them one by one. Nothing is done unless all of them are valid.

mod change;
mod describe;
mod insert_values;
mod set;
mod show_queries;
mod show_sources;
mod show_topics;
mod terminate;

pub(crate) use show_queries::state_name;

use millstream_sql::Statement;
use millstream_sql::ast::{Show, StatementKind};

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
        defaults: &'a Properties,
        next_offset: i64,
        is_push_query: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        Self { state, topics: SandboxTopics::new(topics), defaults, next_offset, is_push_query }
    }
}

/// What is said to a statement that nothing here answers yet.
fn unsupported(statement: &Statement) -> ApiError {
    ApiError::statement(BAD_STATEMENT, &statement.text, "This statement is not supported yet.")
}

/// Checks a statement in the sandbox and makes it happen there.
pub(crate) fn validate(
    statement: &Statement,
    sandbox: &mut Sandbox<'_>,
    session: &mut Session,
) -> Result<(), ApiError> {
    match &statement.kind {
        StatementKind::CreateSource(_) | StatementKind::CreateAs(_) | StatementKind::Drop(_) => {
            change::validate(statement, sandbox, session)
        }
        StatementKind::Terminate(which) => terminate::validate(statement, which, sandbox, session),
        StatementKind::InsertValues(_) => insert_values::validate(statement, sandbox, session),
        StatementKind::Set { name, value } => set::set(statement, name, value, session),
        StatementKind::Unset { name } => {
            set::unset(name, session);
            Ok(())
        }
        StatementKind::Show(show) => match show {
            Show::Streams { .. } | Show::Tables { .. } => Ok(()),
            Show::Topics { extended, .. } => show_topics::validate(statement, *extended),
            Show::Queries { extended } => show_queries::validate(statement, *extended),
            _ => Err(unsupported(statement)),
        },
        StatementKind::Describe { name, .. } => describe::validate(statement, name, sandbox),
        StatementKind::Select(_) => Err(ApiError::statement(
            QUERY_ENDPOINT,
            &statement.text,
            "SELECT statements are answered as a stream of rows: send them to /query-stream, not to /ksql.",
        )),
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
        StatementKind::CreateSource(_) | StatementKind::CreateAs(_) | StatementKind::Drop(_) => {
            change::execute(statement, server, session).map(Some)
        }
        StatementKind::Terminate(which) => terminate::execute(statement, which, server, session).map(Some),
        StatementKind::InsertValues(_) => insert_values::execute(statement, server, session).map(|()| None),
        StatementKind::Set { name, value } => set::set(statement, name, value, session).map(|()| None),
        StatementKind::Unset { name } => {
            set::unset(name, session);
            Ok(None)
        }
        StatementKind::Show(show) => match *show {
            Show::Streams { extended } => show_sources::streams(statement, extended, server).map(Some),
            Show::Tables { extended } => show_sources::tables(statement, extended, server).map(Some),
            Show::Topics { all, .. } => show_topics::execute(statement, all, server).map(Some),
            Show::Queries { .. } => Ok(Some(show_queries::execute(statement, server))),
            _ => Err(unsupported(statement)),
        },
        StatementKind::Describe { name, extended } => describe::execute(statement, name, *extended, server).map(Some),
        StatementKind::Select(_) => Err(ApiError::statement(QUERY_ENDPOINT, &statement.text, "SELECT")),
        _ => Err(unsupported(statement)),
    }
}

#[cfg(test)]
mod tests;
