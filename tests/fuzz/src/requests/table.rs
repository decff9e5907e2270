//! The APIs: how to make up a request of each, and how to read its answer.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable as _, Encodable as _, HeaderVersion, Request};

use super::{Maker, Sample, text};
use crate::known::Known;

/// An API of the broker.
pub(crate) struct Api {
    /// Its key.
    pub(crate) key: i16,
    /// Its first and last version.
    pub(crate) versions: (i16, i16),
    /// Makes up a request of a version with a correlation id, without the frame's length. Errors: the version lacks a
    /// field that was set, a defect of the harness.
    pub(crate) make: fn(&mut Maker<'_>, i16, i32) -> Result<Vec<u8>, String>,
    /// Reads the answer, all but its length, to a request of a version about a subject, and learns from it. Errors: it
    /// is not an answer of that version.
    pub(crate) read: fn(Bytes, i16, &str, &mut Known) -> Result<(), String>,
}

const fn api<R: Sample>(first: i16, last: i16) -> Api {
    Api { key: R::KEY, versions: (first, last), make: make::<R>, read: read::<R> }
}

/// All of them, with the versions that the broker advertises.
pub(crate) static TABLE: [Api; 34] = [
    api::<ProduceRequest>(3, 11),
    api::<FetchRequest>(4, 12),
    api::<ListOffsetsRequest>(1, 8),
    api::<MetadataRequest>(0, 12),
    api::<OffsetCommitRequest>(2, 9),
    api::<OffsetFetchRequest>(1, 9),
    api::<FindCoordinatorRequest>(0, 4),
    api::<JoinGroupRequest>(0, 9),
    api::<HeartbeatRequest>(0, 4),
    api::<LeaveGroupRequest>(0, 5),
    api::<SyncGroupRequest>(0, 5),
    api::<DescribeGroupsRequest>(0, 5),
    api::<ListGroupsRequest>(0, 5),
    api::<ApiVersionsRequest>(0, 4),
    api::<CreateTopicsRequest>(2, 7),
    api::<DeleteTopicsRequest>(1, 6),
    api::<DeleteRecordsRequest>(0, 2),
    api::<InitProducerIdRequest>(0, 4),
    api::<OffsetForLeaderEpochRequest>(2, 4),
    api::<AddPartitionsToTxnRequest>(0, 3),
    api::<AddOffsetsToTxnRequest>(0, 3),
    api::<EndTxnRequest>(0, 3),
    api::<TxnOffsetCommitRequest>(0, 3),
    api::<DescribeConfigsRequest>(1, 4),
    api::<AlterConfigsRequest>(0, 2),
    api::<DescribeLogDirsRequest>(1, 4),
    api::<CreatePartitionsRequest>(0, 3),
    api::<DeleteGroupsRequest>(0, 2),
    api::<IncrementalAlterConfigsRequest>(0, 1),
    api::<OffsetDeleteRequest>(0, 0),
    api::<DescribeClusterRequest>(0, 1),
    api::<DescribeProducersRequest>(0, 0),
    api::<DescribeTransactionsRequest>(0, 0),
    api::<ListTransactionsRequest>(0, 1),
];

/// The API with a key, if it has that version.
pub(crate) fn find(key: i16, version: i16) -> Option<&'static Api> {
    TABLE.iter().find(|api| api.key == key && (api.versions.0..=api.versions.1).contains(&version))
}

fn make<R: Sample>(maker: &mut Maker<'_>, version: i16, correlation: i32) -> Result<Vec<u8>, String> {
    maker.subject.clear();
    maker.may_close = false;
    let request = R::sample(maker, version);
    encode(&request, version, correlation)
}

/// Header and request, without the frame's length.
pub(crate) fn encode<R: Request>(request: &R, version: i16, correlation: i32) -> Result<Vec<u8>, String> {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation)
        .with_client_id(Some(text("fuzz")));
    let mut bytes = BytesMut::new();
    let what = |e: &dyn std::fmt::Display| format!("{} version {version}: {e}", std::any::type_name::<R>());
    header.encode(&mut bytes, R::header_version(version)).map_err(|e| what(&e))?;
    request.encode(&mut bytes, version).map_err(|e| what(&e))?;
    Ok(bytes.to_vec())
}

fn read<R: Sample>(mut frame: Bytes, version: i16, subject: &str, known: &mut Known) -> Result<(), String> {
    R::learn(&decode::<R>(&mut frame, version)?, subject, known);
    Ok(())
}

/// The answer to a request of that version. Errors: it is none.
pub(crate) fn decode<R: Request>(frame: &mut Bytes, version: i16) -> Result<R::Response, String> {
    // ApiVersions answers have the oldest header for ever: the client does not know yet what the broker speaks.
    let is_api_versions = R::KEY == ApiVersionsRequest::KEY;
    let header = if is_api_versions { 0 } else { <R::Response as HeaderVersion>::header_version(version) };
    let what = |e: &dyn std::fmt::Display| format!("answer of {} version {version}: {e}", std::any::type_name::<R>());
    ResponseHeader::decode(frame, header).map_err(|e| what(&e))?;
    let answer = R::Response::decode(frame, version).map_err(|e| what(&e))?;
    if frame.is_empty() { Ok(answer) } else { Err(what(&format!("{} bytes behind it", frame.len()))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::of_part;

    fn made(seed: u64) -> Vec<Vec<u8>> {
        let (mut chance, mut known) = (of_part(seed, 0), Known::default());
        known.producer(Some("txn-1"), 5, 0);
        known.member("group-1", "somebody", 3);
        let mut maker = Maker {
            chance: &mut chance,
            known: &mut known,
            now_ms: 1_700_000_000_000,
            subject: String::new(),
            may_close: false,
            focus: None,
        };
        let mut all = Vec::new();
        for api in &TABLE {
            for version in api.versions.0..=api.versions.1 {
                all.extend((0..30).map(|n| (api.make)(&mut maker, version, n).unwrap()));
            }
        }
        all
    }

    #[test]
    fn every_version_of_every_api_can_be_expressed_and_depends_on_the_seed_alone() {
        let all = made(1);
        assert_eq!(all, made(1));
        assert_ne!(all, made(2));
        let keys = all.iter().map(|frame| i16::from_be_bytes([frame[0], frame[1]]));
        assert_eq!(keys.collect::<std::collections::BTreeSet<_>>().len(), TABLE.len());
    }
}
