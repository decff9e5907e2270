//! TERMINATE: a persistent query through the command topic, a push query of this server at once.

use millstream_sql::Statement;
use millstream_sql::ast::QueryRef;

use crate::entity::{Entity, TerminateQuery};
use crate::push::is_of_a_client;
use crate::rest::ApiError;
use crate::server::Server;
use crate::session::Session;

use super::{Sandbox, change};

/// Checks that the query exists.
pub(super) fn validate(
    statement: &Statement,
    which: &QueryRef,
    sandbox: &mut Sandbox<'_>,
    session: &Session,
) -> Result<(), ApiError> {
    match which {
        QueryRef::Id(id) if (sandbox.is_push_query)(&id.value) => Ok(()),
        _ => change::validate(statement, sandbox, session),
    }
}

/// Ends the query.
pub(super) fn execute(
    statement: &Statement,
    which: &QueryRef,
    server: &Server,
    session: &Session,
) -> Result<Entity, ApiError> {
    if let QueryRef::Id(id) = which
        && is_of_a_client(&id.value)
    {
        return Ok(Entity::TerminateQuery(TerminateQuery {
            statement_text: statement.text.clone(),
            query_id: id.value.clone(),
            was_terminated: server.pushes.close(&id.value),
            warnings: session.warnings(),
        }));
    }
    change::execute(statement, server, session)
}
