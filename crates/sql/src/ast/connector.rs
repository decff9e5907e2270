//! Statements about Kafka Connect.

use super::{Ident, Property};

/// Which way a connector moves records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorKind {
    /// Into Kafka.
    Source,
    /// Out of Kafka.
    Sink,
}

/// `CREATE SOURCE|SINK CONNECTOR [IF NOT EXISTS] name WITH (…)`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateConnector {
    /// Which way.
    pub kind: ConnectorKind,
    /// `IF NOT EXISTS` was given.
    pub if_not_exists: bool,
    /// Its name.
    pub name: Ident,
    /// Its configuration; names keep their case where they were quoted.
    pub with: Vec<Property>,
}
