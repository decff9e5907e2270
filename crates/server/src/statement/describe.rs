//! DESCRIBE: a source's columns, formats, and the queries around it.

use millstream_plan::Source;
use millstream_sql::ast::Ident;
use millstream_sql::{Diagnostic, Statement};
use millstream_types::KeyWindow;

use crate::entity::{
    Entity, FieldInfo, GroupOffsets, PartitionOffsets, SourceDescription, SourceDescriptionEntity, TopicOffsets,
};
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;
use crate::state::{CatalogInput, PersistentQuery, State};

use super::Sandbox;
use super::queries::list_persistent;
use super::sources::kind_name;

/// Checks that the source exists.
pub(super) fn validate(statement: &Statement, name: &Ident, sandbox: &Sandbox<'_>) -> Result<(), ApiError> {
    if sandbox.state.catalog.get(&name.value).is_some() { Ok(()) } else { Err(unknown(statement, name)) }
}

/// Describes the source.
pub(super) fn execute(
    statement: &Statement,
    name: &Ident,
    extended: bool,
    server: &Server,
) -> Result<Entity, ApiError> {
    let view = server.runner.published().view();
    let source = view.state.catalog.get(&name.value).ok_or_else(|| unknown(statement, name))?;
    let source_description = describe_source(statement, source, &view.state, extended, server)?;
    Ok(Entity::SourceDescription(Box::new(SourceDescriptionEntity {
        statement_text: statement.text.clone(),
        source_description,
        warnings: Vec::new(),
    })))
}

/// What is said of a source that there is not.
pub(super) fn unknown(statement: &Statement, name: &Ident) -> ApiError {
    let finding = Diagnostic::at(name.span, format!("Could not find STREAM/TABLE '{}' in the Metastore", name.value));
    ApiError::findings(&statement.text, &[finding.hint("SHOW STREAMS and SHOW TABLES list what there is.")])
}

/// Everything about a source; what costs a question to Kafka only when `extended`.
pub(super) fn describe_source(
    statement: &Statement,
    source: &Source,
    state: &State,
    extended: bool,
    server: &Server,
) -> Result<SourceDescription, ApiError> {
    let shape = if extended {
        server.topics.shape(&source.topic).map_err(|e| ApiError::statement(SERVER_ERROR, &statement.text, e))?
    } else {
        None
    };
    let (statistics, error_stats) = if extended { statistics(source, state, server) } else { Default::default() };
    let query_offset_summaries =
        if extended { state.writers(&source.name).map(|query| progress(query, server)).collect() } else { Vec::new() };
    Ok(SourceDescription {
        name: source.name.clone(),
        window_type: source.key_window.map(KeyWindow::name),
        read_queries: state.readers(&source.name).map(|q| list_persistent(q, state, server)).collect(),
        write_queries: state.writers(&source.name).map(|q| list_persistent(q, state, server)).collect(),
        fields: source.schema.columns().iter().map(FieldInfo::of).collect(),
        kind: kind_name(source.kind),
        timestamp: source.timestamp.as_ref().map(|t| t.column.clone()).unwrap_or_default(),
        statistics,
        error_stats,
        extended,
        key_format: source.key_format.format.name(),
        value_format: source.value_format.format.name(),
        topic: source.topic.clone(),
        partitions: shape.map_or(0, |s| s.partitions),
        replication: shape.and_then(|s| s.replicas).map_or(0, i32::from),
        statement: source.statement.clone(),
        query_offset_summaries,
        source_constraints: state.catalog.readers(&source.name).map(|s| s.name.clone()).collect(),
        cluster_statistics: Vec::new(),
        cluster_error_stats: Vec::new(),
    })
}

/// What the queries that feed a source have done on this server since they started.
fn statistics(source: &Source, state: &State, server: &Server) -> (String, String) {
    let totals: Vec<_> =
        state.writers(&source.name).filter_map(|q| server.queries.status(&q.id)).map(|status| status.totals).collect();
    if totals.is_empty() {
        return Default::default();
    }
    let messages: u64 = totals.iter().map(|t| t.records_out).sum();
    let errors: u64 = totals.iter().map(|t| t.errors).sum();
    let (keys, bytes): (u64, u64) =
        totals.iter().fold((0, 0), |(keys, bytes), t| (keys + t.state_keys, bytes + t.state_bytes));
    let state = if keys > 0 { format!("     state-keys: {keys}     state-bytes: {bytes}") } else { String::new() };
    let late: u64 = totals.iter().map(|t| t.late).sum();
    let late = if late > 0 { format!("     late-records: {late}") } else { String::new() };
    (format!("total-messages: {messages}{state}"), format!("errors: {errors}{late}"))
}

/// How far a query has read what it reads of the catalog. Without offsets when Kafka does not answer: the rest is still
/// worth telling.
fn progress(query: &PersistentQuery, server: &Server) -> GroupOffsets {
    let mut topic_summaries = Vec::new();
    for CatalogInput { group, topic, .. } in query.inputs(&server.names) {
        let found = server.topics.progress(&group, &topic).unwrap_or_else(|error| {
            tracing::debug!(topic, group, error, "no offsets for a description");
            Vec::new()
        });
        let offsets = (0..).zip(found).map(|(partition, progress)| PartitionOffsets {
            partition,
            log_start_offset: progress.start,
            log_end_offset: progress.end,
            consumer_offset: progress.committed.unwrap_or(0),
        });
        topic_summaries.push(TopicOffsets { kafka_topic: topic, offsets: offsets.collect() });
    }
    GroupOffsets { group_id: server.names.group(&query.id), topic_summaries }
}
