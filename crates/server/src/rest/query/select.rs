//! SELECT: planned, its topic opened.

use std::sync::Arc;

use millstream_engine::push::PushQuery;
use millstream_kafka::KafkaConfig;
use millstream_plan::topology::{Stage, StageInput};
use millstream_plan::{Plan, plan};
use millstream_sql::ast::{Emit, Query};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::StartAt;
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, MAX_PUSH_QUERIES, SERVER_ERROR};
use super::{Asked, lookup, pull, standard};
use crate::kafka::{KafkaTopicReader, ReadFrom};
use crate::properties;
use crate::push::{Branch, Chunk, Inputs, Job, Outlet, RowWriter, SCALABLE, STALL_MAX, TopicReader};
use crate::server::Server;
use crate::session::Session;
use crate::state::State;

/// Plans the query and opens its topic. Blocks.
pub(super) fn prepare(
    server: &Server,
    state: &Arc<State>,
    (statement, ast): (&Statement, &Query),
    session: &Session,
    asked: &Asked,
    sender: Sender<Chunk>,
) -> Result<Job, ApiError> {
    let format = asked.format;
    let wrong = |findings: &[Diagnostic]| ApiError::findings(&statement.text, findings);
    let settings = state.planning(session.overrides(), &server.defaults);
    let planned = match plan(statement, &state.catalog, &settings) {
        Ok(planned) => planned,
        Err(findings) if ast.emit == Emit::None => {
            let age = state.settings(session.overrides(), &server.defaults).staleness;
            return standard::prepare_instead(server, (state, &settings, age), statement, &findings, (format, sender));
        }
        Err(findings) => return Err(wrong(&findings)),
    };
    let no_room = || {
        let finding = Diagnostic::general("Maximum number of push queries exceeded")
            .hint(format!("{} run; end one of them, or raise ksql.max.push.queries.", server.pushes.max()));
        ApiError::findings(&statement.text, &[finding]).with_code(MAX_PUSH_QUERIES)
    };
    let (topology, reads, columns, limit, push) = match planned {
        Plan::Select { topology, reads, columns, limit, push } => (topology, reads, columns, limit, push),
        Plan::Pull(query) => {
            let age = state.settings(session.overrides(), &server.defaults).staleness;
            lookup::learn(server, state, asked, (ast, &query), age);
            return pull::prepare(server, statement, *query, age, format, sender);
        }
        Plan::Answer { columns, rows } => {
            let permit = server.pushes.enter("SELECT", &statement.text).ok_or_else(no_room)?;
            let writer = RowWriter::new(format, &columns);
            writer.check().map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
            let outlet = Outlet::new(permit, sender, STALL_MAX);
            return Ok(Job {
                known: Some(Box::new(move |each| {
                    each(&rows);
                    Ok(())
                })),
                branches: Vec::new(),
                columns,
                writer,
                limit: None,
                bounded: true,
                keyed_only: false,
                is_lookup: false,
                deep: false,
                outlet,
            });
        }
        _ => return Err(wrong(&[Diagnostic::general("Not a SELECT statement.")])),
    };
    let from = match (push, state.settings(session.overrides(), &server.defaults).reset) {
        (false, _) => ReadFrom::StartToEnd,
        (true, start) => ReadFrom::From(start),
    };
    let name = reads.first().map(String::as_str).unwrap_or_default();
    let follows = follows_a_query(server, state, ast, name, session);
    let permit = if follows {
        server.pushes.enter_as(SCALABLE, name, &statement.text)
    } else {
        server.pushes.enter(name, &statement.text)
    };
    let permit = permit.ok_or_else(no_room)?;
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let kafka =
        server.kafka.with_all(properties::of_clients(session.overrides())).map_err(|e| failed(e.to_string()))?;
    let mut branches = Vec::with_capacity(topology.stages.len());
    for stage in &topology.stages {
        let pipeline = PushQuery::new(&permit.id, stage, &server.registry)
            .map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e.to_string()))?;
        let inputs = inputs(server, &kafka, stage, from).map_err(failed)?;
        branches.push(Branch { query: pipeline, inputs });
    }
    let writer = RowWriter::new(format, &columns);
    writer.check().map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    let outlet = Outlet::new(permit, sender, STALL_MAX);
    let has_key = |stage: &Stage| stage.source.schema.key_count() > 0;
    let keyed_only = follows && topology.stages.iter().all(has_key);
    Ok(Job {
        known: None,
        branches,
        columns,
        writer,
        limit,
        bounded: !push,
        keyed_only,
        is_lookup: false,
        deep: false,
        outlet,
    })
}

/// Opens the topics of a stage. Where several are joined, tables are read from their beginning, as in ksqlDB.
fn inputs(server: &Server, kafka: &KafkaConfig, stage: &Stage, from: ReadFrom) -> Result<Inputs, String> {
    let all = stage.inputs();
    let whole = |table: bool| match from {
        ReadFrom::From(_) if table && all.len() > 1 => ReadFrom::From(StartAt::Earliest),
        from => from,
    };
    let open = |input: &StageInput<'_>| -> Result<(Box<dyn TopicReader>, bool), String> {
        let topic = &input.source.topic;
        let reader: Box<dyn TopicReader> = match whole(input.is_table) {
            // What comes is read once for all who want it as everybody does.
            ReadFrom::From(StartAt::Latest) if *kafka == server.kafka => server.feeds.subscribe(topic)?,
            from => Box::new(KafkaTopicReader::open(kafka, &server.topics, topic, from)?),
        };
        Ok((reader, input.is_looked_up))
    };
    Ok(Inputs::new(all.iter().map(open).collect::<Result<Vec<_>, _>>()?))
}

/// Whether ksqlDB would answer this by listening to the one query that feeds its source (a "scalable" push query): here
/// every push query reads its source's topic, so that only the id tells the difference.
fn follows_a_query(server: &Server, state: &State, query: &Query, source: &str, session: &Session) -> bool {
    let enabled = session.enabled("ksql.query.push.v2.enabled", &server.defaults);
    let latest = state.settings(session.overrides(), &server.defaults).reset == StartAt::Latest;
    let plain = query.emit == Emit::Changes
        && query.first_source().is_some()
        && query.from.as_ref().is_some_and(|from| from.joins.is_empty())
        && query.union_all.is_empty()
        && query.group_by.is_none()
        && query.partition_by.is_none()
        && query.having.is_none()
        && query.window.is_none();
    enabled && latest && plain && state.writers(source).count() == 1
}
