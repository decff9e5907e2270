//! A headless server: its catalog comes from files, so that nobody else may change it.

use millstream_sql::ast::StatementKind;
use millstream_sql::{Diagnostic, Statement};

use crate::rest::ApiError;

/// Refuses the first statement that would change the catalog or its queries.
pub(crate) fn check(statements: &[Statement]) -> Result<(), ApiError> {
    let Some(statement) = statements.iter().find(|statement| changes(&statement.kind)) else { return Ok(()) };
    let message = "This server is headless: its queries come from the file that it was started with.";
    let hint = "Change the file and start the server again. Reading, and INSERT INTO … VALUES, go on as usual.";
    Err(ApiError::findings(&statement.text, &[Diagnostic::at(statement.span, message).hint(hint)]))
}

fn changes(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::CreateSource(_)
            | StatementKind::CreateAs(_)
            | StatementKind::InsertSelect(_)
            | StatementKind::Alter(_)
            | StatementKind::AlterSystem { .. }
            | StatementKind::Drop(_)
            | StatementKind::CreateType { .. }
            | StatementKind::DropType { .. }
            | StatementKind::Terminate(_)
            | StatementKind::Pause(_)
            | StatementKind::Resume(_)
            | StatementKind::CreateConnector(_)
            | StatementKind::DropConnector { .. }
    )
}

#[cfg(test)]
mod tests {
    use millstream_sql::parse;

    use super::*;

    #[test]
    fn what_changes_is_refused_and_what_reads_is_not() {
        let refused = |sql: &str| check(&parse(sql).unwrap()).is_err();
        for sql in ["DROP STREAM s;", "TERMINATE q;", "SHOW STREAMS; CREATE TYPE t AS INT;", "PAUSE ALL;"] {
            assert!(refused(sql), "{sql}");
        }
        for sql in ["SHOW QUERIES; DESCRIBE s;", "INSERT INTO s VALUES (1);", "SET 'a' = 'b';"] {
            assert!(!refused(sql), "{sql}");
        }
    }
}
