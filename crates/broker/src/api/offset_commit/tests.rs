//! Commits by partition: what is kept, what is refused and with which code.

use std::sync::Arc;

use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::{GroupId, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::*;
use crate::clock::Clock;
use crate::config::{Fsync, Limits};
use crate::journal::Journal;

fn request(group: &'static str, generation: i32, partitions: &[(i32, &'static str)]) -> OffsetCommitRequest {
    let partition = |(index, metadata): &(i32, &'static str)| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(*index)
            .with_committed_offset(7)
            .with_committed_metadata(Some(StrBytes::from_static_str(metadata)))
    };
    let topic = OffsetCommitRequestTopic::default()
        .with_name(TopicName(StrBytes::from_static_str("t")))
        .with_partitions(partitions.iter().map(partition).collect());
    OffsetCommitRequest::default()
        .with_group_id(GroupId(StrBytes::from_static_str(group)))
        .with_generation_id_or_member_epoch(generation)
        .with_topics(vec![topic])
}

#[test]
fn each_partition_has_its_own_answer() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(folder.path(), Fsync::Never).unwrap());
    let clock = Clock::manual(1_000);
    let offsets = Offsets::open(&journal.state(), Arc::clone(&journal), clock.clone(), 1);
    let groups = Groups::new(clock, &Limits::default(), 0);
    let codes = |version, generation, partitions: &[(i32, &'static str)]| -> Vec<i16> {
        let committer = Committer { version, groups: &groups, offsets: &offsets, metadata_bytes: 4, now_ms: 5 };
        let answer = committer.answer(&request("g", generation, partitions), |_, partition| partition < 3);
        answer.topics[0].partitions.iter().map(|p| p.error_code).collect()
    };
    assert_eq!(codes(2, -1, &[(0, "ok"), (1, "12345"), (3, ""), (2, "äöüß")]), [0, 12, 3, 0]);
    let kept: Vec<_> = offsets.fetch_all("g").into_iter().flat_map(|(_, p)| p).map(|(p, ..)| p).collect();
    assert_eq!(kept, [0, 2]);
    assert_eq!(offsets.fetch("g", "t", 0).unwrap().committed_ms, 5);
    // A generation of a group without members; only what exists is refused for that.
    assert_eq!(codes(8, 1, &[(0, ""), (1, "12345"), (3, "")]), [25, 25, 3]);
    assert_eq!(codes(9, 1, &[(0, "")]), [25]);
    assert_eq!(codes(9, 1, &[(3, "")]), [3], "nothing to check a member for");
}
