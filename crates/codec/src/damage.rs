//! What is wrong with a binary payload, and where in it.

use crate::Rejected;
use crate::column::Full;

/// A fault and the path to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    path: String,
    what: String,
}

impl Damage {
    /// A fault right here.
    #[cold]
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { path: String::new(), what: what.into() }
    }

    /// The payload ends too early.
    #[cold]
    pub(crate) fn cut() -> Self {
        Self::new("the payload ends too early")
    }

    /// The same, as seen from outside of the field of that name.
    #[cold]
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.path.insert_str(0, name);
        self.path.insert(0, '.');
        self
    }

    /// The same, as seen from outside of that item of a list.
    #[cold]
    pub(crate) fn in_item(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }
}

impl From<Full> for Damage {
    fn from(_: Full) -> Self {
        Self::new("too much for one batch")
    }
}

impl From<Damage> for Rejected {
    fn from(damage: Damage) -> Self {
        Self(format!("${}: {}", damage.path, damage.what))
    }
}
