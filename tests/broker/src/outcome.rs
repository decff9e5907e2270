//! What a check ends with: what was seen, or what went wrong.

use std::fmt::Debug;

/// Why a check failed: one line for people. Any error becomes one with `?`.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(String);

/// Result of everything in this crate.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// What a check returns when it passes: a line that says what was seen.
pub type Outcome = Result<String>;

impl Failure {
    /// A failure in these words.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// Of something that is no [`std::error::Error`].
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `Failure` is no error itself, so this covers them all.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Adds what was being done to an error.
pub(crate) trait Doing<T> {
    /// `what`: the action, as in "creating the topic".
    fn doing(self, what: impl std::fmt::Display) -> Result<T>;
}

impl<T, E: Into<Failure>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl std::fmt::Display) -> Result<T> {
        self.map_err(|e| Failure(format!("{what}: {}", e.into())))
    }
}

/// Fails unless what was seen is what is wanted.
pub(crate) fn same<T: PartialEq<W> + Debug, W: Debug>(what: impl std::fmt::Display, seen: T, wanted: W) -> Result {
    if seen == wanted {
        return Ok(());
    }
    Err(Failure(format!("{what}: seen {seen:?}, wanted {wanted:?}")))
}

/// Fails unless the claim holds; `what` says what was seen.
pub(crate) fn holds(claim: bool, what: impl std::fmt::Display) -> Result {
    if claim { Ok(()) } else { Err(Failure(what.to_string())) }
}

/// The only element, or the first of several; a failure when there is none.
pub(crate) fn first<T>(what: impl std::fmt::Display, items: impl IntoIterator<Item = T>) -> Result<T> {
    items.into_iter().next().ok_or_else(|| Failure(format!("{what}: nothing there")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_can_fail() {
        assert_eq!(same("x", 1, 1), Ok(()));
        assert_eq!(same("x", 1, 2), Err(Failure::new("x: seen 1, wanted 2")));
        assert_eq!(holds(false, "no"), Err(Failure::new("no")));
        assert_eq!(first("x", Vec::<u8>::new()), Err(Failure::new("x: nothing there")));
    }

    #[test]
    fn an_error_says_what_was_being_done() {
        let error = "x".parse::<i32>().doing("reading the number");
        assert_eq!(error.map_err(|e| e.to_string()), Err("reading the number: invalid digit found in string".into()));
    }
}
