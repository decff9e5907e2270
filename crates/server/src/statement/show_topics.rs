//! `SHOW [ALL] TOPICS [EXTENDED]`: the topics of the cluster, and how many read them.

use millstream_sql::Statement;

use crate::entity::{Entity, ExtendedTopicInfo, ExtendedTopicList, TopicInfo, TopicList};
use crate::names::{HIDDEN_TOPICS, is_reserved};
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;

/// Lists topics; internal ones only when `all` is given.
pub(super) fn execute(statement: &Statement, all: bool, extended: bool, server: &Server) -> Result<Entity, ApiError> {
    let failed = |e| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let topics = server
        .topics
        .list()
        .map_err(failed)?
        .into_iter()
        .filter(|t| all || !is_reserved(&t.name, HIDDEN_TOPICS, &server.defaults));
    let statement_text = statement.text.clone();
    if !extended {
        let topics = topics.map(|t| TopicInfo { name: t.name, replica_info: t.replicas }).collect();
        return Ok(Entity::Topics(TopicList { statement_text, topics, warnings: Vec::new() }));
    }
    let readers = server.topics.readers().map_err(failed)?;
    let topics = topics
        .map(|t| {
            let readers = readers.get(&t.name).copied().unwrap_or_default();
            ExtendedTopicInfo {
                name: t.name,
                replica_info: t.replicas,
                consumer_count: readers.members,
                consumer_group_count: readers.groups,
            }
        })
        .collect();
    Ok(Entity::ExtendedTopics(ExtendedTopicList { statement_text, topics, warnings: Vec::new() }))
}
