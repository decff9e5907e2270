//! APIs of topics and their configs.

use kafka_protocol::messages::alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::incremental_alter_configs_request as incremental;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    AlterConfigsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest,
    IncrementalAlterConfigsRequest, MetadataRequest,
};
use uuid::Uuid;

use super::each_version;
use crate::clock;
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target, create_topic, metadata as ask_metadata};
use crate::wire::{Connection, code, text, topic_name};

/// Resource types.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

pub(crate) fn metadata(target: &Target) -> Outcome {
    let topic = target.topic("metadata", 3, &[])?;
    let absent = target.name("absent");
    each_version::<MetadataRequest>(target, 12, |connection, version| {
        let wanted = |name: &str| MetadataRequestTopic::default().with_name(Some(topic_name(name)));
        let request = MetadataRequest::default().with_topics(Some(vec![wanted(&topic), wanted(&absent)]));
        let answer = connection.call(version, &request)?;
        let find = |name: &str| {
            first(name, answer.topics.iter().filter(|t| t.name.as_ref().is_some_and(|n| n.as_str() == name)))
        };
        let seen = find(&topic)?;
        same("the topic", (code(seen.error_code), seen.partitions.len()), ("none".to_owned(), 3))?;
        let broker = first("broker", &answer.brokers)?;
        for p in &seen.partitions {
            let replicas = (p.error_code, p.leader_id, p.replica_nodes.as_slice(), p.isr_nodes.as_slice());
            same("a partition", replicas, (0, broker.node_id, &[broker.node_id][..], &[broker.node_id][..]))?;
        }
        same("an unknown topic", code(find(&absent)?.error_code), "UnknownTopicOrPartition")?;
        if version >= 2 {
            holds(answer.cluster_id.as_ref().is_some_and(|id| !id.is_empty()), "no cluster id")?;
        }
        if version >= 8 {
            same("operations that were not asked for", seen.topic_authorized_operations, i32::MIN)?;
        }
        let all = MetadataRequest::default().with_topics((version == 0).then(Vec::new));
        let all = connection.call(version, &all)?;
        let listed = all.topics.iter().filter_map(|t| t.name.as_ref()).any(|n| n.as_str() == topic);
        holds(listed, "not among all topics")?;
        if version >= 1 {
            let none = connection.call(version, &MetadataRequest::default().with_topics(Some(Vec::new())))?;
            same("topics when none are asked for", none.topics.len(), 0)?;
            holds(!none.brokers.is_empty(), "no brokers")?;
        }
        if version >= 12 {
            let by_id = MetadataRequestTopic::default().with_topic_id(seen.topic_id).with_name(None);
            let unknown = MetadataRequestTopic::default().with_topic_id(Uuid::from_u128(77)).with_name(None);
            let answer =
                connection.call(version, &MetadataRequest::default().with_topics(Some(vec![by_id, unknown])))?;
            let mut seen = answer.topics.iter().map(|t| (code(t.error_code), t.partitions.len())).collect::<Vec<_>>();
            seen.sort();
            same("by id", seen, [("UnknownTopicId".to_owned(), 0), ("none".to_owned(), 3)])?;
        }
        Ok(())
    })
}

pub(crate) fn create_topics(target: &Target) -> Outcome {
    let taken = target.topic("taken", 1, &[])?;
    each_version::<CreateTopicsRequest>(target, 7, |connection, version| {
        let fresh = target.name("fresh");
        let mut request = create_topic(&fresh, 2, &[("retention.ms", "12345")]);
        for (name, key) in [(taken.as_str(), "retention.ms"), (&target.name("bad"), "no.such.config")] {
            request.topics.extend(create_topic(name, 1, &[(key, "1")]).topics);
        }
        let answer = connection.call(version, &request)?;
        let mut codes = answer.topics.iter().map(|t| code(t.error_code)).collect::<Vec<_>>();
        codes.sort();
        same("answers", codes, ["InvalidConfig", "TopicAlreadyExists", "none"])?;
        let created = first("the topic", answer.topics.iter().filter(|t| t.name.as_str() == fresh))?;
        if version >= 5 {
            same("partitions and replicas", (created.num_partitions, created.replication_factor), (2, 1))?;
            let config = created.configs.iter().flatten().find(|c| c.name.as_str() == "retention.ms");
            same("a config", config.and_then(|c| c.value.as_deref()), Some("12345"))?;
        }
        if version >= 7 {
            holds(created.topic_id != Uuid::nil(), "no topic id")?;
        }
        target.await_leaders(&fresh, 2)
    })
}

