//! Answers about topics and configurations, in every version that is served.

use std::collections::BTreeMap;

use bytes::BytesMut;
use kafka_protocol::messages::alter_configs_request::{AlterConfigsResource as Whole, AlterableConfig as WholeConfig};
use kafka_protocol::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{
    AlterConfigsRequest, BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, DescribeLogDirsRequest, IncrementalAlterConfigsRequest,
};
use kafka_protocol::protocol::Encodable;
use uuid::Uuid;

use super::text::{text, topic_name};
use super::{
    Api, alter_configs, create_partitions, create_topics, delete_topics, describe_cluster, describe_configs,
    describe_log_dirs, incremental_alter_configs,
};
use crate::clock::Clock;
use crate::config::{BrokerConfig, Limits};
use crate::error::Code;
use crate::record::build::Batch;
use crate::transaction::tests::{Fixture, started};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// An answer may not set what its version lacks: encoding it would fail, and the client would see a disconnect.
pub(super) fn encodes(answer: &impl Encodable, version: i16) {
    answer.encode(&mut BytesMut::new(), version).unwrap();
}

fn fixture(folder: &tempfile::TempDir) -> Fixture {
    let f = started(folder.path(), &Clock::manual(0), &Limits::default());
    f.topics.create("old", 2, &BTreeMap::new()).unwrap();
    f
}

fn creatable(name: &str) -> CreatableTopic {
    CreatableTopic::default().with_name(topic_name(name)).with_num_partitions(2).with_replication_factor(1)
}

fn with_config(name: &str, value: Option<&str>) -> CreatableTopic {
    let config = CreatableTopicConfig::default().with_name(text(name)).with_value(value.map(text));
    creatable("new").with_configs(vec![config])
}

fn assigned(partitions: i32, factor: i16, replicas: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |(index, brokers): &(i32, &[i32])| {
        CreatableReplicaAssignment::default()
            .with_partition_index(*index)
            .with_broker_ids(brokers.iter().map(|id| BrokerId(*id)).collect())
    };
    let assignments = replicas.iter().map(assignment).collect();
    creatable("new").with_num_partitions(partitions).with_replication_factor(factor).with_assignments(assignments)
}

#[test]
fn creation_is_checked_topic_by_topic() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    for (topic, expected) in [
        (creatable("new"), Ok(2)),
        (creatable("new").with_num_partitions(-1).with_replication_factor(-1), Ok(3)),
        (creatable("old"), Err(Code::TopicAlreadyExists)),
        (creatable("a b"), Err(Code::InvalidTopicException)),
        (creatable("new").with_num_partitions(0), Err(Code::InvalidPartitions)),
        (creatable("new").with_num_partitions(-2), Err(Code::InvalidPartitions)),
        (creatable("new").with_replication_factor(0), Err(Code::InvalidReplicationFactor)),
        (creatable("new").with_replication_factor(3), Err(Code::InvalidReplicationFactor)),
        (with_config("retention.ms", Some("5")), Ok(2)),
        (with_config("retention.ms", None), Err(Code::InvalidConfig)),
        (with_config("retention.ms", Some("long")), Err(Code::InvalidConfig)),
        (with_config("no.such", Some("1")), Err(Code::InvalidConfig)),
        (assigned(-1, -1, &[(1, &[1]), (0, &[1])]), Ok(2)),
        (assigned(2, -1, &[(0, &[1])]), Err(Code::InvalidRequest)),
        (assigned(-1, 1, &[(0, &[1])]), Err(Code::InvalidRequest)),
        (assigned(-1, -1, &[(1, &[1])]), Err(Code::InvalidReplicaAssignment)),
        (assigned(-1, -1, &[(0, &[1]), (0, &[1])]), Err(Code::InvalidReplicaAssignment)),
        (assigned(-1, -1, &[(0, &[])]), Err(Code::InvalidReplicaAssignment)),
        (assigned(-1, -1, &[(0, &[2])]), Err(Code::InvalidReplicaAssignment)),
        (assigned(-1, -1, &[(0, &[1, 1])]), Err(Code::InvalidReplicaAssignment)),
    ] {
        for validate_only in [true, false] {
            let request = CreateTopicsRequest::default().with_topics(vec![topic.clone()]);
            let answer = create_topics::answer(&f.topics, 3, &request.with_validate_only(validate_only));
            create_topics::CreateTopics::VERSIONS.for_each(|version| encodes(&answer, version));
            let result = &answer.topics[0];
            assert_eq!(result.error_code, expected.err().map_or(0, |code: Code| code.code()), "{topic:?}");
            assert_eq!(result.error_message.is_some(), expected.is_err(), "{topic:?}");
            assert_eq!(result.num_partitions, expected.unwrap_or(-1), "{topic:?}");
            let created = f.topics.get("new");
            assert_eq!(created.is_some(), expected.is_ok() && !validate_only, "{topic:?}");
            if let Some(created) = created {
                assert_eq!(result.topic_id, created.id);
                assert!(result.configs.as_ref().is_some_and(|configs| configs.len() > 20));
                f.topics.delete("new").unwrap();
            }
        }
    }
    let twice = vec![creatable("twice"), creatable("once"), creatable("twice")];
    let answer = create_topics::answer(&f.topics, 1, &CreateTopicsRequest::default().with_topics(twice));
    let codes: Vec<_> = answer.topics.iter().map(|topic| (topic.name.to_string(), topic.error_code)).collect();
    assert_eq!(codes, [("twice".to_owned(), Code::InvalidRequest.code()), ("once".to_owned(), 0)]);
}

