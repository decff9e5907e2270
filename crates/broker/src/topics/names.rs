//! Which names topics may have.

use super::refused::Refused;
use crate::error::Code;

/// Longest name, bytes: with a partition number it must fit into a file name.
const MAX_NAME_BYTES: usize = 249;

/// Checks a topic's name. Errors: `InvalidTopicException`.
pub(crate) fn check(name: &str) -> Result<(), Refused> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let reason = if name.is_empty() {
        "the empty string is not allowed".to_owned()
    } else if matches!(name, "." | "..") {
        format!("'{name}' is not allowed")
    } else if name.len() > MAX_NAME_BYTES {
        format!("the length of '{name}' is longer than the max allowed length {MAX_NAME_BYTES}")
    } else if !name.bytes().all(allowed) {
        format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
    } else {
        return Ok(());
    };
    Err(Refused::new(Code::InvalidTopicException, format!("Topic name is invalid: {reason}")))
}

/// What two names must not share: metric names write '.' as '_', so `a.b` and `a_b` collide.
pub(crate) fn folded(name: &str) -> String {
    name.replace('.', "_")
}
