//! SHOW QUERIES, plain and EXTENDED: what this server runs, persistent queries first.

use millstream_engine::runtime;
use millstream_sql::Statement;

use crate::entity::{Entity, QueryDescriptionList, QueryList, RunningQuery};
use crate::push::PushQueryInfo;
use crate::server::Server;
use crate::state::{PersistentQuery, State};

use super::explain::{describe_persistent, describe_push};

/// Lists the queries.
pub(super) fn execute(statement: &Statement, extended: bool, server: &Server) -> Entity {
    let view = server.runner.published().view();
    let (statement_text, warnings) = (statement.text.clone(), Vec::new());
    let persistent = view.state.queries.values();
    let pushes = server.pushes.list();
    if extended {
        let query_descriptions = persistent
            .map(|q| describe_persistent(q, &view.state, server))
            .chain(pushes.iter().map(|(id, info)| describe_push(id, info, &view.state, server)))
            .collect();
        return Entity::QueryDescriptions(QueryDescriptionList { statement_text, query_descriptions, warnings });
    }
    let queries = persistent.map(|q| list_persistent(q, &view.state, server)).chain(pushes.iter().map(list_push));
    Entity::Queries(QueryList { statement_text, queries: queries.collect(), warnings })
}

/// A persistent query as lists and descriptions of sources show it.
pub(super) fn list_persistent(query: &PersistentQuery, state: &State, server: &Server) -> RunningQuery {
    let status = state_of(query, state, server);
    RunningQuery {
        query_string: query.statement.clone(),
        sinks: query.feeds().map(str::to_owned).collect(),
        sink_kafka_topics: query.feeds().filter_map(|s| state.catalog.get(s)).map(|s| s.topic.clone()).collect(),
        id: query.id.clone(),
        status_count: [(status, 1)].into(),
        query_type: "PERSISTENT",
        state: status,
    }
}

fn list_push((id, info): &(String, PushQueryInfo)) -> RunningQuery {
    RunningQuery {
        query_string: info.statement.clone(),
        sinks: Vec::new(),
        sink_kafka_topics: Vec::new(),
        id: id.clone(),
        status_count: [("RUNNING", 1)].into(),
        query_type: "PUSH",
        state: "RUNNING",
    }
}

/// How a persistent query is on this server, by ksqlDB's names.
pub(super) fn state_of(query: &PersistentQuery, state: &State, server: &Server) -> &'static str {
    if state.paused.contains(&query.id) {
        return "PAUSED";
    }
    match server.queries.status(&query.id).map(|s| s.state) {
        // It is about to start.
        None => "UNRESPONSIVE",
        Some(state) => state_name(Some(&state)),
    }
}

/// ksqlDB's name of a state: a query that connects or waits for Kafka is running, as there.
pub(crate) fn state_name(state: Option<&runtime::State>) -> &'static str {
    match state {
        Some(runtime::State::Starting(_) | runtime::State::Running | runtime::State::Waiting(_)) => "RUNNING",
        Some(runtime::State::Failed(_)) => "ERROR",
        Some(runtime::State::Stopped) | None => "NOT_RUNNING",
    }
}
