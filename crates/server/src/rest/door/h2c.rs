//! HTTP/2 on a connection that began as HTTP/1.1: `Upgrade: h2c` (RFC 7540, 3.2), as some clients come by it that do not know
//! beforehand what a server speaks.
//!
//! The connection is handed to an HTTP/2 server once it is the client's to switch. That server must be told of the request
//! that asked for it: its frames are put behind the client's first ones, as if the client had sent them on stream 1.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_service::Service as _;

use super::{Door, Remote, Side};

/// What only a client that wants to switch sends.
const SETTINGS: &str = "http2-settings";
/// The name of what is switched to.
const H2C: HeaderValue = HeaderValue::from_static("h2c");
/// Largest body of a request that may switch: what a stream takes before its window is opened further. With more, or an
/// unknown length, the request is answered as it came, as is every server's right.
const BODY_BYTES_MAX: usize = 65_535;
/// Largest payload of a frame.
const FRAME_BYTES_MAX: usize = 16_384;
/// Bytes that an HTTP/2 client begins with.
const PREFACE_BYTES: usize = 24;
/// Length, type, flags and stream of a frame.
const FRAME_HEAD_BYTES: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Whether a request asks to go on in HTTP/2, and can.
pub(super) fn wanted(request: &Request) -> bool {
    let headers = request.headers();
    let has = |name: HeaderName, word: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    let length = headers.get(header::CONTENT_LENGTH).map(|n| n.to_str().ok().and_then(|n| n.parse::<usize>().ok()));
    let short = match length {
        Some(length) => length.is_some_and(|n| n <= BODY_BYTES_MAX),
        None => !headers.contains_key(header::TRANSFER_ENCODING),
    };
    request.version() == Version::HTTP_11
        && short
        && has(header::UPGRADE, "h2c")
        && has(header::CONNECTION, "upgrade")
        && headers.contains_key(SETTINGS)
}

/// Says that the connection is switched, and serves it from then on.
pub(super) async fn switch(door: Arc<Door>, side: Side, remote: Remote, mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return (StatusCode::BAD_REQUEST, "The request broke off").into_response();
    };
    let frames = frames(&parts, &body);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => serve(door, side, remote, Injected::new(TokioIo::new(upgraded), frames)).await,
            Err(error) => tracing::debug!(%error, "a connection was not switched to HTTP/2"),
        }
    });
    // In lower case, as ksqlDB's has it: there are clients that compare it so.
    let headers = [(header::CONNECTION, HeaderValue::from_static("upgrade")), (header::UPGRADE, H2C)];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

async fn serve<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(door: Arc<Door>, side: Side, remote: Remote, io: I) {
    let (routes, mut stopping) = (door.service(side), door.stopping.subscribe());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(remote));
        routes.clone().call(request)
    });
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(io), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        // Its owner is gone, or says that it stops: what is open ends first.
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection that was switched to HTTP/2 broke off");
    }
}

/// The request as the client would send it in HTTP/2.
fn frames(parts: &Parts, body: &[u8]) -> Bytes {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = parts.headers.get(header::HOST).map_or(&b""[..], HeaderValue::as_bytes);
    let mut block = Vec::new();
    let own = [(":method", parts.method.as_str().as_bytes()), (":scheme", b"http"), (":path", path.as_bytes())];
    own.iter().for_each(|(name, value)| literal(name, value, &mut block));
    if !host.is_empty() {
        literal(":authority", host, &mut block);
    }
    // What concerns the connection has no place in HTTP/2.
    let left_out = [
        header::HOST,
        header::CONNECTION,
        header::UPGRADE,
        header::TE,
        header::TRANSFER_ENCODING,
        HeaderName::from_static(SETTINGS),
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ];
    for (name, value) in parts.headers.iter().filter(|(name, _)| !left_out.contains(name)) {
        literal(name.as_str(), value.as_bytes(), &mut block);
    }
    let mut out = Vec::new();
    let (mut kind, pieces) = (HEADERS, block.chunks(FRAME_BYTES_MAX));
    let last = pieces.len() - 1;
    for (i, piece) in pieces.enumerate() {
        let ends = if i == last { END_HEADERS } else { 0 };
        let alone = if kind == HEADERS && body.is_empty() { END_STREAM } else { 0 };
        frame(kind, ends | alone, piece, &mut out);
        kind = CONTINUATION;
    }
    let pieces = body.chunks(FRAME_BYTES_MAX);
    let count = pieces.len();
    for (i, piece) in pieces.enumerate() {
        frame(DATA, if i + 1 == count { END_STREAM } else { 0 }, piece, &mut out);
    }
    out.into()
}

/// Appends a frame of stream 1; the payload is short enough for one.
fn frame(kind: u8, flags: u8, payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    out.extend_from_slice(length.get(1..).unwrap_or_default());
    out.extend_from_slice(&[kind, flags, 0, 0, 0, 1]);
    out.extend_from_slice(payload);
}

