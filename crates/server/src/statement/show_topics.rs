//! `SHOW [ALL] TOPICS`: the topics of the cluster.

use millstream_sql::{Diagnostic, Statement};

use crate::entity::{Entity, TopicInfo, TopicList};
use crate::names::is_internal;
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;

/// EXTENDED needs the consumers of every topic, which is not built yet.
pub(super) fn validate(statement: &Statement, extended: bool) -> Result<(), ApiError> {
    if !extended {
        return Ok(());
    }
    let finding = Diagnostic::at(statement.span, "SHOW TOPICS EXTENDED is not supported yet.");
    Err(ApiError::findings(&statement.text, &[finding.hint("SHOW TOPICS lists them without their consumers.")]))
}

/// Lists topics; internal ones only when `all` is given.
pub(super) fn execute(statement: &Statement, all: bool, server: &Server) -> Result<Entity, ApiError> {
    let topics = server.topics.list().map_err(|e| ApiError::statement(SERVER_ERROR, &statement.text, e))?;
    let topics = topics
        .into_iter()
        .filter(|t| all || !is_internal(&t.name))
        .map(|t| TopicInfo { name: t.name, replica_info: t.replicas })
        .collect();
    Ok(Entity::Topics(TopicList { statement_text: statement.text.clone(), topics, warnings: Vec::new() }))
}
