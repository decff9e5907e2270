//! Starting and stopping a broker.

/// A running broker.
#[derive(Debug)]
pub struct Broker {}
