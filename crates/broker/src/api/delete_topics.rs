//! DeleteTopics: by name, and from version 6 by id.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse, TopicName};
use uuid::Uuid;

use super::text::{outcome, topic_name};
use super::{Api, Cx};
use crate::error::Code;
use crate::group::Offsets;
use crate::node::Node;
use crate::topics::{Refused, Topics};

/// The API.
pub(crate) struct DeleteTopics;

impl Api for DeleteTopics {
    type Request = DeleteTopicsRequest;
    const VERSIONS: RangeInclusive<i16> = 1..=6;

    fn handle(node: &Node, cx: &Cx<'_>, request: DeleteTopicsRequest) -> Option<DeleteTopicsResponse> {
        Some(answer(&node.topics, &node.offsets, cx.version, request))
    }
}

/// Deletes what is asked, and the groups' offsets in it.
pub(super) fn answer(
    topics: &Topics,
    offsets: &Offsets,
    version: i16,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let by_name = |name: TopicName| DeleteTopicState::default().with_name(Some(name)).with_topic_id(Uuid::nil());
    let wanted: Vec<DeleteTopicState> = match version {
        ..6 => request.topic_names.into_iter().map(by_name).collect(),
        _ => request.topics,
    };
    let found: Vec<_> = wanted.iter().map(|state| find(topics, state)).collect();
    let mut times = HashMap::<Arc<str>, usize>::new();
    found.iter().flatten().for_each(|name| *times.entry(Arc::clone(name)).or_default() += 1);
    let mut responses = Vec::new();
    for (state, found) in wanted.into_iter().zip(found) {
        let known = found.as_ref().ok().cloned();
        let deleted = found.and_then(|name| {
            if times.get(&name).is_some_and(|times| *times > 1) {
                return Err(Refused::new(Code::InvalidRequest, "Duplicate topic name."));
            }
            let topic = topics.delete(&name)?;
            offsets.forget_topic(&name);
            Ok(topic.id)
        });
        let (code, message) = outcome(deleted.as_ref().err());
        responses.push(
            DeletableTopicResult::default()
                .with_name(state.name.or_else(|| known.map(|name| topic_name(&name))))
                .with_topic_id(deleted.unwrap_or(state.topic_id))
                .with_error_code(code)
                .with_error_message(message),
        );
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

/// Name of the topic that is meant. Errors: `InvalidRequest`, `UnknownTopicOrPartition`, `UnknownTopicId`.
fn find(topics: &Topics, state: &DeleteTopicState) -> Result<Arc<str>, Refused> {
    match &state.name {
        Some(_) if !state.topic_id.is_nil() => {
            Err(Refused::new(Code::InvalidRequest, "You may not specify both topic name and topic id."))
        }
        Some(name) => topics.get(name.as_str()).map(|topic| Arc::clone(&topic.name)).ok_or_else(|| {
            let message = "This server does not host this topic-partition.";
            Refused::new(Code::UnknownTopicOrPartition, message)
        }),
        None if state.topic_id.is_nil() => {
            Err(Refused::new(Code::InvalidRequest, "Neither topic name nor id were specified."))
        }
        None => topics
            .by_id(state.topic_id)
            .map(|topic| Arc::clone(&topic.name))
            .ok_or_else(|| Refused::new(Code::UnknownTopicId, "This server does not host this topic ID.")),
    }
}
