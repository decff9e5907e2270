//! Configs of topics: described, set as a whole, set one by one.

use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest};
use rdkafka::admin::{AlterConfig, ResourceSpecifier};

use crate::client::{admin, options, wait};
use crate::clock;
use crate::outcome::{Failure, Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::{Connection, code, text};

/// Resource type of a topic.
const TOPIC: i8 = 2;
/// Where a value comes from.
const SET_ON_TOPIC: i8 = 1;
const DEFAULT: i8 = 5;

fn described(
    connection: &mut Connection,
    topic: &str,
    keys: Option<&[&str]>,
) -> Result<Vec<DescribeConfigsResourceResult>> {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text(topic))
        .with_configuration_keys(keys.map(|keys| keys.iter().map(|k| text(k)).collect()));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    let answer = first("describe configs", connection.call(1, &request)?.results)?;
    same("describing", code(answer.error_code), "none")?;
    Ok(answer.configs)
}

/// Value and source of one config.
fn value(connection: &mut Connection, topic: &str, key: &str) -> Result<(Option<String>, i8)> {
    let config = first(key, described(connection, topic, Some(&[key]))?)?;
    Ok((config.value.map(|v| v.to_string()), config.config_source))
}

/// Waits until a config is this: brokers learn of a change a little after it has been answered.
fn await_value(connection: &mut Connection, topic: &str, key: &str, wanted: &str) -> Result<i8> {
    clock::wait_for(&format!("{key}={wanted}"), PATIENCE, || {
        let (seen, source) = value(connection, topic, key)?;
        Ok((seen.as_deref() == Some(wanted)).then_some(source))
    })
}

/// Operations of an incremental change.
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

fn change(connection: &mut Connection, topic: &str, changes: &[(&str, i8, Option<&str>)]) -> Result<String> {
    let config = |(key, operation, value): &(&str, i8, Option<&str>)| {
        AlterableConfig::default().with_name(text(key)).with_config_operation(*operation).with_value(value.map(text))
    };
    let resource = AlterConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text(topic))
        .with_configs(changes.iter().map(config).collect());
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    Ok(code(first("alter configs", connection.call(1, &request)?.responses)?.error_code))
}

pub(crate) fn with_the_library(target: &Target) -> Outcome {
    let topic = target.topic("configs", 1, &[("cleanup.policy", "compact"), ("retention.ms", "1000000")])?;
    let results = wait(admin(target)?.describe_configs([&ResourceSpecifier::Topic(&topic)], &options()))??;
    let resource = first("describe configs", results)??;
    let seen = |key: &str| resource.get(key).and_then(|e| e.value.clone());
    same("cleanup.policy", seen("cleanup.policy").as_deref(), Some("compact"))?;
    same("retention.ms", seen("retention.ms").as_deref(), Some("1000000"))?;
    let known = [
        "compression.type",
        "delete.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.timestamp.type",
        "min.cleanable.dirty.ratio",
        "min.insync.replicas",
        "retention.bytes",
        "segment.bytes",
        "segment.ms",
    ];
    let missing = known.iter().filter(|key| seen(key).is_none()).collect::<Vec<_>>();
    holds(missing.is_empty(), format!("not described: {missing:?}"))?;
    Ok(format!("{} configs", resource.entries.len()))
}

pub(crate) fn sources(target: &Target) -> Outcome {
    let topic = target.topic("sources", 1, &[("retention.ms", "5000")])?;
    let mut connection = target.connect()?;
    same("retention.ms", value(&mut connection, &topic, "retention.ms")?, (Some("5000".to_owned()), SET_ON_TOPIC))?;
    let (policy, source) = value(&mut connection, &topic, "cleanup.policy")?;
    same("cleanup.policy", (policy.as_deref(), source), (Some("delete"), DEFAULT))?;
    let some = described(&mut connection, &topic, Some(&["retention.ms", "segment.ms"]))?;
    let mut names = some.iter().map(|c| c.name.to_string()).collect::<Vec<_>>();
    names.sort();
    same("the configs asked for", names, ["retention.ms", "segment.ms"])?;
    let all = described(&mut connection, &topic, None)?;
    holds(all.len() > 15, format!("{} configs in all", all.len()))?;
    Ok(format!("{} configs, set and default told apart", all.len()))
}

