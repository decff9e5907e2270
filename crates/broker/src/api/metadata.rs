//! Metadata: this broker, and topics with their partitions.

use std::ops::RangeInclusive;
use std::sync::Arc;

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::fetch::LEADER_EPOCH;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::{NODE_ID, Node};
use crate::topics::{Topic, names};

/// Not asked for, or not known: there is no authorisation here.
const OPERATIONS_UNKNOWN: i32 = i32::MIN;
/// Version that introduced leaving topics' creation to the request; older ones always allow it.
const ALLOW_FIELD_FROM: i16 = 4;

/// The API with key 3.
pub(crate) struct Metadata;

impl Api for Metadata {
    type Request = MetadataRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=12;

    fn handle(node: &Node, cx: &Cx<'_>, request: MetadataRequest) -> Option<MetadataResponse> {
        let create =
            (request.allow_auto_topic_creation || cx.version < ALLOW_FIELD_FROM) && node.config.auto_create_topics;
        let topics = match request.topics {
            // Version 0 has no null: there an empty list means all.
            None => all(node, cx.version),
            Some(topics) if topics.is_empty() && cx.version == 0 => all(node, cx.version),
            Some(topics) => topics.into_iter().map(|wanted| one(node, cx.version, wanted, create)).collect(),
        };
        let (host, port) = node.advertised();
        let broker = MetadataResponseBroker::default()
            .with_node_id(BrokerId(NODE_ID))
            .with_host(StrBytes::from_string(host.to_owned()))
            .with_port(i32::from(port));
        let mut response = MetadataResponse::default().with_brokers(vec![broker]).with_topics(topics);
        if cx.version >= 1 {
            response = response.with_controller_id(BrokerId(NODE_ID));
        }
        if cx.version >= 2 {
            response = response.with_cluster_id(Some(StrBytes::from_string(node.cluster_id.clone())));
        }
        if (8..=10).contains(&cx.version) {
            response = response.with_cluster_authorized_operations(OPERATIONS_UNKNOWN);
        }
        Some(response)
    }
}

fn all(node: &Node, version: i16) -> Vec<MetadataResponseTopic> {
    node.topics.list().iter().map(|topic| described(version, topic)).collect()
}

fn one(node: &Node, version: i16, wanted: MetadataRequestTopic, create: bool) -> MetadataResponseTopic {
    let Some(name) = wanted.name else {
        return match node.topics.by_id(wanted.topic_id) {
            Some(topic) => described(version, &topic),
            None => MetadataResponseTopic::default()
                .with_error_code(Code::UnknownTopicId.code())
                .with_topic_id(wanted.topic_id)
                .with_name((version < 12).then(TopicName::default)),
        };
    };
    if let Some(topic) = node.topics.get(&name.0) {
        return described(version, &topic);
    }
    let code = if create {
        match node.topics.create(&name.0, node.config.default_partitions, &std::collections::BTreeMap::new()) {
            Ok(topic) => return described(version, &topic),
            // Somebody else was faster.
            Err(refused) if refused.code == Code::TopicAlreadyExists => Code::LeaderNotAvailable,
            Err(refused) => refused.code,
        }
    } else {
        names::check(&name.0).err().map_or(Code::UnknownTopicOrPartition, |refused| refused.code)
    };
    MetadataResponseTopic::default().with_error_code(code.code()).with_name(Some(name))
}

fn described(version: i16, topic: &Arc<Topic>) -> MetadataResponseTopic {
    let partitions = (0_i32..).zip(&topic.partitions).map(|(index, _)| {
        let partition = MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(NODE_ID))
            .with_replica_nodes(vec![BrokerId(NODE_ID)])
            .with_isr_nodes(vec![BrokerId(NODE_ID)]);
        if version >= 7 { partition.with_leader_epoch(LEADER_EPOCH) } else { partition }
    });
    let name = TopicName(StrBytes::from_string(topic.name.to_string()));
    let response = MetadataResponseTopic::default().with_name(Some(name)).with_partitions(partitions.collect());
    if version >= 10 { response.with_topic_id(topic.id) } else { response }
}
