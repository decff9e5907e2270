//! EXPLAIN: what a query does and how it is, or what a statement's query would do.

use std::collections::BTreeMap;

use millstream_plan::explain;
use millstream_plan::topology::Stage;
use millstream_plan::{Plan, Settings, Source, plan};
use millstream_pull::Reading;
use millstream_sql::ast::{Emit, Explain, Ident, StatementKind};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::{Column, Role};

use crate::entity::{
    Entity, FieldInfo, QueryDescription, QueryDescriptionEntity, QueryError, TaskMetadata, TopicOffset, TopicPartition,
};
use crate::properties::Properties;
use crate::push::PushQueryInfo;
use crate::rest::ApiError;
use crate::server::Server;
use crate::session::Session;
use crate::standard;
use crate::state::{CatalogInput, PersistentQuery, Planned, State};

use super::Sandbox;
use super::queries::state_of;

/// Checks that there is such a query, or that the statement has one.
pub(super) fn validate(statement: &Statement, what: &Explain, sandbox: &Sandbox<'_>) -> Result<(), ApiError> {
    match what {
        Explain::Query(id) if (sandbox.is_push_query)(&id.value) || sandbox.state.queries.contains_key(&id.value) => {
            Ok(())
        }
        Explain::Query(id) => Err(unknown(statement, id)),
        Explain::Statement(inner) => {
            match describe_statement(inner, &sandbox.state, &Properties::new(), sandbox.defaults, 0) {
                Ok(_) => Ok(()),
                Err(findings) => Err(ApiError::findings(&statement.text, &findings)),
            }
        }
    }
}

/// Describes the query.
pub(super) fn execute(
    statement: &Statement,
    what: &Explain,
    server: &Server,
    session: &Session,
) -> Result<Entity, ApiError> {
    let view = server.runner.published().view();
    let query_description = match what {
        Explain::Query(id) => match view.state.queries.get(&id.value) {
            Some(query) => describe_persistent(query, &view.state, server),
            None => {
                let found = server.pushes.list().into_iter().find(|(push, _)| *push == id.value);
                let (id, info) = found.ok_or_else(|| unknown(statement, id))?;
                describe_push(&id, &info, &view.state, server)
            }
        },
        Explain::Statement(inner) => {
            let mut described =
                describe_statement(inner, &view.state, session.overrides(), &server.defaults, view.offset + 1)
                    .map_err(|findings| ApiError::findings(&statement.text, &findings))?;
            if !described.id.is_empty() {
                described.consumer_group_id = server.names.group(&described.id);
            }
            described
        }
    };
    Ok(Entity::QueryDescription(Box::new(QueryDescriptionEntity {
        statement_text: statement.text.clone(),
        query_description,
        warnings: Vec::new(),
    })))
}

pub(super) fn unknown(statement: &Statement, id: &Ident) -> ApiError {
    let message =
        format!("Query with id:{} does not exist, use SHOW QUERIES to view the full set of queries.", id.value);
    ApiError::findings(&statement.text, &[Diagnostic::at(id.span, message)])
}

/// A persistent query, with how far it has read.
pub(super) fn describe_persistent(query: &PersistentQuery, state: &State, server: &Server) -> QueryDescription {
    let status = state_of(query, state, server);
    let group = server.names.group(&query.id);
    let fields = state.catalog.get(&query.sink).map(|s| fields(s)).unwrap_or_default();
    let errors = server.queries.failures(&query.id).into_iter().map(|failure| QueryError {
        timestamp: failure.time_ms,
        error_message: failure.cause,
        kind: "UNKNOWN",
    });
    QueryDescription {
        fields,
        sources: query.reads.clone(),
        sinks: query.feeds().map(str::to_owned).collect(),
        late_records: server.queries.status(&query.id).map(|status| status.totals.late).filter(|late| *late > 0),
        overridden_properties: query.overrides.clone(),
        ksql_host_query_status: [(server.address.clone(), status)].into(),
        query_errors: errors.collect(),
        tasks_metadata: tasks(query, server),
        consumer_group_id: group,
        state: Some(status),
        ..plain(&query.id, &query.statement, "PERSISTENT", &query.stages)
    }
}

/// A query for a client; what its statement says, planned once more.
pub(super) fn describe_push(id: &str, info: &PushQueryInfo, state: &State, server: &Server) -> QueryDescription {
    let planned = state
        .parse(&info.statement)
        .and_then(|statement| describe_statement(&statement, state, &Properties::new(), &server.defaults, 0));
    // Its source may be gone by now: then there is nothing to tell.
    let described = planned.unwrap_or_else(|_| plain(id, &info.statement, "PUSH", &[]));
    QueryDescription {
        id: id.to_owned(),
        ksql_host_query_status: [(server.address.clone(), "RUNNING")].into(),
        state: Some("RUNNING"),
        ..described
    }
}

