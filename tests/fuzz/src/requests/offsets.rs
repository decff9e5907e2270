//! Offsets of groups, in transactions and outside.

use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, ProducerId, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
};

use super::{Maker, Sample, group_id, text, topic_name, transactional_id};
use crate::known::Known;

impl Sample for OffsetCommitRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (topic, partition) = maker.place();
        let partition = OffsetCommitRequestPartition::default()
            .with_partition_index(partition)
            .with_committed_offset(maker.chance.i64(0..100))
            .with_committed_metadata(Some(text("noted")));
        let topic = OffsetCommitRequestTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        let request = Self::default().with_topics(vec![topic]);
        if maker.happens(50) {
            return request.with_group_id(group_id(&maker.group())).with_generation_id_or_member_epoch(-1);
        }
        let member = maker.member();
        request
            .with_group_id(group_id(&member.group))
            .with_generation_id_or_member_epoch(member.generation)
            .with_member_id(text(&member.id))
    }
}

impl Sample for OffsetFetchRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let group = group_id(&maker.group());
        let (topic, partition) = maker.place();
        let all = version >= 2 && maker.happens(30);
        let request = Self::default().with_require_stable(version >= 7 && maker.happens(50));
        if version >= 8 {
            let topics = OffsetFetchRequestTopics::default()
                .with_name(topic_name(&topic))
                .with_partition_indexes(vec![partition]);
            let group = OffsetFetchRequestGroup::default().with_group_id(group);
            let group = group.with_topics((!all).then(|| vec![topics]));
            return request.with_topics(Some(Vec::new())).with_groups(vec![group]);
        }
        let topics =
            OffsetFetchRequestTopic::default().with_name(topic_name(&topic)).with_partition_indexes(vec![partition]);
        request.with_group_id(group).with_topics((!all).then(|| vec![topics]))
    }
}

impl Sample for OffsetDeleteRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (topic, partition) = maker.place();
        let partition = OffsetDeleteRequestPartition::default().with_partition_index(partition);
        let topic = OffsetDeleteRequestTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        Self::default().with_group_id(group_id(&maker.group())).with_topics(vec![topic])
    }
}

impl Sample for TxnOffsetCommitRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let producer = maker.producer(true);
        let (topic, partition) = maker.place();
        let partition = TxnOffsetCommitRequestPartition::default()
            .with_partition_index(partition)
            .with_committed_offset(maker.chance.i64(0..100))
            .with_committed_metadata(Some(text("noted")));
        let topic =
            TxnOffsetCommitRequestTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        let mut request = Self::default()
            .with_transactional_id(transactional_id(producer.transactional_id.as_deref().unwrap_or_default()))
            .with_producer_id(ProducerId(producer.id))
            .with_producer_epoch(producer.epoch)
            .with_group_id(group_id(&maker.group()))
            .with_topics(vec![topic]);
        if version >= 3 && maker.happens(30) {
            let member = maker.member();
            request = request
                .with_group_id(group_id(&member.group))
                .with_member_id(text(&member.id))
                .with_generation_id(member.generation);
        }
        request
    }

    fn learn(answer: &TxnOffsetCommitResponse, _subject: &str, known: &mut Known) {
        let partitions = answer.topics.iter().flat_map(|t| &t.partitions);
        partitions.for_each(|p| known.reached("offsets in transactions", p.error_code));
    }
}