/// Appends a header that no table is to remember (RFC 7541, 6.2.2).
fn literal(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(0);
    for text in [name.as_bytes(), value] {
        let mut left = text.len();
        if left < 127 {
            out.push(left as u8);
        } else {
            out.push(127);
            left -= 127;
            while left >= 128 {
                out.push((left % 128) as u8 | 128);
                left /= 128;
            }
            out.push(left as u8);
        }
        out.extend_from_slice(text);
    }
}

/// A connection into which something is put behind the client's preface and its first frame.
struct Injected<I> {
    io: I,
    injected: Bytes,
    at: At,
}

/// How far the client's bytes have been read.
enum At {
    /// Within the preface: so many are to come.
    Preface(usize),
    /// Within the head of the first frame.
    Head(Vec<u8>),
    /// Within its payload: so many are to come.
    Payload(usize),
    /// Behind it.
    Behind,
}

impl<I> Injected<I> {
    fn new(io: I, injected: Bytes) -> Self {
        Self { io, injected, at: At::Preface(PREFACE_BYTES) }
    }

    /// Some of the client's bytes have passed.
    fn passed(&mut self, bytes: &[u8]) {
        let n = bytes.len();
        match &mut self.at {
            At::Preface(left) if *left > n => *left -= n,
            At::Preface(_) => self.at = At::Head(Vec::new()),
            At::Head(head) => {
                head.extend_from_slice(bytes);
                if let (FRAME_HEAD_BYTES.., [a, b, c, ..]) = (head.len(), head.as_slice()) {
                    match u32::from_be_bytes([0, *a, *b, *c]) as usize {
                        0 => self.at = At::Behind,
                        length => self.at = At::Payload(length),
                    }
                }
            }
            At::Payload(left) if *left > n => *left -= n,
            At::Payload(_) => self.at = At::Behind,
            At::Behind => {}
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Injected<I> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = match &this.at {
            At::Preface(left) | At::Payload(left) => *left,
            At::Head(head) => FRAME_HEAD_BYTES - head.len(),
            At::Behind if this.injected.is_empty() => return Pin::new(&mut this.io).poll_read(context, buf),
            At::Behind => {
                let n = buf.remaining().min(this.injected.len());
                buf.put_slice(&this.injected.split_to(n));
                return Poll::Ready(Ok(()));
            }
        };
        let mut space = [0; 256];
        let n = left.min(space.len()).min(buf.remaining());
        let mut part = ReadBuf::new(space.get_mut(..n).unwrap_or_default());
        ready!(Pin::new(&mut this.io).poll_read(context, &mut part))?;
        buf.put_slice(part.filled());
        this.passed(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Injected<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::post("/ksql?a=1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_whole_requests_switch() {
        let asking = [("upgrade", "h2c"), ("connection", "Upgrade, HTTP2-Settings"), ("http2-settings", "AAMAAABk")];
        assert!(wanted(&request(&asking)));
        for without in 0..asking.len() {
            let some: Vec<_> = asking.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, h)| *h).collect();
            assert!(!wanted(&request(&some)), "{some:?}");
        }
        for (name, value, want) in [
            ("content-length", "65535", true),
            ("content-length", "65536", false),
            ("transfer-encoding", "chunked", false),
        ] {
            assert_eq!(wanted(&request(&[&asking[..], &[(name, value)]].concat())), want, "{name}: {value}");
        }
    }

    #[test]
    fn the_request_becomes_frames() {
        let long = "x".repeat(20_000);
        let (parts, _) = request(&[("host", "h"), ("connection", "Upgrade"), ("x-long", &long)]).into_parts();
        let out = frames(&parts, b"body");
        let (first, rest) = out.split_at(9 + FRAME_BYTES_MAX);
        assert_eq!(first[..9], [0, 0x40, 0, HEADERS, 0, 0, 0, 0, 1]);
        assert!(
            first[9..].starts_with(
                b"\0\x07:method\x04POST\0\x07:scheme\x04http\0\x05:path\x09/ksql?a=1\0\x0a:authority\x01h"
            )
        );
        assert!(!first.windows(10).any(|w| w == b"connection"));
        assert_eq!((rest[3], rest[4]), (CONTINUATION, END_HEADERS));
        assert!(out.ends_with(&[0, 0, 4, DATA, END_STREAM, 0, 0, 0, 1, b'b', b'o', b'd', b'y']));
        let mut sized = Vec::new();
        literal("n", &[b'v'; 300], &mut sized);
        assert_eq!(sized[..5], [0, 1, b'n', 127, 173]);
        assert_eq!(sized[5], 1);
    }

    #[tokio::test]
    async fn the_frames_come_behind_the_clients_first() {
        for payload in [0u8, 6] {
            let mut sent = vec![b'P'; PREFACE_BYTES];
            sent.extend_from_slice(&[0, 0, payload, 4, 0, 0, 0, 0, 0]);
            sent.extend(std::iter::repeat_n(b's', payload.into()));
            let first = sent.len();
            sent.extend_from_slice(b"more");
            let mut read = Vec::new();
            Injected::new(io::Cursor::new(sent.clone()), Bytes::from_static(b"IN"))
                .read_to_end(&mut read)
                .await
                .unwrap();
            assert_eq!(read, [&sent[..first], b"IN", b"more"].concat());
        }
    }
}
