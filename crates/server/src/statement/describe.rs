//! DESCRIBE: a source's columns, formats, and the queries around it.

use millstream_plan::Source;
use millstream_sql::ast::Ident;
use millstream_sql::{Diagnostic, Statement};
use millstream_types::KeyWindow;

use crate::entity::{Entity, FieldInfo, RunningQuery, SourceDescription, SourceDescriptionEntity};
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;
use crate::state::State;

use super::Sandbox;
use super::show_queries::describe_query;
use super::show_sources::kind_name;

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

fn unknown(statement: &Statement, name: &Ident) -> ApiError {
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
    let readers: Vec<_> = state.catalog.readers(&source.name).collect();
    let query = |id: Option<&String>| -> Option<RunningQuery> {
        id.and_then(|id| state.queries.get(id)).map(|q| describe_query(q, state, server))
    };
    let (statistics, error_stats) = if extended { statistics(source, server) } else { Default::default() };
    Ok(SourceDescription {
        name: source.name.clone(),
        window_type: source.key_window.map(KeyWindow::name),
        read_queries: readers.iter().filter_map(|s| query(s.query_id.as_ref())).collect(),
        write_queries: query(source.query_id.as_ref()).into_iter().collect(),
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
        query_offset_summaries: Vec::new(),
        source_constraints: readers.iter().map(|s| s.name.clone()).collect(),
        cluster_statistics: Vec::new(),
        cluster_error_stats: Vec::new(),
    })
}

/// What the query that feeds a source has done on this server since it started.
fn statistics(source: &Source, server: &Server) -> (String, String) {
    match source.query_id.as_deref().and_then(|id| server.queries.status(id)) {
        Some(status) => {
            (format!("total-messages: {}", status.totals.records_out), format!("errors: {}", status.totals.errors))
        }
        None => Default::default(),
    }
}
