//! Writing and reading records.

use bytes::Bytes;
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    BrokerId, DeleteRecordsRequest, FetchRequest, ListOffsetsRequest, OffsetForLeaderEpochRequest, ProduceRequest,
    ProduceResponse,
};

use super::{Maker, Sample, topic_name, transactional_id};
use crate::batch::{ANYBODY, Writer, batch, damage};
use crate::known::Known;

/// Offsets to ask for: most are there or nearly.
const OFFSETS: [i64; 10] = [0, 0, 1, 5, 50, 500, 5_000, -1, i64::MAX, i64::MIN];

impl Maker<'_> {
    /// A batch for a partition, by somebody who may write there, and the transactional id of that one.
    fn records(&mut self, topic: &str, partition: i32) -> (Bytes, Option<String>) {
        let count = self.chance.i32(1..6);
        let (writer, id) = if self.happens(40) {
            (ANYBODY, None)
        } else {
            let transactional = self.happens(50);
            let producer = self.producer(transactional);
            let place = (topic.to_owned(), partition);
            let sequence = producer.sequences.get(&place).copied().unwrap_or(0);
            if self.happens(85)
                && let Some(known) = self.known.producers.iter_mut().find(|p| p.id == producer.id)
            {
                known.sequences.insert(place, sequence.wrapping_add(count));
            }
            let writer = Writer { id: producer.id, epoch: producer.epoch, sequence, transactional };
            (writer, producer.transactional_id)
        };
        let mut records = batch(self.chance, writer, count, self.now_ms);
        if self.happens(20) {
            damage(self.chance, &mut records);
        }
        (Bytes::from(records), id)
    }
}

impl Sample for ProduceRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let mut id = None;
        let mut topics = Vec::new();
        for _ in 0..maker.one_of(&[1, 1, 1, 2, 3]) {
            let (topic, partition) = maker.place();
            let (records, writer) = maker.records(&topic, partition);
            id = id.or(writer);
            let data = PartitionProduceData::default().with_index(partition).with_records(Some(records));
            topics.push(TopicProduceData::default().with_name(topic_name(&topic)).with_partition_data(vec![data]));
        }
        let acks = maker.one_of(&[-1, -1, -1, -1, -1, -1, 1, 1, 1, 0]);
        maker.may_close = acks == 0;
        maker.subject = id.clone().unwrap_or_default();
        Self::default()
            .with_transactional_id(id.as_deref().map(transactional_id))
            .with_acks(acks)
            .with_timeout_ms(1_000)
            .with_topic_data(topics)
    }

    fn learn(answer: &ProduceResponse, subject: &str, known: &mut Known) {
        let by = if subject.is_empty() { "batches written" } else { "batches written in transactions" };
        let partitions = answer.responses.iter().flat_map(|t| &t.partition_responses);
        partitions.for_each(|p| known.reached(by, p.error_code));
    }
}

impl Sample for FetchRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let mut topics = Vec::new();
        for _ in 0..maker.one_of(&[1, 1, 2, 4]) {
            let (topic, partition) = maker.place();
            let partition = FetchPartition::default()
                .with_partition(partition)
                .with_fetch_offset(maker.one_of(&OFFSETS))
                .with_partition_max_bytes(maker.one_of(&[1, 1_000, 16_384, i32::MAX]));
            topics.push(FetchTopic::default().with_topic(topic_name(&topic)).with_partitions(vec![partition]));
        }
        Self::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(maker.one_of(&[0, 0, 0, 1, 5]))
            .with_min_bytes(maker.one_of(&[0, 1, 1, 100]))
            .with_max_bytes(maker.one_of(&[1, 1_000, 16_384, 16_384, 65_536]))
            .with_isolation_level(maker.one_of(&[0, 1]))
            .with_session_epoch(-1)
            .with_topics(topics)
    }
}

impl Sample for ListOffsetsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let (topic, partition) = maker.place();
        let newest = if version >= 7 { -3 } else { -1 };
        let now = maker.now_ms;
        let timestamp = maker.one_of(&[-1, -2, newest, 0, now, now + 1, i64::MAX]);
        let partition = ListOffsetsPartition::default().with_partition_index(partition).with_timestamp(timestamp);
        let topic = ListOffsetsTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        let level = if version >= 2 { maker.one_of(&[0, 1]) } else { 0 };
        Self::default().with_replica_id(BrokerId(-1)).with_isolation_level(level).with_topics(vec![topic])
    }
}

impl Sample for DeleteRecordsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (topic, partition) = maker.place();
        let offset = maker.one_of(&[-1, 0, 1, 5, 50, 500, i64::MAX]);
        let partition = DeleteRecordsPartition::default().with_partition_index(partition).with_offset(offset);
        let topic = DeleteRecordsTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        Self::default().with_topics(vec![topic]).with_timeout_ms(1_000)
    }
}

impl Sample for OffsetForLeaderEpochRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let (topic, partition) = maker.place();
        let partition = OffsetForLeaderPartition::default()
            .with_partition(partition)
            .with_current_leader_epoch(maker.one_of(&[-1, 0, 5]))
            .with_leader_epoch(maker.one_of(&[0, 1, -1, i32::MAX]));
        let topic = OffsetForLeaderTopic::default().with_topic(topic_name(&topic)).with_partitions(vec![partition]);
        let request = Self::default().with_topics(vec![topic]);
        if version >= 3 { request.with_replica_id(BrokerId(-1)) } else { request }
    }
}
