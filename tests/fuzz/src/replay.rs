//! Sends again what a tape has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::link::{Came, Link};
use crate::probe::Probe;
use crate::tape::{Event, load};

/// How long answers are read for after each piece.
const PATIENCE: Duration = Duration::from_millis(3);

/// Does all again in its order, a connection for each worker; returns the number of pieces. Errors: the broker does not
/// accept, or begins an answer and does not finish it.
pub(crate) fn replay(address: SocketAddr, file: &Path) -> Result<usize, String> {
    Probe::new(address)?.create_topics()?;
    let mut links = HashMap::new();
    let mut pieces = 0;
    for (worker, event) in load(file)? {
        match event {
            Event::Open => {
                links.insert(worker, Link::open(address)?);
            }
            Event::Closed => drop(links.remove(&worker)),
            Event::Sent(bytes) => {
                // The tape may begin in the middle of a connection.
                let link = match links.entry(worker) {
                    std::collections::hash_map::Entry::Occupied(link) => link.into_mut(),
                    std::collections::hash_map::Entry::Vacant(none) => none.insert(Link::open(address)?),
                };
                link.send(&bytes)?;
                pieces += 1;
                while let Came::Answer(_) = link.receive(PATIENCE)? {}
            }
        }
    }
    Ok(pieces)
}
