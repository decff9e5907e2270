//! The shapes against the decoder's own encoding, and the guard against damaged requests.

use bytes::{Bytes, BytesMut};
use fastrand::Rng;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::Request;

use super::generate::{body, damage};
use super::*;

const ELEMENTS: usize = 1_000;

/// Calls `$prove::<Request>(versions, rng)` for all APIs in all versions that are to be served.
macro_rules! every_request {
    ($prove:ident, $rng:expr) => {
        every_request!($prove, $rng, [
            ProduceRequest 3 11, FetchRequest 4 12, ListOffsetsRequest 1 8, MetadataRequest 0 12,
            OffsetCommitRequest 2 9, OffsetFetchRequest 1 9, FindCoordinatorRequest 0 4, JoinGroupRequest 0 9,
            HeartbeatRequest 0 4, LeaveGroupRequest 0 5, SyncGroupRequest 0 5, DescribeGroupsRequest 0 5,
            ListGroupsRequest 0 5, ApiVersionsRequest 0 4, CreateTopicsRequest 2 7, DeleteTopicsRequest 1 6,
            DeleteRecordsRequest 0 2, InitProducerIdRequest 0 4, OffsetForLeaderEpochRequest 2 4,
            AddPartitionsToTxnRequest 0 3, AddOffsetsToTxnRequest 0 3, EndTxnRequest 0 3, TxnOffsetCommitRequest 0 3,
            DescribeConfigsRequest 1 4, AlterConfigsRequest 0 2, IncrementalAlterConfigsRequest 0 1,
            DescribeLogDirsRequest 1 4, CreatePartitionsRequest 0 3, DeleteGroupsRequest 0 2, OffsetDeleteRequest 0 0,
            DescribeClusterRequest 0 1, DescribeProducersRequest 0 0, DescribeTransactionsRequest 0 0,
            ListTransactionsRequest 0 1,
        ])
    };
    ($prove:ident, $rng:expr, [$($request:ident $from:literal $to:literal,)*]) => {
        $(for version in $from..=$to { $prove::<$request>(version, $rng); })*
    };
}

fn decoded<R: Request>(version: i16, bytes: &[u8]) -> Result<(R, usize), String> {
    let mut bytes = Bytes::copy_from_slice(bytes);
    let request = R::decode(&mut bytes, version).map_err(|e| e.to_string())?;
    Ok((request, bytes.len()))
}

fn encoded<R: Request>(version: i16, request: &R) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    request.encode(&mut bytes, version).unwrap_or_else(|e| panic!("api {} version {version}: {e}", R::KEY));
    bytes.to_vec()
}

fn shape<R: Request>() -> &'static Shape {
    shape_of(R::KEY).unwrap_or_else(|| panic!("api {} has no shape", R::KEY))
}

/// What the decoder makes of well-formed bytes is what they say, and the guard accepts what the encoder writes.
fn agrees<R: Request + Default>(version: i16, rng: &mut Rng) {
    let shape = shape::<R>();
    let at = format!("api {} version {version}", R::KEY);
    assert_eq!(R::header_version(version), if shape.is_flexible(version) { 2 } else { 1 }, "{at}");
    let default = encoded(version, &R::default());
    assert_eq!(check(shape, version, &default, ELEMENTS), Ok(0), "{at}: default {default:?}");
    for _ in 0..100 {
        let (made, known_tags) = body(shape, version, rng);
        assert_eq!(check(shape, version, &made, ELEMENTS), Ok(0), "{at}: {made:?}");
        let (request, left) = decoded::<R>(version, &made).unwrap_or_else(|e| panic!("{at}: {e}: {made:?}"));
        assert_eq!(left, 0, "{at}: {made:?}");
        let again = encoded(version, &request);
        // A tagged field of its default value is not written again, and booleans are written as 0 or 1.
        if !known_tags {
            assert_eq!(again.len(), made.len(), "{at}: {made:?}");
        }
        assert_eq!(check(shape, version, &again, ELEMENTS), Ok(0), "{at}: {again:?}");
        // Nothing may be missing, nothing may follow.
        for cut in 0..again.len() {
            assert!(check(shape, version, &again[..cut], ELEMENTS).is_err(), "{at}: {again:?} cut at {cut}");
        }
        assert_eq!(check(shape, version, &[&again[..], &[0]].concat(), ELEMENTS), Ok(1), "{at}");
    }
}

#[test]
fn shapes_are_what_the_decoder_reads() {
    let rng = &mut Rng::with_seed(3);
    every_request!(agrees, rng);
}

