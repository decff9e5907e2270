//! A connection to the broker, frame by frame.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::pause_ms;

/// The longest that anything may take which need not wait: what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// The largest answer that is believed, bytes.
const LARGEST_ANSWER: usize = 64 << 20;

/// What came from the broker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// An answer without its length.
    Answer(Bytes),
    /// The end of the connection.
    End,
    /// Nothing in time.
    Nothing,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
}

impl Link {
    /// Connects. Errors: the broker does not accept.
    pub(crate) fn open(address: SocketAddr) -> Result<Self, String> {
        let mut tries = 0;
        let stream = loop {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => break stream,
                // So many connections were closed lately that all ports are still in use.
                Err(e) if e.kind() == ErrorKind::AddrNotAvailable && tries < 200 => pause_ms(100),
                Err(e) => return Err(format!("the broker does not accept a connection: {e}")),
            }
            tries += 1;
        };
        let set = |e: std::io::Error| format!("setting up a socket: {e}");
        stream.set_nodelay(true).map_err(set)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(set)?;
        Ok(Self { stream })
    }

    /// Sends bytes. `Ok(false)`: the broker has closed the connection. Errors: it takes nothing for too long.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<bool, String> {
        match self.stream.write_all(bytes) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(format!("the broker takes no bytes for {PATIENCE:?}"))
            }
            Err(_) => Ok(false),
        }
    }

    /// Waits for an answer. Errors: one that is begun and not finished, or is of no possible length.
    pub(crate) fn receive(&mut self, patience: Duration) -> Result<Came, String> {
        let patience = patience.max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(patience)).map_err(|e| format!("setting up a socket: {e}"))?;
        let mut length = [0; 4];
        match self.stream.read(&mut length[..1]) {
            Ok(0) => return Ok(Came::End),
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(Came::Nothing),
            Err(_) => return Ok(Came::End),
        }
        self.stream.set_read_timeout(Some(PATIENCE)).map_err(|e| format!("setting up a socket: {e}"))?;
        if !self.fill(&mut length[1..])? {
            return Ok(Came::End);
        }
        let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > LARGEST_ANSWER {
            return Err(format!("an answer of {length} bytes"));
        }
        let mut frame = vec![0; length];
        Ok(if self.fill(&mut frame)? { Came::Answer(Bytes::from(frame)) } else { Came::End })
    }

    /// Fills the buffer. `Ok(false)`: the connection is at its end; a broker that closes one with requests unread cuts
    /// off what it was sending.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, String> {
        match self.stream.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(format!("the broker began an answer and did not finish it within {PATIENCE:?}"))
            }
            Err(_) => Ok(false),
        }
    }

    /// Closes the sending half: the broker sees the end of the stream.
    pub(crate) fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
