//! What ends a run early.

/// An error, by what the caller of the program must do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Something that the run needs is not on this machine: nothing was tested.
    #[error("SKIPPED: {0}")]
    Skipped(String),
    /// The claim does not hold, or could not be tested.
    #[error("{0}")]
    Failed(String),
}

/// Result of this crate.
pub(crate) type Result<T, E = Trouble> = std::result::Result<T, E>;

impl Trouble {
    /// A failure that says what was being done.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }
}

/// Adds what was being done to an error.
pub(crate) trait Doing<T> {
    /// `what`: the action, as in "creating topics".
    fn doing(self, what: &str) -> Result<T>;
}

impl<T, E: std::fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: &str) -> Result<T> {
        self.map_err(|e| Trouble::Failed(format!("{what}: {e}")))
    }
}
