//! Frames that no client sends: the connection is closed, or the error is told, and the broker lives.

use bytes::{Buf as _, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, ProduceRequest};
use kafka_protocol::protocol::{Decodable as _, Request as _};

use crate::client::consumer::{Isolation, texts};
use crate::clock::pause_ms;
use crate::outcome::{Doing as _, Failure, Outcome, Result, holds, same};
use crate::target::{Target, metadata};
use crate::wire::ask::{self, AT_ONCE};
use crate::wire::batch::Batch;
use crate::wire::{Connection, body, code, framed};

/// The broker answers a new connection as ever.
fn alive(target: &Target) -> Result {
    let answer = target.connect()?.call(0, &ApiVersionsRequest::default()).doing("a new connection afterwards")?;
    same("ApiVersions afterwards", code(answer.error_code), "none")
}

/// Sends bytes on a new connection, which the broker must close without an answer.
fn refused(target: &Target, what: &str, bytes: &[u8]) -> Result {
    let mut connection = target.connect()?;
    connection.send_bytes(bytes)?;
    connection.expect_close(what)?;
    alive(target).doing(what)
}

/// A request for all topics, which every broker answers.
fn valid() -> Result<BytesMut> {
    body(1, 7, &MetadataRequest::default().with_topics(None))
}

pub(crate) fn lengths(target: &Target) -> Outcome {
    refused(target, "a length of -1", &(-1_i32).to_be_bytes())?;
    refused(target, "the smallest length", &i32::MIN.to_be_bytes())?;
    refused(target, "a length of 2 GB", &i32::MAX.to_be_bytes())?;
    refused(target, "a length of 1 GB and some bytes", &[&(1_i32 << 30).to_be_bytes()[..], &[0; 100]].concat())?;
    for length in [1_i32, 2, 4, 7] {
        let frame = [&length.to_be_bytes()[..], &vec![0; usize::try_from(length)?]].concat();
        refused(target, &format!("a frame of {length} bytes"), &frame)?;
    }
    Ok("negative, huge, and too short for a header: closed".to_owned())
}

pub(crate) fn truncated(target: &Target) -> Outcome {
    let whole = body(3, 7, &ask::produce_request("check-absent", 1, None, Batch::of(&["x"], 1).encode()))?;
    // The frame is whole, what it holds is not.
    for cut in (8..whole.len()).step_by(3) {
        refused(target, &format!("a request cut to {cut} of {} bytes", whole.len()), &framed(&whole[..cut])?)?;
    }
    // The client goes away in the middle of a frame.
    let frame = framed(&whole)?;
    for cut in [1, 4, 10, frame.len() - 1] {
        let mut connection = target.connect()?;
        connection.send_bytes(&frame[..cut])?;
        connection.finish()?;
        connection.expect_close("half a frame")?;
    }
    alive(target)?;
    Ok(format!("a request of {} bytes, cut everywhere", whole.len()))
}

pub(crate) fn counts(target: &Target) -> Outcome {
    // Header of a version without tagged fields, then the number of topics that are said to follow.
    for (what, count) in [("2 billion topics", i32::MAX), ("a million topics", 1_000_000), ("-2 topics", -2)] {
        let mut request = valid()?;
        let end = request.len() - 4;
        request.truncate(end);
        request.extend_from_slice(&count.to_be_bytes());
        let mut connection = target.connect()?;
        connection.send_bytes(&framed(&request)?)?;
        // A negative count other than -1 may be read as "all topics".
        let answer = connection.receive_frame()?;
        holds(answer.is_none() || count == -2, format!("{what}: answered"))?;
        alive(target).doing(what)?;
    }
    let mut request = body(8, 7, &ask::produce_request("check-absent", 1, None, vec![0; 50]))?;
    let at = request.len() - 54;
    request[at..at + 4].copy_from_slice(&i32::MAX.to_be_bytes());
    refused(target, "records of 2 GB in a small frame", &framed(&request)?)?;
    Ok("counts and lengths larger than the frame: closed".to_owned())
}