/// The query of a statement that is not run. Errors: what is wrong with it, or that it has none.
fn describe_statement(
    statement: &Statement,
    state: &State,
    overrides: &Properties,
    defaults: &Properties,
    offset: i64,
) -> Result<QueryDescription, Vec<Diagnostic>> {
    let text = &statement.text;
    let planning = state.planning(overrides, defaults);
    match &statement.kind {
        StatementKind::Select(_) => {
            let planned = match plan(statement, &state.catalog, &planning) {
                Ok(planned) => planned,
                Err(findings) => return describe_instead(statement, findings, state, &planning, (overrides, defaults)),
            };
            let (columns, reads, stages) = match planned {
                Plan::Select { topology, reads, columns, .. } => (columns, reads, topology.stages),
                Plan::Answer { columns, .. } => (columns, Vec::new(), Vec::new()),
                Plan::Pull(query) => {
                    let reads = query.parts.iter().map(|part| part.source.name.clone()).collect();
                    (query.columns, reads, query.parts.into_iter().map(|part| part.stage).collect())
                }
                _ => return Err(no_query()),
            };
            Ok(QueryDescription {
                // To a client all of them are values.
                fields: columns.into_iter().map(|c| FieldInfo::of(&Column { role: Role::Value, ..c })).collect(),
                sources: reads,
                overridden_properties: overrides.clone(),
                ..plain("", text, "PUSH", &stages)
            })
        }
        StatementKind::Standard { text } => {
            let reading = millstream_pull::read(text).map_err(|finding| vec![finding.inside(statement.span.start)])?;
            describe_standard(statement, reading, state, &planning, (overrides, defaults))
        }
        StatementKind::CreateAs(_) => {
            let Planned::Query { source, late, stages, .. } = state.plan(statement, &planning)? else {
                return Err(no_query());
            };
            let id = state.query_id(&source, offset);
            Ok(QueryDescription {
                fields: fields(&source),
                sources: source.reads.clone(),
                sinks: std::iter::once(&source).chain(late.iter().map(|l| &l.0)).map(|s| s.name.clone()).collect(),
                overridden_properties: overrides.clone(),
                ..plain(&id, text, "PERSISTENT", &stages)
            })
        }
        StatementKind::InsertSelect(_) => {
            let Planned::Insert { target, id, reads, stages, .. } = state.plan(statement, &planning)? else {
                return Err(no_query());
            };
            let id = id.unwrap_or_else(|| format!("INSERTQUERY_{offset}"));
            Ok(QueryDescription {
                fields: fields(&target),
                sources: reads,
                sinks: vec![target.name.clone()],
                overridden_properties: overrides.clone(),
                ..plain(&id, text, "PERSISTENT", &stages)
            })
        }
        _ => Err(no_query()),
    }
}

/// A query that was refused, as one in standard SQL if it is one. Errors: what helps most.
fn describe_instead(
    statement: &Statement,
    findings: Vec<Diagnostic>,
    state: &State,
    planning: &Settings,
    properties: (&Properties, &Properties),
) -> Result<QueryDescription, Vec<Diagnostic>> {
    let bounded = matches!(&statement.kind, StatementKind::Select(query) if query.emit == Emit::None);
    let instead = standard::instead(&statement.text, &findings, planning).filter(|_| bounded);
    let Some((reading, tells)) = instead else { return Err(findings) };
    let described = describe_standard(statement, reading, state, planning, properties);
    described.map_err(|found| if tells { found } else { findings })
}

/// A query in standard SQL: its plan is DataFusion's.
fn describe_standard(
    statement: &Statement,
    reading: Reading,
    state: &State,
    planning: &Settings,
    (overrides, defaults): (&Properties, &Properties),
) -> Result<QueryDescription, Vec<Diagnostic>> {
    let standard = standard::plan(reading, statement.span.start, &state.catalog, planning, defaults)?;
    Ok(QueryDescription {
        fields: standard.planned.columns().iter().map(FieldInfo::of).collect(),
        sources: standard.reads(),
        overridden_properties: overrides.clone(),
        execution_plan: standard.planned.explain(),
        ..plain("", &statement.text, "PUSH", &[])
    })
}

fn no_query() -> Vec<Diagnostic> {
    vec![Diagnostic::general("The provided statement does not run a ksql query")]
}

/// What a query's text and stages alone say about it.
fn plain(id: &str, statement: &str, query_type: &'static str, stages: &[Stage]) -> QueryDescription {
    QueryDescription {
        id: id.to_owned(),
        statement_text: statement.to_owned(),
        window_type: None,
        fields: Vec::new(),
        sources: Vec::new(),
        sinks: Vec::new(),
        topology: explain::topology(stages),
        execution_plan: explain::execution_plan(stages, id),
        overridden_properties: Properties::new(),
        ksql_host_query_status: BTreeMap::new(),
        query_type,
        query_errors: Vec::new(),
        late_records: None,
        tasks_metadata: Vec::new(),
        consumer_group_id: String::new(),
        state: None,
    }
}

fn fields(source: &Source) -> Vec<FieldInfo> {
    source.schema.columns().iter().map(FieldInfo::of).collect()
}

/// One task a partition of what the query reads of the catalog. None when Kafka does not answer: the rest is still worth
/// telling.
fn tasks(query: &PersistentQuery, server: &Server) -> Vec<TaskMetadata> {
    let mut tasks = Vec::new();
    for CatalogInput { part, group, topic } in query.inputs(&server.names) {
        let progress = server.topics.progress(&group, &topic).unwrap_or_else(|error| {
            tracing::debug!(topic, group, error, "no offsets for a description");
            Vec::new()
        });
        tasks.extend((0..).zip(progress).map(|(partition, progress)| TaskMetadata {
            task_id: format!("{part}_{partition}"),
            topic_offsets: vec![TopicOffset {
                topic_partition_entity: TopicPartition { topic: topic.clone(), partition },
                end_offset: progress.end,
                committed_offset: progress.committed.unwrap_or(0),
            }],
            time_current_idling_started: None,
        }));
    }
    tasks
}
