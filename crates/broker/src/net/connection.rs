//! One client connection.

use std::io::{self, ErrorKind, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::fetch_room::FetchRoom;
use crate::clock::Clock;

/// One client connection. Its thread alone reads and writes; others may only close it.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: TcpStream,
    peer: SocketAddr,
    /// Why it is closed after the request that is being served.
    doom: OnceLock<String>,
    /// Bytes of fetched records in the answer that is being made.
    fetched: AtomicUsize,
}

impl Connection {
    /// Takes an accepted socket. `stalled_ms` bounds how long the peer may take to read a response.
    pub(super) fn new(socket: TcpStream, peer: SocketAddr, stalled_ms: u64) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(Duration::from_millis(stalled_ms.max(1))))?;
        Ok(Self { socket, peer, doom: OnceLock::new(), fetched: AtomicUsize::new(0) })
    }

    /// Where the client is.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Whether the peer has closed, or this side has. Only for the connection's own thread, while it serves a request.
    ///
    /// Requests that the peer sent before it closed, and that nobody has read yet, do not hide it: the thread would wait
    /// for nobody as long as the peer said it would, days perhaps.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_closed(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut asked = [PollFd::new(&self.socket, PollFlags::RDHUP)];
        match poll(&mut asked, Some(&Timespec::default())) {
            // Nothing but the end and errors was asked for.
            Ok(found) => found > 0,
            Err(e) => e != rustix::io::Errno::INTR,
        }
    }

    /// Whether the peer has closed, or this side has. Only for the connection's own thread, while it serves a request.
    ///
    /// A peer that has sent more requests before it closed is not found out until those are read.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn is_closed(&self) -> bool {
        if self.socket.set_nonblocking(true).is_err() {
            return true;
        }
        let closed = match self.socket.peek(&mut [0]) {
            Ok(0) => true,
            Ok(_) => false,
            Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        };
        self.socket.set_nonblocking(false).is_err() || closed
    }

    /// Has the connection closed after the request that is being served: the only way to tell a client of an error that
    /// wants no answers.
    pub(crate) fn close_after(&self, why: &str) {
        // Of several reasons the first will do.
        let _ = self.doom.set(why.to_owned());
    }

    /// The reason of [`Self::close_after`].
    pub(super) fn doom(&self) -> Option<&str> {
        self.doom.get().map(String::as_str)
    }

    /// Takes room for records of the answer that is being made, until that is sent. `false`: there is not as much.
    pub(crate) fn reserve(&self, room: &FetchRoom, bytes: usize) -> bool {
        let taken = room.take(bytes);
        if taken {
            self.fetched.fetch_add(bytes, Ordering::Relaxed);
        }
        taken
    }

    /// Gives back all room that was taken.
    pub(super) fn release(&self, room: &FetchRoom) {
        room.give(self.fetched.swap(0, Ordering::Relaxed));
    }

    /// The socket, for reading.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sends all of `bytes`. Errors: `TimedOut` or `WouldBlock` when the peer does not take them in time.
    pub(super) fn send(&self, mut bytes: &[u8], clock: &Clock, stalled_ms: u64) -> io::Result<()> {
        let from = clock.steady_ms();
        while !bytes.is_empty() {
            match (&self.socket).write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
            let late = u64::try_from(clock.steady_ms().saturating_sub(from)).is_ok_and(|ms| ms > stalled_ms);
            if late && !bytes.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    /// No further requests: the one being served is answered, then its thread ends.
    pub(super) fn close_reading(&self) {
        let _ = self.socket.shutdown(Shutdown::Read);
    }

    /// Closes both ways, from any thread.
    pub(super) fn close(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
impl Connection {
    /// A connection, and the client's end of it.
    pub(crate) fn pair() -> (Self, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, peer) = listener.accept().unwrap();
        (Self::new(socket, peer, 60_000).unwrap(), client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_sent_more_and_closed_is_gone() {
        let (connection, mut client) = Connection::pair();
        assert!(!connection.is_closed());
        client.write_all(b"another request").unwrap();
        connection.socket.peek(&mut [0]).unwrap(); // it has come
        assert!(!connection.is_closed());
        drop(client);
        // The end is on its way; reading up to it is what this must not need.
        assert!((0..10_000).any(|_| {
            std::thread::yield_now();
            connection.is_closed()
        }));
        let (connection, _client) = Connection::pair();
        connection.close_reading();
        assert!(connection.is_closed());
    }
}
