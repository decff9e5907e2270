//! `SHOW CREATE STREAM|TABLE|VIEW name`: the statement that made a source. An extension.

use millstream_plan::Source;
use millstream_sql::ast::{Ident, SourceKind};
use millstream_sql::{Diagnostic, Statement};

use super::sources::kind_name;
use crate::entity::{Entity, SourceStatement};
use crate::rest::ApiError;
use crate::server::Server;
use crate::state::State;

/// Checks that there is such a source.
pub(super) fn validate(
    statement: &Statement,
    kind: Option<SourceKind>,
    name: &Ident,
    state: &State,
) -> Result<(), ApiError> {
    found(statement, kind, name, state).map(drop)
}

/// Shows its statement.
pub(super) fn execute(
    statement: &Statement,
    kind: Option<SourceKind>,
    name: &Ident,
    server: &Server,
) -> Result<Entity, ApiError> {
    let view = server.runner.published().view();
    let source = found(statement, kind, name, &view.state)?;
    let written = source.statement.trim_end().trim_end_matches(';');
    Ok(Entity::SourceStatement(SourceStatement {
        statement_text: statement.text.clone(),
        name: source.name.clone(),
        statement: format!("{written};"),
        warnings: Vec::new(),
    }))
}

/// The source, if it is of that kind.
fn found<'s>(
    statement: &Statement,
    kind: Option<SourceKind>,
    name: &Ident,
    state: &'s State,
) -> Result<&'s Source, ApiError> {
    let source = state.catalog.get(&name.value).ok_or_else(|| super::describe::unknown(statement, name))?;
    match kind.filter(|kind| *kind != source.kind) {
        None => Ok(source.as_ref()),
        Some(kind) => {
            let is = kind_name(source.kind);
            let message = format!("Incompatible data source type is {is}, but statement was SHOW CREATE {kind}");
            Err(ApiError::findings(&statement.text, &[Diagnostic::at(name.span, message)]))
        }
    }
}
