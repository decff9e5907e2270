//! `WINDOW_TYPE` and `WINDOW_SIZE`: the window that the keys of a topic carry.

use millstream_sql::Diagnostic;
use millstream_sql::ast::Property;
use millstream_types::KeyWindow;

use super::Given;
use super::value::{invalid, text};

/// The kinds of windows, as WINDOW_TYPE names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Session,
    Hopping,
    Tumbling,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "SESSION",
            Self::Hopping => "HOPPING",
            Self::Tumbling => "TUMBLING",
        }
    }
}

/// Reads WINDOW_TYPE.
pub(super) fn kind(property: &Property) -> Result<Given<Kind>, Diagnostic> {
    let name = text(property)?;
    let known = [Kind::Session, Kind::Hopping, Kind::Tumbling].into_iter();
    let value = known.into_iter().find(|k| k.name().eq_ignore_ascii_case(&name));
    let value = value.ok_or_else(|| invalid(property, "String must be one of: SESSION, HOPPING, TUMBLING, null"))?;
    Ok(Given { value, span: property.value.span })
}

/// Reads WINDOW_SIZE or TTL: a number and a unit, to ms.
pub(super) fn size(property: &Property) -> Result<Given<i64>, Diagnostic> {
    let text = text(property)?;
    let value = duration_ms(&text).map_err(|why| {
        let message = format!("Error in WITH clause property '{}': Invalid duration: '{text}'. {why}", property.name);
        Diagnostic::at(property.value.span, message)
    })?;
    Ok(Given { value, span: property.value.span })
}

/// `10 SECONDS` and the like.
fn duration_ms(text: &str) -> Result<i64, String> {
    const UNITS: [(&str, i64); 5] =
        [("DAY", 86_400_000), ("HOUR", 3_600_000), ("MINUTE", 60_000), ("SECOND", 1_000), ("MILLISECOND", 1)];
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [number, unit] = parts.as_slice() else {
        return Err(format!("Expected 2 tokens, got: {}", parts.len()));
    };
    let count: i64 = number.parse().map_err(|_| format!("Not numeric: '{number}'"))?;
    let named = unit.to_ascii_uppercase();
    let singular = named.strip_suffix('S').unwrap_or(&named);
    let (_, ms) =
        UNITS.iter().find(|(name, _)| *name == singular).ok_or_else(|| format!("Unknown time unit: '{unit}'"))?;
    count.checked_mul(*ms).filter(|ms| *ms > 0).ok_or_else(|| "It must be longer than no time.".to_owned())
}

/// The window that both properties give together.
pub(super) fn window(
    kind: Option<Given<Kind>>,
    size: Option<Given<i64>>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Given<KeyWindow>> {
    match (kind, size) {
        (Some(Given { value: Kind::Session, span }), None) => Some(Given { value: KeyWindow::Session, span }),
        (Some(Given { value: Kind::Tumbling, span }), Some(size)) => {
            Some(Given { value: KeyWindow::Tumbling { size_ms: size.value }, span })
        }
        (Some(Given { value: Kind::Hopping, span }), Some(size)) => {
            Some(Given { value: KeyWindow::Hopping { size_ms: size.value }, span })
        }
        (Some(kind), None) => {
            let message = format!(
                "{} windows require 'WINDOW_SIZE' to be provided in the WITH clause. \
                 For example: 'WINDOW_SIZE'='10 SECONDS'",
                kind.value.name()
            );
            findings.push(Diagnostic::at(kind.span, message));
            None
        }
        (None | Some(Given { value: Kind::Session, .. }), Some(size)) => {
            findings.push(Diagnostic::at(size.span, "'WINDOW_SIZE' should not be set for SESSION windows."));
            None
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::duration_ms;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, expected) in [
            ("10 SECONDS", Ok(10_000)),
            ("1 second", Ok(1_000)),
            (" 2  days ", Ok(172_800_000)),
            ("5 MILLISECONDS", Ok(5)),
            ("10", Err("Expected 2 tokens, got: 1")),
            ("ten SECONDS", Err("Not numeric: 'ten'")),
            ("10 YEARS", Err("Unknown time unit: 'YEARS'")),
            ("0 SECONDS", Err("It must be longer than no time.")),
            ("9223372036854775807 DAYS", Err("It must be longer than no time.")),
        ] {
            assert_eq!(
                duration_ms(text).as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|e: &&str| *e),
                "{text}"
            );
        }
    }
}
