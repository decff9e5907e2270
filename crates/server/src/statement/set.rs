//! SET and UNSET: properties for the rest of the request.

use millstream_sql::Statement;

use crate::rest::{ApiError, BAD_STATEMENT};
use crate::session::Session;

/// SET. Errors: the property is unknown or has a wrong value.
pub(super) fn set(statement: &Statement, name: &str, value: &str, session: &mut Session) -> Result<(), ApiError> {
    session.set(name, value).map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))
}

/// UNSET. What was never set stays so.
pub(super) fn unset(name: &str, session: &mut Session) {
    session.unset(name);
}