pub(crate) fn replaced(target: &Target) -> Outcome {
    let topic = target.topic("replaced", 1, &[("retention.ms", "5000"), ("max.message.bytes", "2000")])?;
    let alter = AlterConfig::new(ResourceSpecifier::Topic(&topic)).set("retention.ms", "7000");
    let results = wait(admin(target)?.alter_configs([&alter], &options()))??;
    first("alter configs", results)?.map_err(|(_, error)| Failure::of(error))?;
    let mut connection = target.connect()?;
    await_value(&mut connection, &topic, "retention.ms", "7000")?;
    let (_, source) = value(&mut connection, &topic, "max.message.bytes")?;
    same("source of what the new set does not hold", source, DEFAULT)?;
    Ok("the whole set is replaced".to_owned())
}

pub(crate) fn changed_one_by_one(target: &Target) -> Outcome {
    let topic = target.topic("changed", 1, &[("delete.retention.ms", "5000"), ("max.message.bytes", "2000")])?;
    let mut connection = target.connect()?;
    same("setting", change(&mut connection, &topic, &[("delete.retention.ms", SET, Some("6000"))])?, "none")?;
    await_value(&mut connection, &topic, "delete.retention.ms", "6000")?;
    same("another's value", value(&mut connection, &topic, "max.message.bytes")?.0.as_deref(), Some("2000"))?;
    same("appending", change(&mut connection, &topic, &[("cleanup.policy", APPEND, Some("compact"))])?, "none")?;
    await_value(&mut connection, &topic, "cleanup.policy", "delete,compact")?;
    same("subtracting", change(&mut connection, &topic, &[("cleanup.policy", SUBTRACT, Some("delete"))])?, "none")?;
    await_value(&mut connection, &topic, "cleanup.policy", "compact")?;
    same("deleting", change(&mut connection, &topic, &[("delete.retention.ms", DELETE, None)])?, "none")?;
    let source = await_value(&mut connection, &topic, "delete.retention.ms", "86400000")?;
    same("source after deleting", source, DEFAULT)?;
    Ok("set, appended, subtracted, deleted".to_owned())
}

pub(crate) fn bad_changes(target: &Target) -> Outcome {
    let topic = target.topic("bad-changes", 1, &[])?;
    let mut connection = target.connect()?;
    let mut refused = |changes: &[(&str, i8, Option<&str>)], wanted: &str| {
        same(format!("{changes:?}"), change(&mut connection, &topic, changes)?, wanted)
    };
    refused(&[("retention.ms", SET, Some("soon"))], "InvalidConfig")?;
    refused(&[("no.such.config", SET, Some("1"))], "InvalidConfig")?;
    refused(&[("retention.ms", APPEND, Some("1"))], "InvalidConfig")?;
    refused(&[("retention.ms", SET, Some("1")), ("retention.ms", DELETE, None)], "InvalidRequest")?;
    let unknown = change(&mut connection, &target.name("absent"), &[("retention.ms", SET, Some("1"))])?;
    same("configs of an unknown topic", unknown, "UnknownTopicOrPartition")?;
    same("after all", value(&mut connection, &topic, "retention.ms")?.0.as_deref(), Some("-1"))?;
    Ok("5 changes refused, nothing changed".to_owned())
}

pub(crate) fn take_effect(target: &Target) -> Outcome {
    use crate::wire::{ask, batch::Batch};
    let topic = target.topic("effect", 1, &[])?;
    let mut connection = target.connect()?;
    ask::produce(&mut connection, &topic, &Batch::large(5_000, 1))?;
    same("changing", change(&mut connection, &topic, &[("max.message.bytes", SET, Some("1000"))])?, "none")?;
    clock::wait_for("the refusal of a large batch", PATIENCE, || {
        let answer = ask::produce_bytes(&mut connection, &topic, None, Batch::large(5_000, 1).encode())?;
        Ok((code(answer.error_code) == "MessageTooLarge").then_some(()))
    })?;
    ask::produce(&mut connection, &topic, &Batch::large(500, 1))?;
    Ok("a smaller max.message.bytes refuses what was taken before".to_owned())
}
