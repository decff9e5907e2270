//! SHOW TYPES: the custom types. CREATE TYPE and DROP TYPE go through the command topic.

use millstream_sql::Statement;

use crate::entity::{Entity, SchemaInfo, TypeList};
use crate::server::Server;

/// Lists the types.
pub(super) fn execute(statement: &Statement, server: &Server) -> Entity {
    let view = server.runner.published().view();
    let types = view.state.types.iter().map(|(name, ty)| (name.clone(), SchemaInfo::of(ty))).collect();
    Entity::Types(TypeList { statement_text: statement.text.clone(), types, warnings: Vec::new() })
}
