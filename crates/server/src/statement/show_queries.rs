//! SHOW QUERIES: what this server runs, persistent queries first.

use millstream_engine::runtime;
use millstream_sql::{Diagnostic, Statement};

use crate::entity::{Entity, QueryList, RunningQuery};
use crate::rest::ApiError;
use crate::server::Server;
use crate::state::{PersistentQuery, State};

/// EXTENDED describes plans, which is not built yet.
pub(super) fn validate(statement: &Statement, extended: bool) -> Result<(), ApiError> {
    if !extended {
        return Ok(());
    }
    let finding = Diagnostic::at(statement.span, "SHOW QUERIES EXTENDED is not supported yet.");
    Err(ApiError::findings(&statement.text, &[finding.hint("SHOW QUERIES lists them with their state.")]))
}

/// Lists the queries.
pub(super) fn execute(statement: &Statement, server: &Server) -> Entity {
    let view = server.runner.published().view();
    let mut queries: Vec<RunningQuery> =
        view.state.queries.values().map(|q| describe_query(q, &view.state, server)).collect();
    queries.extend(server.pushes.list().into_iter().map(|(id, info)| RunningQuery {
        query_string: info.statement,
        sinks: Vec::new(),
        sink_kafka_topics: Vec::new(),
        id,
        status_count: [("RUNNING", 1)].into(),
        query_type: "PUSH",
        state: "RUNNING",
    }));
    Entity::Queries(QueryList { statement_text: statement.text.clone(), queries, warnings: Vec::new() })
}

/// A persistent query as lists and descriptions show it.
pub(super) fn describe_query(query: &PersistentQuery, state: &State, server: &Server) -> RunningQuery {
    let status = state_name(server.queries.status(&query.id).map(|s| s.state).as_ref());
    RunningQuery {
        query_string: query.statement.clone(),
        sinks: vec![query.sink.clone()],
        sink_kafka_topics: state.catalog.get(&query.sink).map(|s| s.topic.clone()).into_iter().collect(),
        id: query.id.clone(),
        status_count: [(status, 1)].into(),
        query_type: "PERSISTENT",
        state: status,
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
