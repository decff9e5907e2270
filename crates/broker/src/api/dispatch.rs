//! From a request's bytes to its answer's bytes.

use std::fmt;
use std::ops::RangeInclusive;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse};
use kafka_protocol::protocol::{Decodable as _, Encodable, HeaderVersion, Request};

use super::{Api, Cx, TABLE, api_versions};
use crate::net::Connection;
use crate::node::Node;
use crate::wire::{Fault, Shape, check, header_tags, shape_of};

/// Bytes of an answer before its body: length, correlation id, and an empty set of tagged fields.
const ANSWER_HEAD: usize = 9;
const LENGTH_BYTES: usize = 4;

/// An API in the table.
pub(crate) struct Entry {
    /// Its key.
    pub(crate) key: i16,
    /// Its versions.
    pub(crate) versions: RangeInclusive<i16>,
    /// What its requests look like; every entry has one.
    pub(crate) shape: Option<&'static Shape>,
    serve: Serve,
}

/// Decodes a body, serves it, and encodes the answer to that correlation id.
type Serve = fn(&Node, &Cx<'_>, i32, Bytes) -> Result<Option<BytesMut>, Refused>;

/// The table's line for an API.
pub(super) const fn entry<A: Api>() -> Entry {
    let key = <A::Request as Request>::KEY;
    Entry { key, versions: A::VERSIONS, shape: shape_of(key), serve: served::<A> }
}

/// Why a request gets no answer and its connection is closed, as Apache Kafka does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The request is shorter than its header.
    Header,
    /// An API that this broker does not have.
    Api(i16),
    /// A version of an API that this broker does not have.
    Version(i16, i16),
    /// A request whose bytes make no sense.
    Malformed(i16, i16, Fault),
    /// A request that the decoder refuses although it is well formed.
    Undecodable(i16, i16, String),
    /// An answer that its version cannot express: a defect of the handler.
    Unanswerable(i16, i16, String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("a request without a whole header"),
            Self::Api(key) => write!(f, "api {} is not served here", Name(*key)),
            Self::Version(key, version) => write!(f, "version {version} of {} is not served here", Name(*key)),
            Self::Malformed(key, version, fault) => {
                write!(f, "malformed request {} version {version}: {fault}", Name(*key))
            }
            Self::Undecodable(key, version, why) => {
                write!(f, "request {} version {version} cannot be decoded: {why}", Name(*key))
            }
            Self::Unanswerable(key, version, why) => {
                write!(f, "the answer to {} version {version} cannot be encoded: {why}", Name(*key))
            }
        }
    }
}

impl Refused {
    /// Whether it is this broker's fault.
    pub(crate) fn is_defect(&self) -> bool {
        matches!(self, Self::Unanswerable(..) | Self::Undecodable(..))
    }
}

/// An API for people: its name where it has one.
struct Name(i16);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ApiKey::try_from(self.0) {
            Ok(key) => write!(f, "{key:?}"),
            Err(()) => write!(f, "{}", self.0),
        }
    }
}

/// Serves one request, blocking while its handler waits.
///
/// `frame` is the request without its length. Gives the answer with its length, or `None` when the client wants none.
/// Errors: the connection must be closed, there is no way to say what is wrong.
pub(crate) fn serve(node: &Node, connection: &Connection, mut frame: Bytes) -> Result<Option<BytesMut>, Refused> {
    let head: &[u8; 8] = frame.first_chunk().ok_or(Refused::Header)?;
    let [k0, k1, v0, v1, c0, c1, c2, c3] = *head;
    let (key, version) = (i16::from_be_bytes([k0, k1]), i16::from_be_bytes([v0, v1]));
    let correlation = i32::from_be_bytes([c0, c1, c2, c3]);
    frame.advance(head.len());

    let entry = TABLE.iter().find(|entry| entry.key == key).ok_or(Refused::Api(key))?;
    if !entry.versions.contains(&version) {
        return match key == ApiKey::ApiVersions as i16 {
            true => unknown_api_versions(correlation).map(Some),
            false => Err(Refused::Version(key, version)),
        };
    }
    let shape = entry.shape.ok_or(Refused::Api(key))?;
    let malformed = |fault| Refused::Malformed(key, version, fault);
    let client_id = client_id(&mut frame).ok_or(Refused::Header)?;
    let max_elements = node.config.limits.request_elements;
    if shape.is_flexible(version) {
        let tags = header_tags(&frame, max_elements).map_err(malformed)?;
        frame.advance(tags);
    }
    check(shape, version, &frame, max_elements).map_err(malformed)?;
    let cx = Cx { version, client_id, peer: connection.peer(), connection, node };
    (entry.serve)(node, &cx, correlation, frame)
}

/// Takes the client id off a header: a string with a length of two bytes, or null, in every version.
fn client_id(frame: &mut Bytes) -> Option<String> {
    let length = i16::from_be_bytes(*frame.first_chunk()?);
    frame.advance(2);
    if length == -1 {
        return Some(String::new());
    }
    let length = usize::try_from(length).ok()?;
    let id = std::str::from_utf8(frame.get(..length)?).ok()?.to_owned();
    frame.advance(length);
    Some(id)
}

fn served<A: Api>(node: &Node, cx: &Cx<'_>, correlation: i32, mut body: Bytes) -> Result<Option<BytesMut>, Refused> {
    let (key, version) = (<A::Request as Request>::KEY, cx.version);
    let request =
        A::Request::decode(&mut body, version).map_err(|e| Refused::Undecodable(key, version, e.to_string()))?;
    match A::handle(node, cx, request) {
        Some(response) => {
            answer(&response, version, correlation).map(Some).map_err(|why| Refused::Unanswerable(key, version, why))
        }
        None => Ok(None),
    }
}

/// A client newer than this broker asks for its versions in a version that this broker does not know: the answer is
/// in version 0, which every client reads, and names the versions of this API (KIP-511).
fn unknown_api_versions(correlation: i32) -> Result<BytesMut, Refused> {
    let response: ApiVersionsResponse = api_versions::unsupported();
    answer(&response, 0, correlation).map_err(|why| Refused::Unanswerable(ApiKey::ApiVersions as i16, 0, why))
}

/// A response with its length and header. Errors: it has a field that its version lacks.
fn answer<R: Encodable + HeaderVersion>(response: &R, version: i16, correlation: i32) -> Result<BytesMut, String> {
    let body = response.compute_size(version).map_err(|e| e.to_string())?;
    let mut bytes = BytesMut::with_capacity(ANSWER_HEAD + body);
    bytes.put_i32(0);
    bytes.put_i32(correlation);
    if R::header_version(version) >= 1 {
        bytes.put_u8(0); // no tagged fields
    }
    response.encode(&mut bytes, version).map_err(|e| e.to_string())?;
    let length = i32::try_from(bytes.len() - LENGTH_BYTES).map_err(|e| e.to_string())?;
    bytes[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(bytes)
}
