//! `ON_ERROR` and `DEAD_LETTER_TOPIC`: what becomes of records that a query cannot read. (An extension.)

use millstream_sql::Diagnostic;
use millstream_sql::ast::Property;

use super::value::{invalid, text};
use crate::OnError;

/// `'skip'`, `'stop'` or `'dead-letter'`
pub(in crate::statement) const ON_ERROR: &str = "ON_ERROR";
/// The topic of dead letters; alone it says `'dead-letter'`, too.
pub(in crate::statement) const DEAD_LETTER_TOPIC: &str = "DEAD_LETTER_TOPIC";

/// What a clause says; `None`: nothing, or what is wrong with it is in `findings`. `topic`: that of the results, after which that of
/// the dead letters is named where the clause names none.
pub(in crate::statement) fn on_error(
    with: &[Property],
    topic: &str,
    findings: &mut Vec<Diagnostic>,
) -> Option<OnError> {
    let find = |name: &str| with.iter().find(|property| property.name == name);
    let (policy, named) = (find(ON_ERROR), find(DEAD_LETTER_TOPIC));
    let dead_letters = |findings: &mut Vec<Diagnostic>| {
        let topic = match named.map(|property| (property, text(property))) {
            None => format!("{topic}-dead-letters"),
            Some((property, Ok(name))) if name.is_empty() || name == topic => {
                findings.push(invalid(property, "it must be a topic of its own"));
                return None;
            }
            Some((_, Ok(name))) => name,
            Some((_, Err(finding))) => {
                findings.push(finding);
                return None;
            }
        };
        Some(OnError::DeadLetter { topic })
    };
    let Some(policy) = policy else { return named.and_then(|_| dead_letters(findings)) };
    let chosen = match text(policy).map(|policy| policy.to_lowercase()) {
        Ok(policy) => policy,
        Err(finding) => {
            findings.push(finding);
            return None;
        }
    };
    match (chosen.as_str(), named) {
        ("dead-letter", _) => dead_letters(findings),
        ("skip" | "stop", Some(named)) => {
            let message = format!("{DEAD_LETTER_TOPIC} has no meaning where {ON_ERROR} is '{chosen}'.");
            findings.push(Diagnostic::at(named.span, message).hint("ON_ERROR = 'dead-letter' writes to it."));
            None
        }
        ("skip", None) => Some(OnError::Skip),
        ("stop", None) => Some(OnError::Stop),
        _ => {
            findings.push(invalid(policy, "String must be one of: skip, stop, dead-letter"));
            None
        }
    }
}
