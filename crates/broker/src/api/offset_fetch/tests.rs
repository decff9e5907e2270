//! Fetched offsets in every version: named, all, several groups, unstable ones.

use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::messages::GroupId;
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::protocol::{Decodable as _, Encodable as _};

use super::*;
use crate::clock::Clock;
use crate::config::Fsync;
use crate::journal::{Journal, OffsetEntry};

fn answered(version: i16, offsets: &Offsets, all: bool, stable: bool) -> Vec<(i32, i64, i16)> {
    let (group, topic) = (GroupId(StrBytes::from_static_str("g")), TopicName(StrBytes::from_static_str("t")));
    let mut request = OffsetFetchRequest::default().with_require_stable(stable);
    if version < GROUPS_FROM {
        let topic = OffsetFetchRequestTopic::default().with_name(topic).with_partition_indexes(vec![0, 1, 2]);
        request = request.with_group_id(group).with_topics((!all).then(|| vec![topic]));
    } else {
        let topic = OffsetFetchRequestTopics::default().with_name(topic).with_partition_indexes(vec![0, 1, 2]);
        let group = OffsetFetchRequestGroup::default().with_group_id(group).with_topics((!all).then(|| vec![topic]));
        let other = GroupId(StrBytes::from_static_str("nobody"));
        request =
            request.with_groups(vec![group, OffsetFetchRequestGroup::default().with_group_id(other).with_topics(None)]);
    }
    let mut bytes = BytesMut::new();
    answer(version, offsets, &request).encode(&mut bytes, version).unwrap();
    let back = OffsetFetchResponse::decode(&mut bytes.freeze(), version).unwrap();
    if version < GROUPS_FROM {
        let partitions = back.topics.iter().flat_map(|t| &t.partitions);
        return partitions.map(|p| (p.partition_index, p.committed_offset, p.error_code)).collect();
    }
    assert_eq!((back.groups.len(), back.groups[1].topics.len()), (2, 0));
    let partitions = back.groups[0].topics.iter().flat_map(|t| &t.partitions);
    partitions.map(|p| (p.partition_index, p.committed_offset, p.error_code)).collect()
}

#[test]
fn every_version_tells_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(folder.path(), Fsync::Never).unwrap());
    let offsets = Offsets::open(&journal.state(), Arc::clone(&journal), Clock::manual(0), 1);
    let entry = |partition, offset| OffsetEntry {
        topic: "t".into(),
        partition,
        offset,
        leader_epoch: 3,
        metadata: "m".into(),
        committed_ms: 0,
    };
    offsets.commit("g", vec![entry(0, 5), entry(1, 6)]).unwrap();
    offsets.pend("g", 9, &[("t".to_owned(), 1), ("t".to_owned(), 2)]);
    for version in OffsetFetch::VERSIONS {
        assert_eq!(answered(version, &offsets, false, false), [(0, 5, 0), (1, 6, 0), (2, -1, 0)], "v{version}");
        if version >= 2 {
            assert_eq!(answered(version, &offsets, true, false), [(0, 5, 0), (1, 6, 0)], "v{version}");
        }
        if version >= 7 {
            assert_eq!(answered(version, &offsets, false, true), [(0, 5, 0), (1, -1, 88), (2, -1, 88)]);
        }
    }
}
