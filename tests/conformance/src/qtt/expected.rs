//! Whether an error is the expected one.

use crate::case::Expected;
use crate::fairness::Tier;

use millstream_sqltest::failure::{Failure, Kind};

/// Compares an error with the expectation.
///
/// # Errors
/// What differs.
pub(super) fn check(expected: &Expected, thrown: &Failure, tier: Option<Tier>) -> Result<(), String> {
    if thrown.early && matches!(thrown.kind, Kind::Statement | Kind::Parse) {
        return Err(format!("fails before its last statement: {thrown}"));
    }
    // The Java class belongs to a library that is not here: any error that stops the case will do.
    let category = tier == Some(Tier::Category);
    let foreign = category && expected.class == "StreamsException" && thrown.kind != Kind::Assertion;
    if !foreign && !thrown.kind.is(&expected.class) {
        return Err(format!("expected {}: {}\nbut was {thrown}", expected.class, expected.message));
    }
    let wanted = if category { place(&expected.message) } else { &expected.message };
    if thrown.says(wanted) {
        return Ok(());
    }
    Err(format!("expected the message: {}\nbut was {thrown}", expected.message))
}

/// The first `line L:C` of a message; empty when there is none.
fn place(message: &str) -> &str {
    let Some((_, rest)) = message.split_once("line ") else { return "" };
    let length = rest.find(|c: char| c != ':' && !c.is_ascii_digit()).unwrap_or(rest.len());
    let place = rest.get(..length).unwrap_or_default().trim_end_matches(':');
    let start = message.len() - rest.len();
    message.get(start - "line ".len()..start + place.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_message_must_both_fit() {
        let expected = |class: &str| Expected { class: class.into(), message: "no such".into() };
        let thrown = |kind| Failure::new(kind, "line 1:2: no such thing");
        for (class, kind, fits) in [
            ("KsqlException", Kind::Parse, true),
            ("KsqlStatementException", Kind::Parse, true),
            ("KsqlStatementException", Kind::Ksql, false),
            ("ParseFailedException", Kind::Statement, false),
            ("StreamsException", Kind::Runtime, true),
            ("KsqlException", Kind::Assertion, false),
        ] {
            assert_eq!(check(&expected(class), &thrown(kind), None).is_ok(), fits, "{class} {kind:?}");
        }
        let other = Failure::new(Kind::Parse, "something else");
        assert!(check(&expected("KsqlException"), &other, None).is_err());
        assert!(check(&expected("KsqlException"), &other, Some(Tier::Category)).is_ok());
        assert_eq!(place("Failed: line 1:23: Syntax"), "line 1:23");
        assert_eq!(place("nowhere"), "");
        let early = thrown(Kind::Statement).before_the_last(true);
        assert!(check(&expected("KsqlException"), &early, None).is_err());
    }
}
