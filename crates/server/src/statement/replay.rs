//! `REPLAY ERRORS FOR id`: what a query has put away as dead letters since the last time goes into its source topics again. An
//! extension.

use millstream_plan::OnError;
use millstream_sql::ast::Ident;
use millstream_sql::{Diagnostic, Statement};

use crate::entity::{Entity, ErrorsReplayed};
use crate::kafka::{Replay, replay};
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;
use crate::state::{PersistentQuery, State};

/// Checks that the query has dead letters.
pub(super) fn validate(statement: &Statement, id: &Ident, state: &State) -> Result<(), ApiError> {
    let query = state.queries.get(&id.value).ok_or_else(|| super::explain::unknown(statement, id))?;
    dead_letters(statement, id, query).map(drop)
}

fn dead_letters<'q>(statement: &Statement, id: &Ident, query: &'q PersistentQuery) -> Result<&'q str, ApiError> {
    match &query.on_error {
        OnError::DeadLetter { topic } => Ok(topic),
        OnError::Skip | OnError::Stop => {
            let message = format!("Query {} keeps no records that it cannot read.", query.id);
            let finding = Diagnostic::at(id.span, message)
                .hint("WITH (ON_ERROR = 'dead-letter') makes a query keep them in a topic.");
            Err(ApiError::findings(&statement.text, &[finding]))
        }
    }
}

/// Writes them, and tells how many they were.
pub(super) fn execute(statement: &Statement, id: &Ident, server: &Server) -> Result<Entity, ApiError> {
    server.limits.command()?;
    let view = server.runner.published().view();
    let query = view.state.queries.get(&id.value).ok_or_else(|| super::explain::unknown(statement, id))?;
    let mut sources: Vec<String> = Vec::new();
    for source in query.stages.iter().flat_map(|stage| stage.sources()) {
        if !sources.contains(&source.topic) {
            sources.push(source.topic.clone());
        }
    }
    let job = Replay {
        kafka: &server.kafka,
        group: server.names.replay_group(&query.id),
        dead_letters: dead_letters(statement, id, query)?.to_owned(),
        sources,
    };
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let ends = server.topics.ends(&job.dead_letters).map_err(failed)?;
    // One at a time: two of one query would take each other's producer away.
    let _turn = server.replays.lock();
    let done = replay(job, &ends, &server.clock).map_err(failed)?;
    Ok(Entity::ErrorsReplayed(ErrorsReplayed {
        statement_text: statement.text.clone(),
        query_id: query.id.clone(),
        replayed: done.replayed,
        skipped: done.skipped,
        warnings: Vec::new(),
    }))
}
