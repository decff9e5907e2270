//! TxnOffsetCommit: offsets that a group commits with a transaction; visible when it is committed.

use std::ops::RangeInclusive;

use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use super::text::code;
use super::{Api, Cx};
use crate::error::Code;
use crate::group::Groups;
use crate::journal::OffsetEntry;
use crate::node::Node;
use crate::topics::Topics;
use crate::transaction::Transactions;

/// The API.
pub(crate) struct TxnOffsetCommit;

impl Api for TxnOffsetCommit {
    type Request = TxnOffsetCommitRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=3;

    fn handle(node: &Node, _: &Cx<'_>, request: TxnOffsetCommitRequest) -> Option<TxnOffsetCommitResponse> {
        let parts = Parts {
            topics: &node.topics,
            groups: &node.groups,
            transactions: &node.transactions,
            metadata_bytes: node.config.limits.offset_metadata_bytes,
            now_ms: node.clock.now_ms(),
        };
        Some(parts.answer(&request))
    }
}

/// What serving takes.
pub(super) struct Parts<'a> {
    pub(super) topics: &'a Topics,
    pub(super) groups: &'a Groups,
    pub(super) transactions: &'a Transactions,
    /// Longest metadata, bytes.
    pub(super) metadata_bytes: usize,
    pub(super) now_ms: i64,
}

impl Parts<'_> {
    /// Stores the offsets with the transaction.
    pub(super) fn answer(&self, request: &TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for topic in &request.topics {
            for partition in &topic.partitions {
                let metadata = partition.committed_metadata.as_deref().unwrap_or_default();
                let index = partition.partition_index;
                if self.topics.partition(&topic.name, index).is_none() {
                    refused.push(Err(Code::UnknownTopicOrPartition));
                } else if metadata.len() > self.metadata_bytes {
                    refused.push(Err(Code::OffsetMetadataTooLarge));
                } else {
                    refused.push(Ok(()));
                    accepted.push(OffsetEntry {
                        topic: topic.name.to_string(),
                        partition: index,
                        offset: partition.committed_offset,
                        leader_epoch: partition.committed_leader_epoch,
                        metadata: metadata.to_owned(),
                        committed_ms: self.now_ms,
                    });
                }
            }
        }
        let stored = self.store(request, accepted);
        let mut refused = refused.into_iter();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| {
                let result = refused.next().unwrap_or(Ok(())).and(stored);
                TxnOffsetCommitResponsePartition::default()
                    .with_partition_index(partition.partition_index)
                    .with_error_code(code(&result))
            });
            TxnOffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions.collect())
        });
        TxnOffsetCommitResponse::default().with_topics(topics.collect())
    }

    fn store(&self, request: &TxnOffsetCommitRequest, offsets: Vec<OffsetEntry>) -> Result<(), Code> {
        let group = request.group_id.as_str();
        if group.is_empty() {
            return Err(Code::InvalidGroupId);
        }
        let instance = request.group_instance_id.as_deref();
        // Producers before version 3 do not say which member they are, and are believed (KIP-447).
        if request.generation_id >= 0 || !request.member_id.is_empty() || instance.is_some() {
            self.groups.check_member(group, &request.member_id, instance, request.generation_id)?;
        }
        let id = request.transactional_id.as_str();
        self.transactions.commit_offsets(id, request.producer_id.0, request.producer_epoch, group, offsets)
    }
}
