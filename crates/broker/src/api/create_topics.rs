//! CreateTopics: checks each topic of the request on its own, and creates it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic};
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use uuid::Uuid;

use super::config_resource::{DEFAULT, TOPIC_OWN};
use super::text::{outcome, text};
use super::{Api, Cx};
use crate::error::Code;
use crate::node::{NODE_ID, Node};
use crate::topics::{Refused, Topics, configs};

/// The API.
pub(crate) struct CreateTopics;

impl Api for CreateTopics {
    type Request = CreateTopicsRequest;
    const VERSIONS: RangeInclusive<i16> = 2..=7;

    fn handle(node: &Node, _: &Cx<'_>, request: CreateTopicsRequest) -> Option<CreateTopicsResponse> {
        Some(answer(&node.topics, node.config.default_partitions, &request))
    }
}

/// Creates what is asked; `default_partitions` for topics that leave it to the broker.
pub(super) fn answer(topics: &Topics, default_partitions: i32, request: &CreateTopicsRequest) -> CreateTopicsResponse {
    let mut times = HashMap::new();
    request.topics.iter().for_each(|topic| *times.entry(topic.name.as_str()).or_insert(0) += 1);
    let mut told = BTreeSet::new();
    let mut results = Vec::new();
    for topic in &request.topics {
        if times.get(topic.name.as_str()) == Some(&1) {
            let created = create(topics, default_partitions, topic, request.validate_only);
            results.push(result(topic, created));
        } else if told.insert(topic.name.as_str()) {
            results.push(result(topic, Err(Refused::new(Code::InvalidRequest, "Duplicate topic name."))));
        }
    }
    CreateTopicsResponse::default().with_topics(results)
}

struct Created {
    id: Uuid,
    partitions: i32,
    configs: BTreeMap<String, String>,
}

fn create(topics: &Topics, default: i32, topic: &CreatableTopic, validate_only: bool) -> Result<Created, Refused> {
    let partitions = partitions(topic, default)?;
    let mut given = BTreeMap::new();
    for config in &topic.configs {
        let Some(value) = &config.value else {
            let message = format!("Null value not supported for topic configs: {}", config.name.as_str());
            return Err(Refused::new(Code::InvalidConfig, message));
        };
        given.insert(config.name.to_string(), value.to_string());
    }
    let name = topic.name.as_str();
    if validate_only {
        let configs = topics.check_creation(name, partitions, &given)?;
        return Ok(Created { id: Uuid::nil(), partitions, configs });
    }
    let made = topics.create(name, partitions, &given)?;
    Ok(Created { id: made.id, partitions, configs: made.configs.clone() })
}

/// Number of partitions that a topic of the request asks for.
fn partitions(topic: &CreatableTopic, default: i32) -> Result<i32, Refused> {
    let refuse = |code, message: &str| Err(Refused::new(code, message));
    if !topic.assignments.is_empty() {
        if topic.replication_factor != -1 {
            let message = "A manual partition assignment was specified, but replication factor was not set to -1.";
            return refuse(Code::InvalidRequest, message);
        }
        if topic.num_partitions != -1 {
            let message = "A manual partition assignment was specified, but numPartitions was not set to -1.";
            return refuse(Code::InvalidRequest, message);
        }
        return assigned(&topic.assignments);
    }
    match topic.replication_factor {
        -1 | 1 => {}
        factor if factor < 1 => {
            let message = "Replication factor must be larger than 0, or -1 to use the default value.";
            return refuse(Code::InvalidReplicationFactor, message);
        }
        factor => {
            let message = format!(
                "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot \
                 be reached because only 1 broker(s) are registered."
            );
            return refuse(Code::InvalidReplicationFactor, &message);
        }
    }
    match topic.num_partitions {
        -1 => Ok(default),
        partitions if partitions < 1 => {
            let message = "Number of partitions was set to an invalid non-positive value.";
            refuse(Code::InvalidPartitions, message)
        }
        partitions => Ok(partitions),
    }
}

fn assigned(assignments: &[CreatableReplicaAssignment]) -> Result<i32, Refused> {
    let refuse = |message: &str| Err(Refused::new(Code::InvalidReplicaAssignment, message));
    let mut seen = BTreeSet::new();
    for assignment in assignments {
        if !seen.insert(assignment.partition_index) {
            let message =
                format!("Found multiple manual partition assignments for partition {}", assignment.partition_index);
            return refuse(&message);
        }
        let brokers: Vec<i32> = assignment.broker_ids.iter().map(|id| id.0).collect();
        check_replicas(&brokers)?;
    }
    let count = i32::try_from(seen.len()).unwrap_or(i32::MAX);
    if seen.first() != Some(&0) || seen.last() != Some(&(count - 1)) {
        return refuse("partitions should be a consecutive 0-based integer sequence");
    }
    Ok(count)
}

/// Checks the replicas that a client wants for a partition: this broker, once. Errors: `InvalidReplicaAssignment`.
pub(super) fn check_replicas(brokers: &[i32]) -> Result<(), Refused> {
    let message = match brokers {
        [] => "The manual partition assignment includes an empty replica list.".to_owned(),
        [NODE_ID] => return Ok(()),
        _ => match brokers.iter().find(|id| **id != NODE_ID) {
            Some(id) => {
                format!("The manual partition assignment includes broker {id}, but no such broker is registered.")
            }
            None => format!("The manual partition assignment includes the broker {NODE_ID} more than once."),
        },
    };
    Err(Refused::new(Code::InvalidReplicaAssignment, message))
}

fn result(topic: &CreatableTopic, created: Result<Created, Refused>) -> CreatableTopicResult {
    let (code, message) = outcome(created.as_ref().err());
    let result =
        CreatableTopicResult::default().with_name(topic.name.clone()).with_error_code(code).with_error_message(message);
    match created {
        Err(_) => result,
        Ok(created) => result
            .with_topic_id(created.id)
            .with_num_partitions(created.partitions)
            .with_replication_factor(1)
            .with_configs(Some(described(&created.configs))),
    }
}

fn described(own: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
    let described = |setting: &configs::Setting| {
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(configs::value(own, setting.name))))
            .with_read_only(false)
            .with_config_source(if own.contains_key(setting.name) { TOPIC_OWN } else { DEFAULT })
            .with_is_sensitive(false)
    };
    configs::SETTINGS.iter().map(described).collect()
}