/// What the guard accepts the decoder can take; what it refuses for its content the decoder refuses too.
fn survives<R: Request + Default>(version: i16, rng: &mut Rng) {
    let shape = shape::<R>();
    for _ in 0..1_300 {
        let (mut bytes, _) = body(shape, version, rng);
        damage(&mut bytes, rng);
        match check(shape, version, &bytes, ELEMENTS) {
            Ok(after) => {
                let result = decoded::<R>(version, &bytes).map(|(_, left)| left);
                assert_eq!(result, Ok(after), "api {} version {version}: {bytes:?}", R::KEY);
            }
            Err(fault) if fault.is_of_content() => {
                let result = decoded::<R>(version, &bytes);
                assert!(result.is_err(), "api {} version {version}: {fault}: {bytes:?}", R::KEY);
            }
            Err(_) => {}
        }
    }
}

#[test]
fn damaged_requests_do_no_harm() {
    let rng = &mut Rng::with_seed(4);
    every_request!(survives, rng);
}

#[test]
fn hostile_lengths_and_counts_are_refused() {
    let metadata = shape::<MetadataRequest>();
    for (version, bytes, fault) in [
        (0, &[0x7f, 0xff, 0xff, 0xff][..], "topics: the bytes end too early"),
        (0, &[0xff, 0xff, 0xff, 0xfe], "topics: negative length"),
        (0, &[0, 0, 0, 1, 0x80, 0], "topics[0].name: negative length"),
        (0, &[0, 0, 0, 2, 0, 1, b'a', 0, 1, 0xff], "topics[1].name: not UTF-8"),
        (9, &[0xff, 0xff, 0xff, 0xff, 0x0f], "topics: the bytes end too early"),
        (9, &[0xff, 0xff, 0xff, 0xff, 0x10], "topics: a number of more than 32 bits"),
        (9, &[2, 0xff, 0xff, 0xff, 0xff, 0x0f], "topics[0].name: the bytes end too early"),
        (9, &[0, 0, 0, 0, 0xff, 0xff, 0x03, 0], "the bytes end too early"),
    ] {
        let result = check(metadata, version, bytes, ELEMENTS).map_err(|fault| fault.to_string());
        assert_eq!(result, Err(fault.to_owned()), "version {version}: {bytes:?}");
    }
}

#[test]
fn elements_are_bounded_all_together() {
    let names = |count: u32| [&count.to_be_bytes()[..], &[0, 0].repeat(count as usize)].concat();
    let metadata = shape::<MetadataRequest>();
    assert_eq!(check(metadata, 0, &names(1_000), 1_000), Ok(0));
    assert_eq!(
        check(metadata, 0, &names(1_001), 1_000).map_err(|fault| fault.to_string()),
        Err("topics: too many elements in one request".to_owned())
    );
    // A topic and its partitions: nested elements count too.
    let mut bytes = [&[0, 0, 0, 1, 0, 1, b't', 0, 0, 3, 0xe8][..], &[0; 4_000], &[0; 4]].concat();
    bytes[7..11].copy_from_slice(&1_000_u32.to_be_bytes());
    let describe = shape::<AddPartitionsToTxnRequest>();
    let body = [&[0, 0][..], &[0; 10], &bytes[..bytes.len() - 4]].concat();
    assert_eq!(check(describe, 0, &body, 1_001), Ok(0));
    let fault = check(describe, 0, &body, 1_000).unwrap_err().to_string();
    assert_eq!(fault, "v3_and_below_topics[0].partitions: too many elements in one request");
    // Tagged fields are kept by the decoder too.
    let tags = [&[0, 0, 0, 0, 0x82, 0x10][..], &[5, 0].repeat(2_050)].concat();
    assert!(check(metadata, 9, &tags, 1_000).unwrap_err().to_string().contains("too many elements"));
    assert_eq!(check(metadata, 9, &tags, 3_000), Ok(0));
}

#[test]
fn tags_of_later_versions_are_refused() {
    // Fetch 12: tag 1 came with version 15.
    let fetch = shape::<FetchRequest>();
    let fixed = [0; 4 * 4 + 1 + 2 * 4];
    let bytes = [&fixed[..], &[1, 1, 1], &[1, 1, 0]].concat();
    assert_eq!(
        check(fetch, 12, &bytes, ELEMENTS).map_err(|fault| fault.to_string()),
        Err("replica_state: a tag of a later version".to_owned())
    );
}

#[test]
fn tagged_fields_of_a_header_are_measured() {
    assert_eq!(header_tags(&[0, 9, 9], ELEMENTS), Ok(1));
    assert_eq!(header_tags(&[1, 7, 2, 0, 0, 9], ELEMENTS), Ok(5));
    for bytes in [&[][..], &[1], &[1, 7], &[1, 7, 3, 0, 0], &[0xff, 0xff, 0xff, 0xff, 0x0f]] {
        assert!(header_tags(bytes, ELEMENTS).is_err(), "{bytes:?}");
    }
}