pub(crate) fn garbage(target: &Target) -> Outcome {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state & 0xff) as u8
    };
    for length in [8_usize, 12, 40, 300, 5_000] {
        for _ in 0..8 {
            let noise = (0..length).map(|_| byte()).collect::<Vec<_>>();
            let mut connection = target.connect()?;
            connection.send_bytes(&framed(&noise)?)?;
            connection.finish()?;
            connection.expect_close("noise")?;
        }
    }
    for text in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}"] {
        let mut connection = target.connect()?;
        connection.send_bytes(text.as_bytes())?;
        connection.finish()?;
        connection.expect_close("another protocol")?;
    }
    alive(target)?;
    Ok("40 frames of noise, HTTP and TLS: closed".to_owned())
}

pub(crate) fn garbage_after_a_real_header(target: &Target) -> Outcome {
    let versions = target.connect()?.call(0, &ApiVersionsRequest::default())?.api_keys;
    let mut sent = 0;
    // The client APIs: those of controllers and of other brokers trust their peers.
    for known in versions.iter().filter(|k| k.api_key <= 47 && ![4, 5, 6, 7, 27].contains(&k.api_key)) {
        for version in [known.min_version, known.max_version] {
            for fill in [0xff_u8, 0x7f] {
                let mut request = BytesMut::new();
                request.extend_from_slice(&known.api_key.to_be_bytes());
                request.extend_from_slice(&version.to_be_bytes());
                request.extend_from_slice(&[0, 0, 0, 9, 0xff, 0xff]);
                request.extend_from_slice(&[fill; 60]);
                let mut connection = target.connect()?;
                connection.send_bytes(&framed(&request)?)?;
                connection.finish()?;
                // Some APIs have no fields, or read these as something; what counts is that nothing else suffers.
                while connection.receive_frame()?.is_some() {}
                sent += 1;
            }
        }
    }
    alive(target)?;
    Ok(format!("{sent} requests with noise for a body"))
}

pub(crate) fn unknown_api(target: &Target) -> Outcome {
    for key in [-1_i16, 4_242, i16::MAX] {
        let mut request = BytesMut::from(&key.to_be_bytes()[..]);
        request.extend_from_slice(&[0, 0, 0, 0, 0, 1, 0xff, 0xff]);
        refused(target, &format!("API key {key}"), &framed(&request)?)?;
    }
    Ok("closed".to_owned())
}

pub(crate) fn unknown_version(target: &Target) -> Outcome {
    for version in [-1_i16, 99, i16::MAX] {
        let mut request = valid()?;
        request[2..4].copy_from_slice(&version.to_be_bytes());
        refused(target, &format!("Metadata of version {version}"), &framed(&request)?)?;
    }
    let mut request = valid()?;
    request[..2].copy_from_slice(&ProduceRequest::KEY.to_be_bytes());
    request[2..4].copy_from_slice(&2_i16.to_be_bytes());
    refused(target, "Produce of version 2", &framed(&request)?)?;
    Ok("closed".to_owned())
}

pub(crate) fn versions_too_new(target: &Target) -> Outcome {
    // A client of the future: its header has tagged fields, as that of every ApiVersions request since version 3.
    let mut request = body(3, 77, &named_client())?;
    request[2..4].copy_from_slice(&90_i16.to_be_bytes());
    let mut connection = target.connect()?;
    connection.send_bytes(&framed(&request)?)?;
    let closed = || Failure::new("the connection was closed instead");
    let mut answer = connection.receive_frame()?.ok_or_else(closed)?;
    same("correlation id", answer.get_i32(), 77)?;
    let answer = ApiVersionsResponse::decode(&mut answer, 0).map_err(Failure::of).doing("a version 0 answer")?;
    same("error", code(answer.error_code), "UnsupportedVersion")?;
    let listed = answer.api_keys.iter().find(|k| k.api_key == ApiVersionsRequest::KEY);
    holds(listed.is_some_and(|k| k.max_version >= 3), format!("ApiVersions itself: {listed:?}"))?;
    // The client asks again with what it has learnt, on the same connection.
    let again = connection.call(3, &named_client())?;
    same("asked again", code(again.error_code), "none")?;
    Ok("answered in version 0, asked again on the same connection".to_owned())
}

