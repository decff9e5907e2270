//! Requests out of a connection's bytes: a length of four bytes, then as many bytes.
//!
//! Memory grows with the bytes that arrive, never with the length that a client merely claims. One read is enough for
//! a small request, or for several of them. The buffer is used again once nothing of the last request is held.

use std::fmt;
use std::io::{self, ErrorKind, Read as _};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};

use super::Connection;
use super::budget::{Budget, Permit};
use crate::node::Node;

/// How long a connection may stay without a request (`connections.max.idle.ms`), ms.
const IDLE_MS: u64 = 10 * 60 * 1000;
const LENGTH_BYTES: usize = 4;
/// Bytes asked for at first, and always room for: most requests are smaller. They are not counted against the budget.
const CHUNK: usize = 16 << 10;
/// Bytes asked for at once, at most.
const MAX_CHUNK: usize = 1 << 20;
/// A buffer that has grown beyond this is not kept for the next request.
const KEPT: usize = 256 << 10;

/// Why no further request can be read.
#[derive(Debug)]
pub(super) enum Broken {
    /// A length that is negative or beyond the bound.
    Length(i32),
    /// A request was begun and not finished in time.
    Stalled,
    /// The socket failed.
    Io(io::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(f, "a request of {length} bytes is refused"),
            Self::Stalled => f.write_str("a request was begun and not finished in time"),
            Self::Io(e) => write!(f, "{e}"),
        }
    }
}

/// The requests of a connection.
pub(super) struct Frames<'a> {
    connection: &'a Connection,
    node: &'a Node,
    budget: &'a Budget,
    buffer: BytesMut,
    /// The socket's read timeout as it was set last, ms.
    timeout_ms: u64,
}

impl<'a> Frames<'a> {
    pub(super) fn new(connection: &'a Connection, node: &'a Node, budget: &'a Budget) -> Self {
        Self { connection, node, budget, buffer: BytesMut::new(), timeout_ms: 0 }
    }

    /// Waits for the next request: its bytes without the length, and its share of the budget when it is a large one.
    /// `None`: the connection is at its end, was idle for long, or the broker stops.
    pub(super) fn next(&mut self) -> Result<Option<(Bytes, Option<Permit<'a>>)>, Broken> {
        let stalled_ms = self.node.config.limits.stalled_ms;
        let mut permit = None;
        let mut deadline = None;
        loop {
            let length = self.length()?;
            if let Some(length) = length {
                if self.buffer.len() >= LENGTH_BYTES + length {
                    return Ok(Some((self.take(length), permit)));
                }
                if length > CHUNK && permit.is_none() {
                    let Some(taken) = self.budget.take(length, || self.gone()) else { return Ok(None) };
                    permit = Some(taken);
                    // Waiting for room was not the client's fault.
                    deadline = None;
                }
            }
            if deadline.is_none() && !self.buffer.is_empty() {
                deadline = Some(self.node.clock.steady_ms().saturating_add_unsigned(stalled_ms));
            }
            if !self.fill(length, deadline)? {
                return Ok(None);
            }
        }
    }

    fn gone(&self) -> bool {
        self.node.is_stopping() || self.connection.is_closed()
    }

    /// Length of the request that the buffer begins with; `None` when that is not known yet.
    fn length(&self) -> Result<Option<usize>, Broken> {
        let Some(bytes) = self.buffer.first_chunk() else { return Ok(None) };
        let length = i32::from_be_bytes(*bytes);
        match usize::try_from(length) {
            Ok(bytes) if bytes <= self.node.config.limits.request_bytes => Ok(Some(bytes)),
            _ => Err(Broken::Length(length)),
        }
    }

    /// Takes the request of that length off the buffer, which has it whole.
    fn take(&mut self, length: usize) -> Bytes {
        self.buffer.advance(LENGTH_BYTES);
        let frame = self.buffer.split_to(length).freeze();
        if length > KEPT {
            // What follows would keep the large buffer alive.
            self.buffer = BytesMut::from(&self.buffer[..]);
        }
        frame
    }

    /// Reads once. `false`: there is nothing more to come.
    fn fill(&mut self, length: Option<usize>, deadline: Option<i64>) -> Result<bool, Broken> {
        let timeout_ms = match deadline {
            None => IDLE_MS,
            Some(deadline) => match u64::try_from(deadline.saturating_sub(self.node.clock.steady_ms())) {
                Ok(left) if left > 0 => left,
                _ => return Err(Broken::Stalled),
            },
        };
        if timeout_ms != self.timeout_ms {
            let timeout = Some(Duration::from_millis(timeout_ms));
            self.connection.socket().set_read_timeout(timeout).map_err(Broken::Io)?;
            self.timeout_ms = timeout_ms;
        }
        let filled = self.buffer.len();
        let missing = length.map_or(0, |length| (LENGTH_BYTES + length).saturating_sub(filled));
        let wanted = if missing <= CHUNK { CHUNK } else { missing.min(filled.clamp(CHUNK, MAX_CHUNK)) };
        self.buffer.resize(filled + wanted, 0);
        let read = self.connection.socket().read(&mut self.buffer[filled..]);
        self.buffer.truncate(filled + read.as_ref().map_or(0, |read| *read));
        match read {
            Ok(read) => Ok(read > 0),
            Err(e) => match e.kind() {
                ErrorKind::Interrupted => Ok(true),
                ErrorKind::WouldBlock | ErrorKind::TimedOut if deadline.is_none() => Ok(false),
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Err(Broken::Stalled),
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Ok(false),
                _ => Err(Broken::Io(e)),
            },
        }
    }
}