#[test]
fn deletion_is_by_name_or_id() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    let id = f.topics.create("other", 1, &BTreeMap::new()).unwrap().id;
    let state = |name: Option<&str>, id| DeleteTopicState::default().with_name(name.map(topic_name)).with_topic_id(id);
    let none = Uuid::nil();
    let by_name = vec![topic_name("missing"), topic_name("twice"), topic_name("twice")];
    f.topics.create("twice", 1, &BTreeMap::new()).unwrap();
    let request = DeleteTopicsRequest::default().with_topic_names(by_name);
    let answer = delete_topics::answer(&f.topics, &f.offsets, 5, request);
    let codes: Vec<_> = answer.responses.iter().map(|response| response.error_code).collect();
    let (unknown, invalid) = (Code::UnknownTopicOrPartition.code(), Code::InvalidRequest.code());
    assert_eq!(codes, [unknown, invalid, invalid]);
    (1..=5).for_each(|version| encodes(&answer, version));
    let wanted = [
        (state(None, id), 0),
        (state(Some("old"), none), 0),
        (state(None, Uuid::from_u128(7)), Code::UnknownTopicId.code()),
        (state(None, none), invalid),
        (state(Some("twice"), id), invalid),
    ];
    let request = DeleteTopicsRequest::default().with_topics(wanted.iter().map(|(state, _)| state.clone()).collect());
    let answer = delete_topics::answer(&f.topics, &f.offsets, 6, request);
    encodes(&answer, 6);
    for (response, (state, code)) in answer.responses.iter().zip(&wanted) {
        assert_eq!(response.error_code, *code, "{state:?}");
    }
    assert_eq!(answer.responses[0].name.as_ref().map(|name| name.to_string()).as_deref(), Some("other"));
    assert!(f.topics.get("other").is_none() && f.topics.get("old").is_none() && f.topics.get("twice").is_some());
}

#[test]
fn partitions_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    let on = |brokers: &[&[i32]]| {
        let assignment = |brokers: &&[i32]| {
            CreatePartitionsAssignment::default().with_broker_ids(brokers.iter().map(|id| BrokerId(*id)).collect())
        };
        Some(brokers.iter().map(assignment).collect::<Vec<_>>())
    };
    for (name, count, assignments, validate_only, expected, now) in [
        ("old", 2, None, false, Code::InvalidPartitions.code(), 2),
        ("old", 1, None, false, Code::InvalidPartitions.code(), 2),
        ("missing", 3, None, false, Code::UnknownTopicOrPartition.code(), 2),
        ("old", 3, None, true, 0, 2),
        ("old", 3, None, false, 0, 3),
        ("old", 5, on(&[&[1]]), false, Code::InvalidReplicaAssignment.code(), 3),
        ("old", 4, on(&[&[2]]), false, Code::InvalidReplicaAssignment.code(), 3),
        ("old", 5, on(&[&[1], &[1]]), false, 0, 5),
    ] {
        let topic = CreatePartitionsTopic::default().with_name(topic_name(name)).with_count(count);
        let request = CreatePartitionsRequest::default().with_topics(vec![topic.with_assignments(assignments)]);
        let answer = create_partitions::answer(&f.topics, request.with_validate_only(validate_only));
        create_partitions::CreatePartitions::VERSIONS.for_each(|version| encodes(&answer, version));
        assert_eq!(answer.results[0].error_code, expected, "{name} {count}");
        assert_eq!(f.topics.get("old").unwrap().count(), now, "{name} {count}");
    }
}

