//! Whether an error answer is the expected one.

use super::case::{ExpectedError, RestCase};
use super::http::Answer;

/// Java classes of error entities, and their names on the wire.
const ENTITIES: [(&str, &str); 2] =
    [("KsqlStatementErrorMessage", "statement_error"), ("KsqlErrorMessage", "generic_error")];

/// Whether the answer is an error.
pub(super) fn is_error(answer: &Answer) -> bool {
    answer.status != 200
}

/// Compares an error answer with what the case expects.
///
/// # Errors
/// No error is expected, or another one.
pub(super) fn check(case: &RestCase, answer: &Answer) -> Result<(), String> {
    let was = format!("{} {}", answer.status, answer.body);
    let Some(ExpectedError { entity, message, status }) = &case.expected_error else { return Err(was) };
    if status.is_some_and(|status| status != answer.status) {
        return Err(format!("expected the status {status:?} but was {was}"));
    }
    if let Some(entity) = entity {
        let Some((_, wire)) = ENTITIES.iter().find(|(class, _)| class == entity) else {
            return Err(format!("the case expects an unknown entity {entity}"));
        };
        if answer.body.text_of("@type") != Some(wire) {
            return Err(format!("expected a {wire} but was {was}"));
        }
        let last = case.all_statements().last().map(String::as_str).unwrap_or_default();
        let names_statement = || answer.body.text_of("statementText").is_some_and(|text| text.contains(last));
        if *wire == "statement_error" && !names_statement() {
            return Err(format!("expected an error about {last} but was {was}"));
        }
    }
    match message {
        Some(message) if !answer.body.text_of("message").is_some_and(|text| text.contains(message)) => {
            Err(format!("expected the message: {message}\nbut was {was}"))
        }
        _ => Ok(()),
    }
}
