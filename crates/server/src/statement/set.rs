//! SET, UNSET, DEFINE and UNDEFINE: properties and variables for the rest of the request.

use millstream_sql::Statement;
use millstream_sql::ast::Ident;

use crate::entity::{Entity, VariableInfo, VariableList, WarningEntity};
use crate::rest::{ApiError, BAD_STATEMENT};
use crate::session::Session;

/// SET. Errors: the property is unknown, prohibited or has a wrong value.
pub(super) fn set(statement: &Statement, name: &str, value: &str, session: &mut Session) -> Result<(), ApiError> {
    session.set(name, value).map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))
}

/// UNSET. What was never set stays so. Errors: there is no such property.
pub(super) fn unset(statement: &Statement, name: &str, session: &mut Session) -> Result<(), ApiError> {
    session.unset(name).map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))
}

/// DEFINE.
pub(super) fn define(name: &Ident, value: &str, session: &mut Session) {
    session.define(&shown(name), value);
}

/// UNDEFINE; a variable that was never defined is worth a warning.
pub(super) fn undefine(statement: &Statement, name: &Ident, session: &mut Session) -> Option<Entity> {
    if session.undefine(&name.value) {
        return None;
    }
    Some(Entity::Warning(WarningEntity {
        statement_text: statement.text.clone(),
        message: format!("Cannot undefine variable '{}' which was never defined", shown(name)),
        warnings: session.warnings(),
    }))
}

/// SHOW VARIABLES.
pub(super) fn variables(statement: &Statement, session: &Session) -> Entity {
    let info = |(name, value): (&str, &str)| VariableInfo { name: name.to_owned(), value: value.to_owned() };
    let variables = session.variables().map(info).collect();
    Entity::Variables(VariableList { statement_text: statement.text.clone(), variables, warnings: Vec::new() })
}

/// The name as lists show it: one that was folded was most likely written in lower case.
fn shown(name: &Ident) -> String {
    if name.quoted { name.value.clone() } else { name.value.to_lowercase() }
}