fn await_gone(connection: &mut Connection, name: &str) -> Result {
    clock::wait_for("the topic's end", PATIENCE, || {
        let topic = first("topic", ask_metadata(connection, name)?.topics)?;
        Ok((code(topic.error_code) == "UnknownTopicOrPartition").then_some(()))
    })
}

pub(crate) fn delete_topics(target: &Target) -> Outcome {
    each_version::<DeleteTopicsRequest>(target, 6, |connection, version| {
        let (topic, absent) = (target.topic("delete", 1, &[])?, target.name("absent"));
        let names = [topic.as_str(), &absent];
        let mut request = DeleteTopicsRequest::default().with_timeout_ms(10_000);
        if version >= 6 {
            let state = |name: &&str| DeleteTopicState::default().with_name(Some(topic_name(name)));
            request = request.with_topics(names.iter().map(state).collect());
        } else {
            request = request.with_topic_names(names.map(topic_name).to_vec());
        }
        let answer = connection.call(version, &request)?;
        let find = |name: &str| {
            first(name, answer.responses.iter().filter(|t| t.name.as_ref().is_some_and(|n| n.as_str() == name)))
        };
        same("deleting", code(find(&topic)?.error_code), "none")?;
        same("an unknown topic", code(find(&absent)?.error_code), "UnknownTopicOrPartition")?;
        await_gone(connection, &topic)?;
        if version >= 6 {
            let other = target.topic("delete-by-id", 1, &[])?;
            let wanted = MetadataRequestTopic::default().with_name(Some(topic_name(&other)));
            let seen = connection.call(10, &MetadataRequest::default().with_topics(Some(vec![wanted])))?;
            let id = first("topic", seen.topics)?.topic_id;
            let by_id = |id| DeleteTopicState::default().with_name(None).with_topic_id(id);
            let request = DeleteTopicsRequest::default()
                .with_timeout_ms(10_000)
                .with_topics(vec![by_id(id), by_id(Uuid::from_u128(77))]);
            let answer = connection.call(version, &request)?;
            let mut codes = answer.responses.iter().map(|t| code(t.error_code)).collect::<Vec<_>>();
            codes.sort();
            same("by id", codes, ["UnknownTopicId", "none"])?;
            await_gone(connection, &other)?;
        }
        Ok(())
    })
}

pub(crate) fn create_partitions(target: &Target) -> Outcome {
    let topic = target.topic("grow", 1, &[])?;
    let absent = target.name("absent");
    let mut count = 1;
    each_version::<CreatePartitionsRequest>(target, 3, |connection, version| {
        let mut grow = |name: &str, count: i32, validate_only: bool| -> Result<String> {
            let wanted = CreatePartitionsTopic::default().with_name(topic_name(name)).with_count(count);
            let request = CreatePartitionsRequest::default()
                .with_topics(vec![wanted.with_assignments(None)])
                .with_timeout_ms(10_000)
                .with_validate_only(validate_only);
            Ok(code(first("result", connection.call(version, &request)?.results)?.error_code))
        };
        same("validating", grow(&topic, count + 1, true)?, "none")?;
        same("growing", grow(&topic, count + 1, false)?, "none")?;
        same("shrinking", grow(&topic, count, false)?, "InvalidPartitions")?;
        same("an unknown topic", grow(&absent, 5, false)?, "UnknownTopicOrPartition")?;
        count += 1;
        target.await_leaders(&topic, count)
    })
}

