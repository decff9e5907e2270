//! One TCP connection that speaks the protocol frame by frame.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};

use bytes::{Buf as _, Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message, Request};

use crate::outcome::{Doing as _, Failure, Result, first, same};
use crate::target::PATIENCE;
use crate::wire::text;

/// The largest answer that a check may get, bytes.
const MAX_FRAME: usize = 128 << 20;

/// A connection to a broker.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    correlation: i32,
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) fn open(bootstrap: &str) -> Result<Self> {
        let address = first(format!("address of {bootstrap}"), bootstrap.to_socket_addrs()?)?;
        let stream = TcpStream::connect_timeout(&address, PATIENCE).doing("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, correlation: 0 })
    }

    /// Sends a request and waits for its answer, which must be one of the same version, wholly decodable.
    pub(crate) fn call<R: Request>(&mut self, version: i16, request: &R) -> Result<R::Response> {
        let correlation = self.send(version, request)?;
        self.receive::<R>(version, correlation)
    }

    /// Sends a request; returns its correlation id.
    pub(crate) fn send<R: Request>(&mut self, version: i16, request: &R) -> Result<i32> {
        self.correlation += 1;
        let frame = framed(&body(version, self.correlation, request)?)?;
        self.send_bytes(&frame)?;
        Ok(self.correlation)
    }

    /// The next answer: to the request with this correlation id.
    pub(crate) fn receive<R: Request>(&mut self, version: i16, correlation: i32) -> Result<R::Response> {
        let what = format!("answer of {} version {version}", name_of::<R>());
        let frame = self.receive_frame().doing(&what)?;
        let mut frame = frame.ok_or_else(|| Failure::new(format!("{what}: the connection was closed")))?;
        // ApiVersions answers have the oldest header for ever: the client does not know yet what the broker speaks.
        let header_version =
            if R::KEY == ApiVersionsRequest::KEY { 0 } else { <R::Response as HeaderVersion>::header_version(version) };
        let header = ResponseHeader::decode(&mut frame, header_version).map_err(Failure::of).doing(&what)?;
        same(format!("{what}: correlation id"), header.correlation_id, correlation)?;
        let response = R::Response::decode(&mut frame, version).map_err(Failure::of).doing(&what)?;
        same(format!("{what}: bytes behind it"), frame.remaining(), 0)?;
        Ok(response)
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> Result {
        self.stream.write_all(bytes).doing("sending")
    }

    /// The next frame without its length; `None` when the broker has closed the connection.
    pub(crate) fn receive_frame(&mut self) -> Result<Option<Bytes>> {
        let mut length = [0; 4];
        if !self.fill(&mut length)? {
            return Ok(None);
        }
        let length = usize::try_from(i32::from_be_bytes(length)).doing("length of an answer")?;
        if length > MAX_FRAME {
            return Err(Failure::new(format!("an answer of {length} bytes")));
        }
        let mut frame = vec![0; length];
        Ok(self.fill(&mut frame)?.then(|| Bytes::from(frame)))
    }

    /// Fills the buffer; false when the peer has closed the connection first.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool> {
        match self.stream.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Fails unless the broker closes the connection without another answer.
    pub(crate) fn expect_close(&mut self, after: &str) -> Result {
        match self.receive_frame().doing(format!("waiting for the broker to close the connection after {after}"))? {
            None => Ok(()),
            Some(frame) => Err(Failure::new(format!("{after}: answered with {} bytes", frame.len()))),
        }
    }

    /// Closes the sending half: the broker sees the end of the stream. It may have closed the connection before.
    pub(crate) fn finish(&mut self) -> Result {
        match self.stream.shutdown(Shutdown::Write) {
            Err(e) if e.kind() != ErrorKind::NotConnected => Err(e).doing("closing the sending half"),
            _ => Ok(()),
        }
    }

    /// The versions that the broker and this program both know of an API.
    pub(crate) fn versions<R: Request>(&mut self) -> Result<std::ops::RangeInclusive<i16>> {
        let answer = self.call(0, &ApiVersionsRequest::default())?;
        same("error of ApiVersions", answer.error_code, 0)?;
        let known = answer.api_keys.iter().find(|k| k.api_key == R::KEY);
        let known = known.ok_or_else(|| Failure::new(format!("{} is not advertised", name_of::<R>())))?;
        let ours = <R as Message>::VERSIONS;
        Ok(known.min_version.max(ours.min)..=known.max_version.min(ours.max))
    }
}

/// Header and request, without the length before them.
pub(crate) fn body<R: Request>(version: i16, correlation: i32, request: &R) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation)
        .with_client_id(Some(text("broker-checks")));
    let what = || format!("encoding {} version {version}", name_of::<R>());
    header.encode(&mut bytes, R::header_version(version)).map_err(Failure::of).doing(what())?;
    request.encode(&mut bytes, version).map_err(Failure::of).doing(what())?;
    Ok(bytes)
}

/// A frame: the bytes behind their length.
pub(crate) fn framed(body: &[u8]) -> Result<Vec<u8>> {
    let mut frame = i32::try_from(body.len())?.to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    Ok(frame)
}

/// The API's name, for messages.
fn name_of<R>() -> &'static str {
    std::any::type_name::<R>().rsplit("::").next().unwrap_or_default()
}
