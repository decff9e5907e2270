//! OffsetCommit: a group remembers how far it has read.

use std::ops::RangeInclusive;

use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::{Api, Cx};
use crate::error::Code;
use crate::group::{Groups, Offsets};
use crate::journal::OffsetEntry;
use crate::node::Node;

/// OffsetCommit.
pub(crate) struct OffsetCommit;

impl Api for OffsetCommit {
    type Request = OffsetCommitRequest;
    const VERSIONS: RangeInclusive<i16> = 2..=9;

    fn handle(node: &Node, cx: &Cx<'_>, request: OffsetCommitRequest) -> Option<OffsetCommitResponse> {
        let committer = Committer {
            version: cx.version,
            groups: &node.groups,
            offsets: &node.offsets,
            metadata_bytes: node.config.limits.offset_metadata_bytes,
            now_ms: node.clock.now_ms(),
        };
        Some(committer.answer(&request, |topic, partition| super::is_partition(node, topic, partition)))
    }
}

struct Committer<'a> {
    version: i16,
    groups: &'a Groups,
    offsets: &'a Offsets,
    metadata_bytes: usize,
    now_ms: i64,
}

impl Committer<'_> {
    fn answer(&self, request: &OffsetCommitRequest, exists: impl Fn(&str, i32) -> bool) -> OffsetCommitResponse {
        let mut entries = Vec::new();
        // An error by partition; `None`: it is in `entries`.
        let mut faults: Vec<Vec<Option<Code>>> = Vec::with_capacity(request.topics.len());
        let mut any_known = false;
        for topic in &request.topics {
            let mut of_topic = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let metadata = partition.committed_metadata.as_deref().unwrap_or_default();
                let known = exists(&topic.name, partition.partition_index);
                any_known |= known;
                of_topic.push(if !known {
                    Some(Code::UnknownTopicOrPartition)
                } else if metadata.len() > self.metadata_bytes && metadata.encode_utf16().count() > self.metadata_bytes
                {
                    // Kafka counts UTF-16 units, of which there are never more than bytes.
                    Some(Code::OffsetMetadataTooLarge)
                } else {
                    entries.push(OffsetEntry {
                        topic: topic.name.to_string(),
                        partition: partition.partition_index,
                        offset: partition.committed_offset,
                        leader_epoch: partition.committed_leader_epoch,
                        metadata: metadata.to_owned(),
                        committed_ms: self.now_ms,
                    });
                    None
                });
            }
            faults.push(of_topic);
        }
        let whole = if any_known { self.commit(request, entries) } else { Ok(()) };
        let topics = request.topics.iter().zip(faults).map(|(topic, faults)| {
            let partitions = topic.partitions.iter().zip(faults).map(|(partition, fault)| {
                let error = match fault {
                    Some(Code::UnknownTopicOrPartition) => fault,
                    _ => whole.err().or(fault),
                };
                OffsetCommitResponsePartition::default()
                    .with_partition_index(partition.partition_index)
                    .with_error_code(error.map_or(0, |code| code.code()))
            });
            OffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions.collect())
        });
        OffsetCommitResponse::default().with_topics(topics.collect())
    }

    fn commit(&self, request: &OffsetCommitRequest, entries: Vec<OffsetEntry>) -> Result<(), Code> {
        let group = &request.group_id;
        let who = (&*request.member_id, request.group_instance_id.as_deref(), request.generation_id_or_member_epoch);
        self.groups
            .committing(self.version, group, self.offsets.has(group), who, || self.offsets.commit(group, entries))
    }
}

#[cfg(test)]
mod tests;
