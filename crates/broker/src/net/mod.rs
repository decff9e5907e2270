//! Connections: listening, framing, bounds. One thread each; the requests of a connection are served in their order.

mod budget;
mod connection;
mod fetch_room;
mod frames;
#[cfg(test)]
mod tests;
mod threads;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::api;
use crate::node::Node;
use crate::partition::Waiter;
use budget::Budget;
use frames::Frames;

pub(crate) use connection::Connection;
pub(crate) use fetch_room::FetchRoom;
#[cfg(test)]
pub(crate) use threads::STACK_BYTES;
pub(crate) use threads::Threads;

/// How often a connection that had to be refused is told of, ms.
const REFUSALS_LOGGED_MS: i64 = 1_000;
/// How long accepting rests when the system has no more sockets, ms.
const REST_MS: u64 = 100;
/// How long the accepting thread's wake-up may take, ms.
const KNOCK_MS: u64 = 1_000;

/// The listening side of a running broker.
#[derive(Debug)]
pub(crate) struct Server {
    node: Arc<Node>,
    address: SocketAddr,
    threads: Arc<Threads>,
    budget: Budget,
    connections: Mutex<Connections>,
    rest: Waiter,
}

#[derive(Debug, Default)]
struct Connections {
    next_id: u64,
    open: HashMap<u64, Arc<Connection>>,
}

impl Server {
    /// Starts to accept connections. Errors: the system has no more threads.
    pub(crate) fn start(node: Arc<Node>, listener: TcpListener, threads: Arc<Threads>) -> io::Result<Arc<Self>> {
        let server = Arc::new(Self {
            address: listener.local_addr()?,
            budget: Budget::new(node.config.limits.requests_in_flight_bytes),
            connections: Mutex::default(),
            rest: Waiter::default(),
            node,
            threads,
        });
        let accepting = Arc::clone(&server);
        server.threads.spawn("broker-accept", move || accepting.accept(&listener))?;
        Ok(server)
    }

    /// No further connections and requests; what is being served is answered. The node must be stopping.
    pub(crate) fn close(&self) {
        self.rest.wake();
        self.budget.wake();
        self.connections.lock().open.values().for_each(|connection| connection.close_reading());
        self.knock();
    }

    /// Closes what is still open.
    pub(crate) fn abort(&self) {
        self.connections.lock().open.values().for_each(|connection| connection.close());
    }

    /// Accepting ends at a connection that comes when the node is stopping.
    fn knock(&self) {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        if let Err(e) = TcpStream::connect_timeout(&address, Duration::from_millis(KNOCK_MS)) {
            tracing::debug!("the accepting thread could not be woken: {e}");
        }
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let mut refused = Refusals::default();
        while !self.node.is_stopping() {
            let accepted = listener.accept();
            if self.node.is_stopping() {
                return;
            }
            let result = accepted.and_then(|(socket, peer)| self.admit(socket, peer));
            match result {
                Ok(true) => {}
                Ok(false) => refused.add(self.node.clock.steady_ms(), "there are too many"),
                Err(e) => {
                    refused.add(self.node.clock.steady_ms(), &e.to_string());
                    if !is_of_one_connection(&e) {
                        let _ = self.rest.wait(REST_MS);
                    }
                }
            }
        }
    }

    /// Gives an accepted connection its thread; `false`: there are too many, it is closed.
    fn admit(self: &Arc<Self>, socket: TcpStream, peer: SocketAddr) -> io::Result<bool> {
        let limits = &self.node.config.limits;
        let connection = Arc::new(Connection::new(socket, peer, limits.stalled_ms)?);
        let id = {
            let mut connections = self.connections.lock();
            if self.node.is_stopping() {
                return Ok(true); // who stops has closed the others already
            }
            if connections.open.len() >= limits.connections {
                return Ok(false);
            }
            connections.next_id += 1;
            let id = connections.next_id;
            connections.open.insert(id, Arc::clone(&connection));
            id
        };
        let open = Open { server: Arc::clone(self), id };
        self.threads.spawn("broker-client", move || open.server.converse(&connection))?;
        Ok(true)
    }

    /// Serves a connection until its end.
    fn converse(&self, connection: &Connection) {
        let peer = connection.peer();
        let stalled_ms = self.node.config.limits.stalled_ms;
        let mut frames = Frames::new(connection, &self.node, &self.budget);
        loop {
            let (frame, _permit) = match frames.next() {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(broken) => {
                    tracing::warn!("connection of {peer} closed: {broken}");
                    return;
                }
            };
            let answer = match api::serve(&self.node, connection, frame) {
                Ok(answer) => answer,
                Err(refused) if refused.is_defect() => {
                    tracing::error!("connection of {peer} closed: {refused}");
                    return;
                }
                Err(refused) => {
                    tracing::warn!("connection of {peer} closed: {refused}");
                    return;
                }
            };
            let sent = answer.map_or(Ok(()), |answer| connection.send(&answer, &self.node.clock, stalled_ms));
            connection.release(&self.node.fetches);
            if let Err(e) = sent {
                tracing::debug!("connection of {peer} closed while it was answered: {e}");
                return;
            }
            if let Some(why) = connection.doom() {
                tracing::warn!("connection of {peer} closed: {why}");
                return;
            }
            if self.node.is_stopping() {
                return;
            }
        }
    }
}

/// Whether accepting failed because of the client, so that the next may be accepted at once.
fn is_of_one_connection(e: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, InvalidInput, NotConnected};
    matches!(e.kind(), ConnectionAborted | ConnectionReset | Interrupted | InvalidInput | NotConnected)
}

/// An open connection's place among the connections; given up when its thread ends, or could not be started.
struct Open {
    server: Arc<Server>,
    id: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(connection) = self.server.connections.lock().open.remove(&self.id) {
            connection.close();
        }
    }
}

/// Connections that were refused, told of now and then.
#[derive(Debug, Default)]
struct Refusals {
    count: u64,
    logged_ms: Option<i64>,
}

impl Refusals {
    fn add(&mut self, now_ms: i64, why: &str) {
        self.count += 1;
        if self.logged_ms.is_none_or(|logged| now_ms.saturating_sub(logged) >= REFUSALS_LOGGED_MS) {
            tracing::warn!("{} connections refused: {why}", self.count);
            *self = Self { count: 0, logged_ms: Some(now_ms) };
        }
    }
}
