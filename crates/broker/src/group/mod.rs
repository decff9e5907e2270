//! Consumer groups: membership, and the offsets that they commit.

/// Membership of all groups.
#[derive(Debug)]
pub(crate) struct Groups {}

/// Committed offsets of all groups.
#[derive(Debug)]
pub(crate) struct Offsets {}
