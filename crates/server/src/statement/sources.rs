//! SHOW STREAMS and SHOW TABLES, plain and EXTENDED, and their descriptions: DESCRIBE STREAMS|TABLES.

use std::collections::BTreeSet;

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

/// SHOW STREAMS|TABLES LIKE. (An extension.)
pub(super) fn like(statement: &Statement, kind: SourceKind, pattern: &str, server: &Server) -> Entity {
    let mut found = list(kind, server);
    found.retain(|source| is_like(&source.name, pattern));
    let (statement_text, warnings) = (statement.text.clone(), Vec::new());
    match kind {
        SourceKind::Stream => Entity::Streams(StreamList { statement_text, streams: found, warnings }),
        SourceKind::Table => Entity::Tables(TableList { statement_text, tables: found, warnings }),
    }
}

/// Whether a name is like a pattern of `%` and `_`, in any case of letters.
fn is_like(name: &str, pattern: &str) -> bool {
    let name: Vec<char> = name.to_uppercase().chars().collect();
    // How much of the name the pattern so far may stand for.
    let mut taken = BTreeSet::from([0]);
    for part in pattern.to_uppercase().chars() {
        taken = match part {
            '%' => taken.first().map_or(0..=0, |least| *least..=name.len()).collect(),
            part => {
                let fits = |at: &&usize| name.get(**at).is_some_and(|c| part == '_' || part == *c);
                taken.iter().filter(fits).map(|at| at + 1).collect()
            }
        };
        if taken.is_empty() {
            return false;
        }
    }
    taken.contains(&name.len())
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

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn names_are_like_patterns() {
        for (pattern, like) in [
            ("ORDERS", true),
            ("orders", true),
            ("o%", true),
            ("%s", true),
            ("%r%e%", true),
            ("_rders", true),
            ("%", true),
            ("order", false),
            ("_orders", false),
            ("%x%", false),
            ("", false),
        ] {
            assert_eq!(is_like("ORDERS", pattern), like, "{pattern}");
        }
        assert!(is_like("", "%") && is_like("", ""));
    }
}