pub(crate) fn describe_configs(target: &Target) -> Outcome {
    let topic = target.topic("configs", 1, &[("retention.ms", "4242")])?;
    let absent = target.name("absent");
    each_version::<DescribeConfigsRequest>(target, 4, |connection, version| {
        let broker = first("broker", ask_metadata(connection, &topic)?.brokers)?.node_id.0.to_string();
        let resource = |kind: i8, name: &str| {
            DescribeConfigsResource::default()
                .with_resource_type(kind)
                .with_resource_name(text(name))
                .with_configuration_keys(None)
        };
        let request = DescribeConfigsRequest::default()
            .with_resources(vec![resource(TOPIC, &topic), resource(TOPIC, &absent), resource(BROKER, &broker)])
            .with_include_synonyms(true)
            .with_include_documentation(version >= 3);
        let answer = connection.call(version, &request)?;
        let find = |name: &str| first(name, answer.results.iter().filter(|r| r.resource_name.as_str() == name));
        let seen = find(&topic)?;
        same("the topic", code(seen.error_code), "none")?;
        let config = first("retention.ms", seen.configs.iter().filter(|c| c.name.as_str() == "retention.ms"))?;
        same("its value", (config.value.as_deref(), config.config_source), (Some("4242"), 1))?;
        holds(!config.synonyms.is_empty(), "no synonyms, though asked for")?;
        if version >= 3 {
            same("its type", config.config_type, 5)?;
            holds(config.documentation.as_ref().is_some_and(|d| !d.is_empty()), "no documentation, though asked for")?;
        }
        same("an unknown topic", code(find(&absent)?.error_code), "UnknownTopicOrPartition")?;
        let seen = find(&broker)?;
        same("the broker", code(seen.error_code), "none")?;
        holds(!seen.configs.is_empty(), "the broker has no configs")
    })
}

pub(crate) fn alter_configs(target: &Target) -> Outcome {
    let topic = target.topic("alter", 1, &[])?;
    let absent = target.name("absent");
    each_version::<AlterConfigsRequest>(target, 2, |connection, version| {
        let mut alter = |name: &str, value: &str| -> Result<String> {
            let config = AlterableConfig::default().with_name(text("retention.ms")).with_value(Some(text(value)));
            let resource = AlterConfigsResource::default()
                .with_resource_type(TOPIC)
                .with_resource_name(text(name))
                .with_configs(vec![config]);
            let request = AlterConfigsRequest::default().with_resources(vec![resource]);
            Ok(code(first("response", connection.call(version, &request)?.responses)?.error_code))
        };
        same("altering", alter(&topic, "1000")?, "none")?;
        same("a bad value", alter(&topic, "soon")?, "InvalidConfig")?;
        same("an unknown topic", alter(&absent, "1000")?, "UnknownTopicOrPartition")
    })
}

pub(crate) fn incremental_alter_configs(target: &Target) -> Outcome {
    let topic = target.topic("incremental", 1, &[])?;
    let absent = target.name("absent");
    each_version::<IncrementalAlterConfigsRequest>(target, 1, |connection, version| {
        let mut alter = |name: &str, value: &str| -> Result<String> {
            let config = incremental::AlterableConfig::default()
                .with_name(text("retention.ms"))
                .with_config_operation(0)
                .with_value(Some(text(value)));
            let resource = incremental::AlterConfigsResource::default()
                .with_resource_type(TOPIC)
                .with_resource_name(text(name))
                .with_configs(vec![config]);
            let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
            Ok(code(first("response", connection.call(version, &request)?.responses)?.error_code))
        };
        same("altering", alter(&topic, "1000")?, "none")?;
        same("a bad value", alter(&topic, "soon")?, "InvalidConfig")?;
        same("an unknown topic", alter(&absent, "1000")?, "UnknownTopicOrPartition")
    })
}
