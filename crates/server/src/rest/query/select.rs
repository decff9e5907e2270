//! SELECT: planned, its topic opened.

use millstream_engine::push::PushQuery;
use millstream_plan::{Plan, plan};
use millstream_sql::ast::{Emit, Query, SourceKind};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::StartAt;
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, MAX_PUSH_QUERIES, SERVER_ERROR};
use crate::kafka::{KafkaTopicReader, ReadFrom};
use crate::push::{Chunk, Job, Outlet, RowFormat, RowWriter, SCALABLE, STALL_MAX};
use crate::server::Server;
use crate::session::Session;
use crate::state::{State, single_stage};

/// Plans the query and opens its topic. Blocks.
pub(super) fn prepare(
    server: &Server,
    state: &State,
    statement: &Statement,
    query: &Query,
    session: &Session,
    format: RowFormat,
    sender: Sender<Chunk>,
) -> Result<Job, ApiError> {
    let wrong = |findings: &[Diagnostic]| ApiError::findings(&statement.text, findings);
    let planned = plan(statement, &state.catalog, &state.planning(session.overrides(), &server.defaults))
        .map_err(|e| wrong(&e))?;
    let Plan::Select { topology, columns, limit, push } = planned else {
        return Err(wrong(&[Diagnostic::general("Not a SELECT statement.")]));
    };
    let Some(from) = query.first_source() else {
        return Err(wrong(&[Diagnostic::at(query.span, "SELECT without FROM is not supported yet.")]));
    };
    let name = &from.value;
    if !push && state.catalog.get(name).is_some_and(|s| s.kind == SourceKind::Table) {
        let finding = Diagnostic::at(from.span, format!("The `{name}` table isn't queryable."));
        return Err(wrong(&[finding.hint("Pull queries over tables are not supported yet; add EMIT CHANGES.")]));
    }
    let stage = single_stage(topology).map_err(|e| wrong(&e))?;
    let from = match (push, state.settings(session.overrides(), &server.defaults).reset) {
        (false, _) => ReadFrom::StartToEnd,
        (true, start) => ReadFrom::From(start),
    };
    let follows = follows_a_query(server, state, query, name, session);
    let permit = if follows {
        server.pushes.enter_as(SCALABLE, name, &statement.text)
    } else {
        server.pushes.enter(name, &statement.text)
    };
    let Some(permit) = permit else {
        return Err(ApiError::statement(
            MAX_PUSH_QUERIES,
            &statement.text,
            "The maximum number of push queries is running; end one of them first.",
        ));
    };
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let pipeline = PushQuery::new(&permit.id, &stage)
        .map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e.to_string()))?;
    let reader = KafkaTopicReader::open(&server.kafka, &server.topics, &stage.source.topic, from).map_err(failed)?;
    let writer = RowWriter::new(format, &columns);
    Ok(Job {
        query: pipeline,
        reader: Box::new(reader),
        columns,
        writer,
        limit,
        bounded: !push,
        keyed_only: follows && stage.source.schema.key_count() > 0,
        outlet: Outlet::new(permit, sender, STALL_MAX),
    })
}

/// Whether ksqlDB would answer this by listening to the one query that feeds its source (a "scalable" push query): here
/// every push query reads its source's topic, so that only the id tells the difference.
fn follows_a_query(server: &Server, state: &State, query: &Query, source: &str, session: &Session) -> bool {
    let enabled = session.enabled("ksql.query.push.v2.enabled", &server.defaults);
    let latest = state.settings(session.overrides(), &server.defaults).reset == StartAt::Latest;
    let plain = query.emit == Emit::Changes
        && query.from.as_ref().is_some_and(|from| from.joins.is_empty())
        && query.group_by.is_none()
        && query.partition_by.is_none()
        && query.having.is_none()
        && query.window.is_none();
    enabled && latest && plain && state.writers(source).count() == 1
}
