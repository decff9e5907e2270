//! OffsetFetch: how far a group, or several, have read.

use std::ops::RangeInclusive;

use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::error::Code;
use crate::group::{Committed, Offsets};
use crate::node::Node;

/// From this version on several groups are asked at once.
const GROUPS_FROM: i16 = 8;

/// OffsetFetch.
pub(crate) struct OffsetFetch;

impl Api for OffsetFetch {
    type Request = OffsetFetchRequest;
    const VERSIONS: RangeInclusive<i16> = 1..=9;

    fn handle(node: &Node, cx: &Cx<'_>, request: OffsetFetchRequest) -> Option<OffsetFetchResponse> {
        Some(answer(cx.version, &node.offsets, &request))
    }
}

/// A partition's answer: number, what was committed, error.
type Found = (i32, Option<Committed>, Option<Code>);

fn answer(version: i16, offsets: &Offsets, request: &OffsetFetchRequest) -> OffsetFetchResponse {
    let stable = request.require_stable;
    if version < GROUPS_FROM {
        let topics = request.topics.as_ref().map(|topics| topics.iter().map(|t| (&t.name, &*t.partition_indexes)));
        let topics = fetch(offsets, &request.group_id, topics, stable).into_iter().map(|(name, found)| {
            let partitions = found.into_iter().map(|found| {
                let (index, offset, leader_epoch, metadata, error) = parts(found);
                OffsetFetchResponsePartition::default()
                    .with_partition_index(index)
                    .with_committed_offset(offset)
                    .with_committed_leader_epoch(leader_epoch)
                    .with_metadata(Some(metadata))
                    .with_error_code(error)
            });
            OffsetFetchResponseTopic::default().with_name(name).with_partitions(partitions.collect())
        });
        return OffsetFetchResponse::default().with_topics(topics.collect());
    }
    let groups = request.groups.iter().map(|group| {
        let topics = group.topics.as_ref().map(|topics| topics.iter().map(|t| (&t.name, &*t.partition_indexes)));
        let topics = fetch(offsets, &group.group_id, topics, stable).into_iter().map(|(name, found)| {
            let partitions = found.into_iter().map(|found| {
                let (index, offset, leader_epoch, metadata, error) = parts(found);
                OffsetFetchResponsePartitions::default()
                    .with_partition_index(index)
                    .with_committed_offset(offset)
                    .with_committed_leader_epoch(leader_epoch)
                    .with_metadata(Some(metadata))
                    .with_error_code(error)
            });
            OffsetFetchResponseTopics::default().with_name(name).with_partitions(partitions.collect())
        });
        OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone()).with_topics(topics.collect())
    });
    OffsetFetchResponse::default().with_groups(groups.collect())
}

/// What a group committed for the named partitions, or (`None`) for all that it has.
fn fetch<'a>(
    offsets: &Offsets,
    group: &str,
    topics: Option<impl Iterator<Item = (&'a TopicName, &'a [i32])>>,
    stable: bool,
) -> Vec<(TopicName, Vec<Found>)> {
    let found = |partition: i32, (committed, pending): (Option<Committed>, bool)| {
        // What an open transaction may be about to change is not told to those who must not read it twice.
        let unstable = stable && pending;
        (partition, committed.filter(|_| !unstable), unstable.then_some(Code::UnstableOffsetCommit))
    };
    let Some(topics) = topics else {
        let all = offsets.fetch_all(group).into_iter().map(|(topic, committed)| {
            let partitions = committed.into_iter().map(|(p, committed, pending)| found(p, (Some(committed), pending)));
            (TopicName(StrBytes::from_string(topic)), partitions.collect())
        });
        return all.collect();
    };
    let asked = topics.map(|(topic, partitions)| {
        let one = |partition: &i32| found(*partition, offsets.fetch_marked(group, topic, *partition));
        (topic.clone(), partitions.iter().map(one).collect())
    });
    asked.collect()
}

fn parts((index, committed, error): Found) -> (i32, i64, i32, StrBytes, i16) {
    let error = error.map_or(0, |code| code.code());
    match committed {
        Some(c) => (index, c.offset, c.leader_epoch, StrBytes::from_string(c.metadata), error),
        None => (index, -1, -1, StrBytes::default(), error),
    }
}

#[cfg(test)]
mod tests;
