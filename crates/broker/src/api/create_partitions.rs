//! CreatePartitions: gives topics more partitions.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

use super::create_topics::check_replicas;
use super::text::outcome;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;
use crate::topics::{Refused, Topics};

/// The API.
pub(crate) struct CreatePartitions;

impl Api for CreatePartitions {
    type Request = CreatePartitionsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=3;

    fn handle(node: &Node, _: &Cx<'_>, request: CreatePartitionsRequest) -> Option<CreatePartitionsResponse> {
        Some(answer(&node.topics, request))
    }
}

/// Grows what is asked.
pub(super) fn answer(topics: &Topics, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let mut times = HashMap::<String, usize>::new();
    request.topics.iter().for_each(|topic| *times.entry(topic.name.to_string()).or_default() += 1);
    let mut results = Vec::new();
    for topic in request.topics {
        // Of a name that is there several times one answer is given.
        let Some(times) = times.remove(topic.name.as_str()) else { continue };
        let grown = match times {
            1 => grow(topics, &topic, request.validate_only),
            _ => Err(Refused::new(Code::InvalidRequest, "Duplicate topic name.")),
        };
        let (code, message) = outcome(grown.as_ref().err());
        results.push(
            CreatePartitionsTopicResult::default()
                .with_name(topic.name)
                .with_error_code(code)
                .with_error_message(message),
        );
    }
    CreatePartitionsResponse::default().with_results(results)
}

fn grow(topics: &Topics, topic: &CreatePartitionsTopic, validate_only: bool) -> Result<(), Refused> {
    let name = topic.name.as_str();
    topics.check_growth(name, topic.count)?;
    if let Some(assignments) = &topic.assignments {
        let have = topics.get(name).map_or(0, |topic| topic.partitions.len());
        let more = usize::try_from(topic.count).unwrap_or(0).saturating_sub(have);
        if assignments.len() != more {
            let message = format!(
                "Attempted to add {more} additional partition(s), but only {} assignment(s) were specified.",
                assignments.len()
            );
            return Err(Refused::new(Code::InvalidReplicaAssignment, message));
        }
        for assignment in assignments {
            let brokers: Vec<i32> = assignment.broker_ids.iter().map(|id| id.0).collect();
            check_replicas(&brokers)?;
        }
    }
    if validate_only { Ok(()) } else { topics.grow(name, topic.count).map(drop) }
}
