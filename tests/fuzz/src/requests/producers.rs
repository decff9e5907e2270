//! Producers and their transactions.

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::describe_producers_request::TopicRequest;
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, DescribeProducersRequest, DescribeTransactionsRequest,
    EndTxnRequest, EndTxnResponse, InitProducerIdRequest, InitProducerIdResponse, ListTransactionsRequest, ProducerId,
};

use super::{Maker, Sample, group_id, text, topic_name, transactional_id};
use crate::known::Known;

/// Once a worker has so many producers it seldom asks for another without a transactional id: a partition remembers
/// every producer for a day.
const ENOUGH_PRODUCERS: usize = 4;

impl Sample for InitProducerIdRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let enough = maker.known.producers.len() >= ENOUGH_PRODUCERS;
        let id = maker.happens(if enough { 98 } else { 60 }).then(|| maker.transactional_id());
        maker.subject = id.clone().unwrap_or_default();
        let mut request = Self::default()
            .with_transactional_id(id.as_deref().map(transactional_id))
            .with_transaction_timeout_ms(maker.one_of(&[50, 1_000, 60_000]));
        if version >= 3 {
            let known = maker.known.producers.iter().rev().find(|p| id.is_some() && p.transactional_id == id).cloned();
            let (id, epoch) = known.filter(|_| maker.happens(40)).map_or((-1, -1), |p| (p.id, p.epoch));
            request = request.with_producer_id(ProducerId(id)).with_producer_epoch(epoch);
        }
        request
    }

    fn learn(answer: &InitProducerIdResponse, subject: &str, known: &mut Known) {
        if answer.error_code == 0 {
            let id = (!subject.is_empty()).then_some(subject);
            known.producer(id, answer.producer_id.0, answer.producer_epoch);
        }
    }
}

impl Sample for AddPartitionsToTxnRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let producer = maker.producer(true);
        let (topic, partition) = maker.place();
        let topic = AddPartitionsToTxnTopic::default().with_name(topic_name(&topic)).with_partitions(vec![partition]);
        Self::default()
            .with_v3_and_below_transactional_id(transactional_id(producer.transactional_id.as_deref().unwrap_or("")))
            .with_v3_and_below_producer_id(ProducerId(producer.id))
            .with_v3_and_below_producer_epoch(producer.epoch)
            .with_v3_and_below_topics(vec![topic])
    }
}

impl Sample for AddOffsetsToTxnRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let producer = maker.producer(true);
        Self::default()
            .with_transactional_id(transactional_id(producer.transactional_id.as_deref().unwrap_or_default()))
            .with_producer_id(ProducerId(producer.id))
            .with_producer_epoch(producer.epoch)
            .with_group_id(group_id(&maker.group()))
    }
}

impl Sample for EndTxnRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let producer = maker.producer(true);
        Self::default()
            .with_transactional_id(transactional_id(producer.transactional_id.as_deref().unwrap_or_default()))
            .with_producer_id(ProducerId(producer.id))
            .with_producer_epoch(producer.epoch)
            .with_committed(maker.happens(60))
    }

    fn learn(answer: &EndTxnResponse, _subject: &str, known: &mut Known) {
        known.reached("transactions ended", answer.error_code);
    }
}

impl Sample for DescribeProducersRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (topic, partition) = maker.place();
        let topic = TopicRequest::default().with_name(topic_name(&topic)).with_partition_indexes(vec![partition]);
        Self::default().with_topics(vec![topic])
    }
}

impl Sample for DescribeTransactionsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let ids = (0..3).map(|_| transactional_id(&maker.transactional_id())).collect();
        Self::default().with_transactional_ids(ids)
    }
}

impl Sample for ListTransactionsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let mut request = Self::default();
        if maker.happens(50) {
            request.state_filters = vec![text(maker.one_of(&["Ongoing", "Empty", "Tired"]))];
        }
        if maker.happens(30) {
            request.producer_id_filters = vec![ProducerId(maker.producer(true).id)];
        }
        if version >= 1 && maker.happens(30) {
            request.duration_filter = maker.one_of(&[0, 10, i64::MAX, -1]);
        }
        request
    }
}
