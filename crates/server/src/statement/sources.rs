//! SHOW STREAMS and SHOW TABLES, plain and EXTENDED, and their descriptions: DESCRIBE STREAMS|TABLES.

use millstream_plan::Source;
use millstream_sql::Statement;
use millstream_sql::ast::SourceKind;

use crate::entity::{Entity, SourceDescriptionList, SourceInfo, StreamList, TableList};
use crate::rest::ApiError;
use crate::server::Server;

use super::describe::describe_source;

/// SHOW STREAMS.
pub(super) fn streams(statement: &Statement, extended: bool, server: &Server) -> Result<Entity, ApiError> {
    if extended {
        return descriptions(statement, SourceKind::Stream, true, server);
    }
    let streams = list(SourceKind::Stream, server);
    Ok(Entity::Streams(StreamList { statement_text: statement.text.clone(), streams, warnings: Vec::new() }))
}

/// SHOW TABLES.
pub(super) fn tables(statement: &Statement, extended: bool, server: &Server) -> Result<Entity, ApiError> {
    if extended {
        return descriptions(statement, SourceKind::Table, true, server);
    }
    let tables = list(SourceKind::Table, server);
    Ok(Entity::Tables(TableList { statement_text: statement.text.clone(), tables, warnings: Vec::new() }))
}

fn list(kind: SourceKind, server: &Server) -> Vec<SourceInfo> {
    let view = server.runner.published().view();
    view.state.catalog.sources().filter(|s| s.kind == kind).map(|s| info(s)).collect()
}

fn info(source: &Source) -> SourceInfo {
    SourceInfo {
        kind: kind_name(source.kind),
        name: source.name.clone(),
        topic: source.topic.clone(),
        key_format: source.key_format.format.name(),
        value_format: source.value_format.format.name(),
        is_windowed: source.key_window.is_some(),
    }
}

/// DESCRIBE STREAMS|TABLES, and the EXTENDED lists.
pub(super) fn descriptions(
    statement: &Statement,
    kind: SourceKind,
    extended: bool,
    server: &Server,
) -> Result<Entity, ApiError> {
    let view = server.runner.published().view();
    let of_kind = view.state.catalog.sources().filter(|s| s.kind == kind);
    let source_descriptions =
        of_kind.map(|s| describe_source(statement, s, &view.state, extended, server)).collect::<Result<_, _>>()?;
    Ok(Entity::SourceDescriptions(SourceDescriptionList {
        statement_text: statement.text.clone(),
        source_descriptions,
        warnings: Vec::new(),
    }))
}

/// `STREAM` or `TABLE`.
pub(super) fn kind_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Stream => "STREAM",
        SourceKind::Table => "TABLE",
    }
}
