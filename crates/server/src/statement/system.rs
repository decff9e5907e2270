//! ALTER SYSTEM: a property for all servers of the service and the queries that are created from then on.

use millstream_sql::Statement;

use crate::properties;
use crate::rest::{ApiError, BAD_STATEMENT};
use crate::session::Session;

use super::{Sandbox, change};

/// ksqlDB has this statement only together with its shared runtimes.
const SHARED: &str = "ksql.runtime.feature.shared.enabled";

/// Checks property and value. Errors: the statement is switched off, or the property unknown or not to be changed.
pub(super) fn validate(
    statement: &Statement,
    name: &str,
    value: &str,
    sandbox: &mut Sandbox<'_>,
    session: &Session,
) -> Result<(), ApiError> {
    let wrong = |message: String| ApiError::statement(BAD_STATEMENT, &statement.text, message);
    if !session.enabled(SHARED, sandbox.defaults) {
        return Err(wrong(format!(
            "Cannot alter system property '{name}': start the servers with '{SHARED}'=true to allow ALTER SYSTEM."
        )));
    }
    properties::check(name, value).map_err(wrong)?;
    change::validate(statement, sandbox, session)
}