#[test]
fn single_settings_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    let (set, delete, append, subtract) = (0, 1, 2, 3);
    for (kind, resource, op, name, value, expected, policy) in [
        (TOPIC, "old", append, "cleanup.policy", Some("compact"), 0, "delete,compact"),
        (TOPIC, "old", append, "cleanup.policy", Some("compact"), 0, "delete,compact"),
        (TOPIC, "old", subtract, "cleanup.policy", Some("delete"), 0, "compact"),
        (TOPIC, "old", append, "cleanup.policy", Some("x"), Code::InvalidConfig.code(), "compact"),
        (TOPIC, "old", set, "cleanup.policy", None, Code::InvalidRequest.code(), "compact"),
        (TOPIC, "old", set, "cleanup.policy", Some("compact, delete"), 0, "compact,delete"),
        (TOPIC, "old", delete, "cleanup.policy", None, 0, "delete"),
        (TOPIC, "old", append, "retention.ms", Some("5"), Code::InvalidConfig.code(), "delete"),
        (TOPIC, "old", 9, "retention.ms", Some("5"), Code::InvalidRequest.code(), "delete"),
        (TOPIC, "old", set, "no.such", Some("5"), Code::InvalidConfig.code(), "delete"),
        (TOPIC, "none", set, "retention.ms", Some("5"), Code::UnknownTopicOrPartition.code(), "delete"),
        (TOPIC, "?", set, "retention.ms", Some("5"), Code::InvalidTopicException.code(), "delete"),
        (BROKER, "1", set, "log.retention.ms", Some("5"), Code::InvalidRequest.code(), "delete"),
        (BROKER, "2", set, "log.retention.ms", Some("5"), Code::InvalidRequest.code(), "delete"),
        (8, "1", set, "root", Some("DEBUG"), Code::InvalidRequest.code(), "delete"),
    ] {
        let change = AlterableConfig::default().with_name(text(name)).with_value(value.map(text));
        let resource = AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(resource))
            .with_configs(vec![change.with_config_operation(op)]);
        let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
        let answer = incremental_alter_configs::answer(&f.topics, request);
        incremental_alter_configs::IncrementalAlterConfigs::VERSIONS.for_each(|version| encodes(&answer, version));
        assert_eq!(answer.responses[0].error_code, expected, "{op} {name} {value:?}");
        let topic = f.topics.get("old").unwrap();
        assert_eq!(crate::topics::configs::value(&topic.configs, "cleanup.policy"), policy, "{op} {name} {value:?}");
    }
}

#[test]
fn whole_configurations_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    f.topics.configure("old", false, |_| Ok(BTreeMap::from([("segment.ms".into(), "9".into())]))).unwrap();
    let resource = |configs: &[(&str, Option<&str>)]| {
        let config = |(name, value): &(&str, Option<&str>)| {
            WholeConfig::default().with_name(text(name)).with_value(value.map(text))
        };
        let resource = Whole::default().with_resource_type(TOPIC).with_resource_name(text("old"));
        resource.with_configs(configs.iter().map(config).collect())
    };
    let five = [("retention.ms", Some("5"))];
    for (resources, validate_only, expected, stored) in [
        (vec![resource(&[("retention.ms", None)])], false, Code::InvalidRequest.code(), "segment.ms"),
        (vec![resource(&[five[0], five[0]])], false, Code::InvalidRequest.code(), "segment.ms"),
        (vec![resource(&five), resource(&five)], false, Code::InvalidRequest.code(), "segment.ms"),
        (vec![resource(&five)], true, 0, "segment.ms"),
        (vec![resource(&five)], false, 0, "retention.ms"),
    ] {
        let request = AlterConfigsRequest::default().with_resources(resources).with_validate_only(validate_only);
        let answer = alter_configs::answer(&f.topics, request);
        alter_configs::AlterConfigs::VERSIONS.for_each(|version| encodes(&answer, version));
        assert!(answer.responses.iter().all(|response| response.error_code == expected), "{answer:?}");
        let configs = f.topics.get("old").unwrap().configs.clone();
        assert_eq!(configs.keys().collect::<Vec<_>>(), [stored]);
    }
}

