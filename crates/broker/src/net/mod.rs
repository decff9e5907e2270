//! Connections: listening, framing, bounds.

/// One client connection.
#[derive(Debug)]
pub(crate) struct Connection {}

impl Connection {
    /// Whether the peer has closed.
    pub(crate) fn is_closed(&self) -> bool {
        false
    }
}
