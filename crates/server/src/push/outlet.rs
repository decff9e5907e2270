//! The way from a query's thread to its client: pieces of text through a bounded channel.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use millstream_engine::clock::{Clock, SystemClock};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::Permit;

/// How long a client may take no text before its query ends.
pub(crate) const STALL_MAX: Duration = Duration::from_secs(30);
/// Pause between looks at a full channel.
const STALL_PAUSE: Duration = Duration::from_millis(5);

/// A piece of a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// Text to pass on.
    Text(Bytes),
    /// The response is whole. A channel that ends without it was cut off.
    End,
}

/// The client does not read any more, or too slowly.
pub(super) struct Gone;

/// The sending end of one response, with the query's place among those that run.
pub(crate) struct Outlet {
    permit: Permit,
    sender: Sender<Chunk>,
    stall_max: Duration,
}

impl Outlet {
    /// The end of a channel; its client may take nothing for `stall_max`.
    pub(crate) fn new(permit: Permit, sender: Sender<Chunk>, stall_max: Duration) -> Self {
        Self { permit, sender, stall_max }
    }

    /// The query's id.
    pub(crate) fn id(&self) -> &str {
        &self.permit.id
    }

    /// Whether the query is to end.
    pub(super) fn is_cancelled(&self) -> bool {
        self.permit.cancel.load(Ordering::Relaxed)
    }

    /// Whether nobody reads any more.
    pub(super) fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }

    /// Hands a piece on; a client that takes nothing for too long, or whose query was closed meanwhile, is gone.
    pub(super) fn send(&self, chunk: Chunk) -> Result<(), Gone> {
        if chunk == Chunk::End {
            // Whoever has read the end may ask again at once.
            self.permit.leave();
        }
        let clock = SystemClock::new();
        let mut chunk = chunk;
        loop {
            match self.sender.try_send(chunk) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(Gone),
                Err(TrySendError::Full(_)) if self.is_cancelled() => return Err(Gone),
                Err(TrySendError::Full(_)) if clock.monotonic() > self.stall_max => {
                    tracing::warn!(query = self.permit.id, "ending a push query whose client reads too slowly");
                    return Err(Gone);
                }
                Err(TrySendError::Full(back)) => chunk = back,
            }
            std::thread::sleep(STALL_PAUSE);
        }
    }
}
