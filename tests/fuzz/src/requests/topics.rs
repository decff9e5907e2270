//! Topics and their configs.

use kafka_protocol::messages::alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    AlterConfigsRequest, BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
    DescribeConfigsRequest, IncrementalAlterConfigsRequest, MetadataRequest, MetadataResponse,
    incremental_alter_configs_request as incremental,
};
use uuid::Uuid;

use super::{Maker, Sample, TEMPORARY, is_of_pool, text, topic_name};
use crate::known::Known;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
/// Configs and values that they may have, and some that they may not.
const CONFIGS: [(&str, &str); 14] = [
    ("retention.bytes", "1000000"),
    ("retention.bytes", "4000000"),
    ("retention.ms", "1000"),
    ("retention.ms", "600000"),
    ("segment.bytes", "1048576"),
    ("segment.ms", "1000"),
    ("cleanup.policy", "compact"),
    ("cleanup.policy", "delete"),
    ("cleanup.policy", "compact,delete"),
    ("message.timestamp.type", "LogAppendTime"),
    ("max.message.bytes", "2000"),
    ("max.message.bytes", "1000000"),
    ("retention.ms", "soon"),
    ("no.such.config", "1"),
];

impl Maker<'_> {
    fn temporary(&mut self) -> &'static str {
        self.one_of(&TEMPORARY)
    }

    /// A topic's id that was seen; most often.
    fn topic_id(&mut self) -> Uuid {
        if self.happens(10) {
            return Uuid::from_u128(77);
        }
        let ids = std::mem::take(&mut self.known.topic_ids);
        let id = self.one_of(&ids);
        self.known.topic_ids = ids;
        id
    }

    /// Kind and name of what has configs.
    fn resource(&mut self) -> (i8, String) {
        if self.happens(10) { (BROKER, "0".to_owned()) } else { (TOPIC, self.place().0) }
    }
}

impl Sample for MetadataRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let request = Self::default();
        let request = if version >= 4 { request.with_allow_auto_topic_creation(maker.happens(50)) } else { request };
        if maker.happens(30) {
            return request.with_topics((version == 0).then(Vec::new));
        }
        let mut topic = MetadataRequestTopic::default().with_name(Some(topic_name(&maker.place().0)));
        if version >= 12 && maker.happens(30) {
            topic = topic.with_name(None).with_topic_id(maker.topic_id());
        }
        request.with_topics(Some(vec![topic]))
    }

    fn learn(answer: &MetadataResponse, _subject: &str, known: &mut Known) {
        for topic in &answer.topics {
            // Nothing else may be deleted by its id: not the topic that the harness looks at the broker's health with.
            let ours = topic.name.as_ref().is_some_and(|name| is_of_pool(name.as_str()));
            if ours && topic.topic_id != Uuid::nil() {
                known.topic(topic.topic_id);
            }
        }
    }
}

impl Sample for CreateTopicsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let configs = (0..maker.one_of(&[0, 0, 1, 2])).map(|_| {
            let (name, value) = maker.one_of(&CONFIGS);
            CreatableTopicConfig::default().with_name(text(name)).with_value(Some(text(value)))
        });
        let configs = configs.collect();
        let mut topic = CreatableTopic::default()
            .with_name(topic_name(maker.temporary()))
            .with_configs(configs)
            .with_replication_factor(1);
        if maker.happens(20) {
            let assignment = |index| {
                CreatableReplicaAssignment::default().with_partition_index(index).with_broker_ids(vec![BrokerId(0)])
            };
            let replicas = (0..maker.chance.i32(0..3)).map(assignment).collect();
            topic = topic.with_num_partitions(-1).with_replication_factor(-1).with_assignments(replicas);
        } else {
            let usual = if version >= 4 { -1 } else { 1 };
            topic = topic.with_num_partitions(maker.one_of(&[1, 2, 2, 3, usual, 0, i32::MAX]));
        }
        Self::default().with_topics(vec![topic]).with_timeout_ms(1_000).with_validate_only(maker.happens(20))
    }
}

impl Sample for DeleteTopicsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let name = topic_name(maker.temporary());
        let request = Self::default().with_timeout_ms(1_000);
        if version < 6 {
            return request.with_topic_names(vec![name]);
        }
        let mut topic = DeleteTopicState::default().with_name(Some(name));
        if maker.happens(5) {
            topic = topic.with_name(None).with_topic_id(maker.topic_id());
        }
        request.with_topics(vec![topic])
    }
}

impl Sample for CreatePartitionsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let topic = CreatePartitionsTopic::default()
            .with_name(topic_name(maker.temporary()))
            .with_count(maker.one_of(&[1, 2, 3, 4, 5, 6, -1, i32::MAX]))
            .with_assignments(None);
        Self::default().with_topics(vec![topic]).with_timeout_ms(1_000).with_validate_only(maker.happens(20))
    }
}

impl Sample for DescribeConfigsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let (kind, name) = maker.resource();
        let keys = maker.happens(70).then(|| vec![text(maker.one_of(&CONFIGS).0)]);
        let resource = DescribeConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(&name))
            .with_configuration_keys(keys);
        Self::default()
            .with_resources(vec![resource])
            .with_include_synonyms(maker.happens(50))
            .with_include_documentation(version >= 3 && maker.happens(30))
    }
}

impl Sample for AlterConfigsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (kind, name) = maker.resource();
        let (key, value) = maker.one_of(&CONFIGS);
        let config = AlterableConfig::default().with_name(text(key)).with_value(Some(text(value)));
        let resource = AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(&name))
            .with_configs(vec![config]);
        Self::default().with_resources(vec![resource]).with_validate_only(maker.happens(20))
    }
}

impl Sample for IncrementalAlterConfigsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (kind, name) = maker.resource();
        let (key, value) = maker.one_of(&CONFIGS);
        let config = incremental::AlterableConfig::default()
            .with_name(text(key))
            .with_config_operation(maker.one_of(&[0, 0, 1, 2, 3, 9]))
            .with_value(Some(text(value)));
        let resource = incremental::AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(&name))
            .with_configs(vec![config]);
        Self::default().with_resources(vec![resource]).with_validate_only(maker.happens(20))
    }
}
