//! OffsetDelete: committed offsets of topics that a group no longer reads are deleted.

use std::ops::RangeInclusive;

use kafka_protocol::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;

/// OffsetDelete.
pub(crate) struct OffsetDelete;

impl Api for OffsetDelete {
    type Request = OffsetDeleteRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=0;

    fn handle(node: &Node, _: &Cx<'_>, request: OffsetDeleteRequest) -> Option<OffsetDeleteResponse> {
        let asked =
            request.topics.iter().flat_map(|topic| topic.partitions.iter().map(|p| (&*topic.name, p.partition_index)));
        let known: Vec<(String, i32)> = asked
            .filter(|(topic, partition)| super::is_partition(node, topic, *partition))
            .map(|(topic, partition)| (topic.to_string(), partition))
            .collect();
        Some(match node.groups.delete_offsets(&request.group_id, &known, &node.offsets) {
            Ok(results) => answer(&request, &known, &results),
            Err(code) => OffsetDeleteResponse::default().with_error_code(code.code()),
        })
    }
}

/// `results` are of the partitions that exist, in the request's order.
fn answer(
    request: &OffsetDeleteRequest,
    known: &[(String, i32)],
    results: &[Result<(), Code>],
) -> OffsetDeleteResponse {
    let mut known = known.iter().zip(results).peekable();
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let result = match known.next_if(|((name, i), _)| **name == **topic.name && *i == index) {
                Some((_, result)) => *result,
                None => Err(Code::UnknownTopicOrPartition),
            };
            OffsetDeleteResponsePartition::default()
                .with_partition_index(index)
                .with_error_code(result.map_or_else(|code| code.code(), |()| 0))
        });
        let partitions = partitions.collect();
        OffsetDeleteResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    OffsetDeleteResponse::default().with_topics(topics.collect())
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::TopicName;
    use kafka_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
    use kafka_protocol::protocol::StrBytes;

    use super::*;

    #[test]
    fn results_go_to_their_partitions() {
        let topic = |name: &'static str, partitions: &[i32]| {
            let partition = |p: &i32| OffsetDeleteRequestPartition::default().with_partition_index(*p);
            OffsetDeleteRequestTopic::default()
                .with_name(TopicName(StrBytes::from_static_str(name)))
                .with_partitions(partitions.iter().map(partition).collect())
        };
        let request = OffsetDeleteRequest::default().with_topics(vec![topic("a", &[9, 0, 1]), topic("b", &[0])]);
        let known = [("a".to_owned(), 0), ("a".to_owned(), 1)];
        let answer = answer(&request, &known, &[Err(Code::GroupSubscribedToTopic), Ok(())]);
        let codes: Vec<_> = answer.topics.iter().flat_map(|t| &t.partitions).map(|p| p.error_code).collect();
        assert_eq!(codes, [3, 86, 0, 3]);
    }
}
