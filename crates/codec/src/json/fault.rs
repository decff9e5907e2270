//! Why a payload was refused and where in it.

use crate::column::Full;
use crate::text::{quote, unfit};

/// A fault somewhere inside a payload. The path grows outwards while the reading functions return.
#[derive(Debug)]
pub(super) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    /// `.A[2]`: from the value that is being left down to the fault.
    path: String,
    what: String,
}

impl Fault {
    #[cold]
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(Box::new(Inner { path: String::new(), what: what.into() }))
    }

    /// Not JSON: the byte at this position is not what must follow.
    #[cold]
    pub(super) fn syntax(position: usize, expected: &str) -> Self {
        Self::new(format!("not valid JSON at byte {position}: expected {expected}"))
    }

    /// JSON, but not of the column's type.
    #[cold]
    pub(super) fn clash(expected: &str, found: &str) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    /// Text or a number that the column's type cannot hold.
    #[cold]
    pub(super) fn unfit(value: &str, ty: &str) -> Self {
        Self::new(unfit(value, ty))
    }

    /// The same fault, seen from the struct around it.
    #[cold]
    pub(super) fn in_field(mut self, name: &str) -> Self {
        self.0.path.insert_str(0, name);
        self.0.path.insert(0, '.');
        self
    }

    /// The same fault, seen from the array around it; `index` counts from 0.
    #[cold]
    pub(super) fn in_item(mut self, index: usize) -> Self {
        self.0.path.insert_str(0, &format!("[{index}]"));
        self
    }

    /// The same fault, seen from the map around it.
    #[cold]
    pub(super) fn in_entry(mut self, key: &str) -> Self {
        self.0.path.insert_str(0, &format!("[{}]", quote(key)));
        self
    }
}

impl From<Full> for Fault {
    fn from(Full: Full) -> Self {
        Self::new("a column holds more than 2 GiB in one batch")
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "${}: {}", self.0.path, self.0.what)
    }
}
