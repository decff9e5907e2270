//! Metadata: this broker, and topics with their partitions.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::fetch::LEADER_EPOCH;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::{NODE_ID, Node};
use crate::topics::{Topic, names};

/// Not asked for.
const OPERATIONS_UNKNOWN: i32 = i32::MIN;
/// What everybody may do with the cluster, as there is no authorisation: Create, Alter, Describe, ClusterAction,
/// DescribeConfigs, AlterConfigs, IdempotentWrite; a bit each, by Kafka's numbers.
const CLUSTER_OPERATIONS: i32 = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
/// With a topic: Read, Write, Create, Delete, Alter, Describe, DescribeConfigs, AlterConfigs.
const TOPIC_OPERATIONS: i32 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
/// Versions that tell of operations on the cluster; DescribeCluster does since.
const CLUSTER_OPERATIONS_IN: RangeInclusive<i16> = 8..=10;
/// Version from which operations on topics are told.
const TOPIC_OPERATIONS_FROM: i16 = 8;
/// Version that introduced leaving topics' creation to the request; older ones always allow it.
const ALLOW_FIELD_FROM: i16 = 4;
/// From this version on an unknown id's topic has no name.
const NO_NAME_FROM: i16 = 12;

/// The API with key 3.
pub(crate) struct Metadata;

impl Api for Metadata {
    type Request = MetadataRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=12;

    fn handle(node: &Node, cx: &Cx<'_>, request: MetadataRequest) -> Option<MetadataResponse> {
        let create =
            (request.allow_auto_topic_creation || cx.version < ALLOW_FIELD_FROM) && node.config.auto_create_topics;
        let asked = cx.version >= TOPIC_OPERATIONS_FROM && request.include_topic_authorized_operations;
        let how = How { version: cx.version, operations: if asked { TOPIC_OPERATIONS } else { OPERATIONS_UNKNOWN } };
        let topics = match request.topics {
            // Version 0 has no null: there an empty list means all.
            None => all(node, &how),
            Some(topics) if topics.is_empty() && cx.version == 0 => all(node, &how),
            Some(topics) => topics.into_iter().map(|wanted| one(node, &how, wanted, create)).collect(),
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
        if CLUSTER_OPERATIONS_IN.contains(&cx.version) && request.include_cluster_authorized_operations {
            response = response.with_cluster_authorized_operations(CLUSTER_OPERATIONS);
        }
        Some(response)
    }
}

/// How topics are described.
struct How {
    version: i16,
    /// Bits of what may be done with a topic.
    operations: i32,
}

fn all(node: &Node, how: &How) -> Vec<MetadataResponseTopic> {
    node.topics.list().iter().map(|topic| how.described(topic)).collect()
}

fn one(node: &Node, how: &How, wanted: MetadataRequestTopic, create: bool) -> MetadataResponseTopic {
    let name = match wanted.name {
        // Whoever gives an id means it, whatever the name is: Java's client sends an empty one.
        Some(name) if wanted.topic_id.is_nil() => name,
        _ => return by_id(node, how, wanted.topic_id),
    };
    if let Some(topic) = node.topics.get(&name.0) {
        return how.described(&topic);
    }
    let code = if create {
        match node.topics.create(&name.0, node.config.default_partitions, &BTreeMap::new()) {
            Ok(topic) => return how.described(&topic),
            // Somebody else was faster.
            Err(refused) if refused.code == Code::TopicAlreadyExists => Code::LeaderNotAvailable,
            Err(refused) => refused.code,
        }
    } else {
        names::check(&name.0).err().map_or(Code::UnknownTopicOrPartition, |refused| refused.code)
    };
    MetadataResponseTopic::default().with_error_code(code.code()).with_name(Some(name))
}

fn by_id(node: &Node, how: &How, id: Uuid) -> MetadataResponseTopic {
    match node.topics.by_id(id) {
        Some(topic) => how.described(&topic),
        None => MetadataResponseTopic::default()
            .with_error_code(Code::UnknownTopicId.code())
            .with_topic_id(id)
            .with_name((how.version < NO_NAME_FROM).then(TopicName::default)),
    }
}

impl How {
    fn described(&self, topic: &Arc<Topic>) -> MetadataResponseTopic {
        let partitions = (0_i32..).zip(&topic.partitions).map(|(index, _)| {
            let partition = MetadataResponsePartition::default()
                .with_partition_index(index)
                .with_leader_id(BrokerId(NODE_ID))
                .with_replica_nodes(vec![BrokerId(NODE_ID)])
                .with_isr_nodes(vec![BrokerId(NODE_ID)]);
            if self.version >= 7 { partition.with_leader_epoch(LEADER_EPOCH) } else { partition }
        });
        let name = TopicName(StrBytes::from_string(topic.name.to_string()));
        let response = MetadataResponseTopic::default()
            .with_name(Some(name))
            .with_partitions(partitions.collect())
            .with_topic_authorized_operations(self.operations);
        if self.version >= 10 { response.with_topic_id(topic.id) } else { response }
    }
}
