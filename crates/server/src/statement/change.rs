//! Statements that go through the command topic: CREATE, CREATE AS, INSERT … SELECT, ALTER, DROP, types, TERMINATE,
//! PAUSE and RESUME.

use millstream_plan::{Settings, schema_needs};
use millstream_schemas::look_up;
use millstream_sql::ast::StatementKind;
use millstream_sql::{Diagnostic, Span, Statement};

use crate::entity::{CommandStatus, CurrentStatus, Entity, WarningEntity};
use crate::names::{READONLY_TOPICS, is_reserved};
use crate::properties::of_server;
use crate::rest::{ApiError, BAD_REQUEST, SERVER_ERROR};
use crate::runner::{Outcome, Submission};
use crate::server::Server;
use crate::session::Session;
use crate::state::{Circumstances, Planned, command_id};
use crate::topics::{EnsureError, ensure};

use super::Sandbox;

/// The property that switches OR REPLACE off.
const OR_REPLACE: &str = "ksql.create.or.replace.enabled";

/// The property that says how many persistent queries there may be.
const QUERY_LIMIT: &str = "ksql.query.persistent.active.limit";

/// Plans the statement and applies it to the sandbox, topics included.
pub(super) fn validate(statement: &Statement, sandbox: &mut Sandbox<'_>, session: &Session) -> Result<(), ApiError> {
    let wrong = |findings: Vec<_>| ApiError::findings(&statement.text, &findings);
    if let Some(place) = replaces(statement)
        && !session.enabled(OR_REPLACE, sandbox.defaults)
    {
        let message = format!("CREATE OR REPLACE is switched off: '{OR_REPLACE}' is false.");
        return Err(wrong(vec![Diagnostic::at(place, message)]));
    }
    let planning = sandbox.state.planning(session.overrides(), sandbox.defaults);
    let found = look_up(&schema_needs(statement, &planning), sandbox.registry);
    let planning = Settings { found, ..planning };
    let planned = sandbox.state.plan(statement, &planning).map_err(wrong)?;
    if let (Planned::Insert { target, .. }, StatementKind::InsertSelect(insert)) = (&planned, &statement.kind)
        && is_reserved(&target.topic, READONLY_TOPICS, sandbox.defaults)
    {
        let message = format!("Cannot insert into read-only topic: {}", target.topic);
        return Err(wrong(vec![Diagnostic::at(insert.target.span, message)]));
    }
    ensure(&planned, &mut sandbox.topics, &mut Vec::new()).map_err(|e| match e {
        EnsureError::Invalid(finding) => wrong(vec![finding]),
        EnsureError::Kafka(e) => ApiError::statement(SERVER_ERROR, &statement.text, e),
    })?;
    if let Planned::Drop { source, delete_topic: true } = &planned {
        sandbox.topics.forget(&source.topic);
    }
    let at = Circumstances {
        offset: sandbox.next_offset,
        overrides: session.overrides().clone(),
        settings: sandbox.state.settings(session.overrides(), sandbox.defaults),
        cutting: planned.cutting(),
    };
    let before = sandbox.state.queries.len();
    sandbox.state.apply(at, statement, planned);
    sandbox.next_offset += 1;
    check_capacity(statement, sandbox, before)
}

/// Refuses a statement that adds to the `before` queries when there are then more than the server may run.
fn check_capacity(statement: &Statement, sandbox: &Sandbox<'_>, before: usize) -> Result<(), ApiError> {
    let Some(limit) = of_server(QUERY_LIMIT, sandbox.defaults).and_then(|limit| limit.parse::<usize>().ok()) else {
        return Ok(());
    };
    let now = sandbox.state.queries.len();
    if now <= before || now <= limit {
        return Ok(());
    }
    let message = format!(
        "Not executing statement(s) '{}' as it would cause the number of active, persistent queries to exceed the \
         configured limit. Use the TERMINATE command to terminate existing queries. Current persistent query count: \
         {before}. Configured limit: {limit}.",
        statement.text
    );
    Err(ApiError::generic(BAD_REQUEST, message))
}

/// Where the name of a source stands that a statement would replace.
fn replaces(statement: &Statement) -> Option<Span> {
    match &statement.kind {
        StatementKind::CreateSource(create) if create.or_replace => Some(create.name.span),
        StatementKind::CreateAs(create) if create.or_replace => Some(create.name.span),
        _ => None,
    }
}

/// Submits the statement to the command runner and tells what became of it.
pub(super) fn execute(statement: &Statement, server: &Server, session: &Session) -> Result<Entity, ApiError> {
    server.limits.command()?;
    let planning = server.runner.published().view().state.planning(session.overrides(), &server.defaults);
    let submission = Submission {
        statement: statement.text.clone(),
        overrides: session.overrides().clone(),
        found: look_up(&schema_needs(statement, &planning), &server.registry),
    };
    let outcome = server.runner.submit(submission, &command_id(statement), server.command_timeout);
    let status = |command_id, offset, status, message, query_id| {
        Entity::CurrentStatus(CurrentStatus {
            statement_text: statement.text.clone(),
            command_id,
            command_status: CommandStatus { status, message, query_id },
            command_sequence_number: offset,
            warnings: session.warnings(),
        })
    };
    match outcome {
        Outcome::Applied { command_id, offset, message, query_id } => {
            Ok(status(command_id, offset, "SUCCESS", message, query_id))
        }
        Outcome::Pending { command_id } => {
            Ok(status(command_id, -1, "EXECUTING", "Statement is being executed.".into(), None))
        }
        Outcome::Nothing(message) => Ok(Entity::Warning(WarningEntity {
            statement_text: statement.text.clone(),
            message,
            warnings: session.warnings(),
        })),
        // Another request came in between: found only now.
        Outcome::Invalid(findings) => Err(ApiError::findings(&statement.text, &findings)),
        Outcome::Failed(message) => Err(ApiError::statement(SERVER_ERROR, &statement.text, message)),
    }
}