fn named_client() -> ApiVersionsRequest {
    use crate::wire::text;
    ApiVersionsRequest::default().with_client_software_name(text("checks")).with_client_software_version(text("1.0"))
}

pub(crate) fn bad_client_names(target: &Target) -> Outcome {
    use crate::wire::text;
    let request = named_client().with_client_software_name(text(" not a name! "));
    let mut connection = target.connect()?;
    same("a bad name", code(connection.call(3, &request)?.error_code), "InvalidRequest")?;
    alive(target)?;
    Ok("refused by its code".to_owned())
}

pub(crate) fn pipelined(target: &Target) -> Outcome {
    let topic = target.topic("pipelined", 1, &[])?;
    let mut connection = target.connect()?;
    let mut sent = Vec::new();
    for i in 0..100 {
        let batch = Batch::of(&[&i.to_string()], 1).encode();
        sent.push(connection.send(8, &ask::produce_request(&topic, -1, None, batch))?);
    }
    for (correlation, offset) in sent.into_iter().zip(0..) {
        let answer = connection.receive::<ProduceRequest>(8, correlation)?;
        let parts = answer.responses.iter().flat_map(|t| &t.partition_responses);
        let seen = parts.map(|p| (code(p.error_code), p.base_offset)).collect::<Vec<_>>();
        same("answer", seen, [("none".to_owned(), offset)])?;
    }
    same("records", ask::values(&mut connection, &topic)?, (0..100).map(|i| i.to_string()).collect::<Vec<_>>())?;
    Ok("100 requests before the first answer was read, answered in order".to_owned())
}

pub(crate) fn byte_by_byte(target: &Target) -> Outcome {
    let topic = target.topic("bytes", 1, &[])?;
    let frame = framed(&body(8, 5, &ask::produce_request(&topic, -1, None, Batch::of(&["slow"], 1).encode()))?)?;
    let mut connection = target.connect()?;
    for byte in &frame {
        connection.send_bytes(&[*byte])?;
        pause_ms(1);
    }
    let answer = connection.receive::<ProduceRequest>(8, 5)?;
    same("answers", answer.responses.len(), 1)?;
    same("the record", ask::values(&mut connection, &topic)?, ["slow"])?;
    Ok(format!("{} bytes, one at a time", frame.len()))
}

pub(crate) fn stalled(target: &Target) -> Outcome {
    let topic = target.topic("stalled", 1, &[])?;
    let frame = framed(&body(8, 5, &ask::produce_request(&topic, -1, None, Batch::large(90_000, 1).encode()))?)?;
    let mut halves = Vec::new();
    for _ in 0..50 {
        let mut connection = target.connect()?;
        connection.send_bytes(&frame[..frame.len() / 2])?;
        halves.push(connection);
    }
    let mut connection = target.connect()?;
    ask::produce(&mut connection, &topic, &Batch::of(&["others"], 1))?;
    same("records meanwhile", texts(target, &topic, 1, Isolation::Committed)?, ["others"])?;
    for half in &mut halves {
        half.send_bytes(&frame[frame.len() / 2..])?;
        half.receive::<ProduceRequest>(8, 5)?;
    }
    same("records", ask::span(&mut connection, &topic)?, (0, 51))?;
    Ok("50 clients that stopped halfway hinder nobody, and may go on".to_owned())
}

pub(crate) fn gone_while_waiting(target: &Target) -> Outcome {
    let topic = target.topic("gone", 1, &[])?;
    for _ in 0..20 {
        let mut connection: Connection = target.connect()?;
        let limits = ask::Limits { max_wait_ms: 30_000, min_bytes: 1, ..AT_ONCE };
        connection.send(10, &ask::fetch_request(&topic, 0, limits))?;
    }
    let mut connection = target.connect()?;
    ask::produce(&mut connection, &topic, &Batch::of(&["x"], 1))?;
    metadata(&mut connection, &topic)?;
    alive(target)?;
    Ok("20 clients went away while a fetch waited".to_owned())
}