#[test]
fn configurations_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    f.topics.configure("old", false, |_| Ok(BTreeMap::from([("retention.ms".into(), "5".into())]))).unwrap();
    let config = BrokerConfig::new(folder.path());
    for (kind, name, key, expected) in [
        (TOPIC, "old", "retention.ms", Ok(("5", 1, false, 2))),
        (TOPIC, "old", "segment.ms", Ok(("604800000", 5, false, 1))),
        (TOPIC, "none", "segment.ms", Err(Code::UnknownTopicOrPartition)),
        (BROKER, "1", "delete.topic.enable", Ok(("true", 4, true, 1))),
        (BROKER, "1", "log.retention.ms", Ok(("604800000", 5, true, 1))),
        (BROKER, "one", "log.retention.ms", Err(Code::InvalidRequest)),
        (32, "g", "x", Err(Code::InvalidRequest)),
    ] {
        for all in [true, false] {
            let keys = (!all).then(|| vec![text(key)]);
            let resource = DescribeConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
            let request = DescribeConfigsRequest::default()
                .with_resources(vec![resource.with_configuration_keys(keys)])
                .with_include_synonyms(true)
                .with_include_documentation(all);
            let answer = describe_configs::answer(&f.topics, &config, &request);
            describe_configs::DescribeConfigs::VERSIONS.for_each(|version| encodes(&answer, version));
            let result = &answer.results[0];
            assert_eq!(result.error_code, expected.err().map_or(0, |code: Code| code.code()), "{name} {key}");
            let Ok(expected) = expected else { continue };
            assert_eq!(result.configs.len() > 1, all);
            let value = result.configs.iter().find(|value| value.name.as_str() == key).unwrap();
            let got = (value.value.as_deref().unwrap(), value.config_source, value.read_only, value.synonyms.len());
            assert_eq!(got, expected, "{name} {key}");
            assert_eq!(value.documentation.is_some(), all);
        }
    }
}

#[test]
fn cluster_and_folders_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let f = fixture(&folder);
    for (endpoint, expected) in
        [(1, 0), (2, Code::MismatchedEndpointType.code()), (3, Code::UnsupportedEndpointType.code())]
    {
        let request = DescribeClusterRequest::default().with_endpoint_type(endpoint);
        let answer = describe_cluster::answer("cluster", ("host", 9092), &request);
        describe_cluster::DescribeCluster::VERSIONS.for_each(|version| encodes(&answer, version));
        assert_eq!((answer.error_code, answer.brokers.len()), (expected, usize::from(expected == 0)));
    }
    let asked =
        |name: &str| DescribableLogDirTopic::default().with_topic(topic_name(name)).with_partitions(vec![1, 1, 9]);
    let batch = Batch::new(0).record(0, None, Some(b"v")).bytes();
    f.topics.partition("old", 1).unwrap().append(&batch, std::slice::from_ref(&(0..batch.len())), 0).unwrap();
    let bytes = i64::try_from(batch.len()).unwrap();
    for (topics, sizes) in
        [(None, vec![0, bytes]), (Some(vec![asked("old"), asked("none")]), vec![bytes]), (Some(vec![]), vec![])]
    {
        let request = DescribeLogDirsRequest::default().with_topics(topics);
        let answer = |version| describe_log_dirs::answer(version, &f.topics, folder.path(), request.clone());
        describe_log_dirs::DescribeLogDirs::VERSIONS.for_each(|version| encodes(&answer(version), version));
        let answer = answer(4);
        assert!(answer.results[0].usable_bytes > 0 && answer.results[0].total_bytes > 0);
        let described = answer.results[0].topics.iter().flat_map(|topic| &topic.partitions);
        assert_eq!(described.map(|partition| partition.partition_size).collect::<Vec<_>>(), sizes);
    }
}
