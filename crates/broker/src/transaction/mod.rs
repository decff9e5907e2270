//! Producer ids and transactions.

/// All transactional ids.
#[derive(Debug)]
pub(crate) struct Transactions {}
