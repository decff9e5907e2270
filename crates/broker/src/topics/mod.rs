//! Topics and their partitions.

/// All topics.
#[derive(Debug)]
pub(crate) struct Topics {}
