//! DescribeLogDirs: the bytes of partitions in the one data folder.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};

use super::text::{text, topic_name};
use super::{Api, Cx};
use crate::node::Node;
use crate::topics::Topics;

/// From this version on the answer tells of the disk (KIP-827).
const DISK_FROM: i16 = 4;

/// The API.
pub(crate) struct DescribeLogDirs;

impl Api for DescribeLogDirs {
    type Request = DescribeLogDirsRequest;
    const VERSIONS: RangeInclusive<i16> = 1..=4;

    fn handle(node: &Node, cx: &Cx<'_>, request: DescribeLogDirsRequest) -> Option<DescribeLogDirsResponse> {
        Some(answer(cx.version, &node.topics, &node.config.data_dir, request))
    }
}

/// Describes what is asked, or all; as in Kafka, what does not exist is left out.
pub(super) fn answer(
    version: i16,
    topics: &Topics,
    data_dir: &Path,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let mut wanted: BTreeMap<Arc<str>, Vec<i32>> = BTreeMap::new();
    match request.topics {
        None => {
            wanted.extend(topics.list().iter().map(|topic| (Arc::clone(&topic.name), (0..topic.count()).collect())));
        }
        Some(asked) => {
            for asked in asked {
                if let Some(topic) = topics.get(asked.topic.as_str()) {
                    wanted.entry(Arc::clone(&topic.name)).or_default().extend(asked.partitions);
                }
            }
        }
    }
    let described = wanted.into_iter().map(|(topic, mut indexes)| {
        indexes.sort_unstable();
        indexes.dedup();
        let partitions = indexes.into_iter().filter_map(|index| {
            let bytes = bytes_of(topics.partition(&topic, index)?.folder());
            let partition = DescribeLogDirsPartition::default().with_partition_index(index).with_offset_lag(0);
            Some(partition.with_partition_size(i64::try_from(bytes).unwrap_or(i64::MAX)))
        });
        DescribeLogDirsTopic::default().with_name(topic_name(&topic)).with_partitions(partitions.collect())
    });
    let result = DescribeLogDirsResult::default()
        .with_log_dir(text(&data_dir.display().to_string()))
        .with_topics(described.filter(|topic| !topic.partitions.is_empty()).collect());
    // -1, unknown, when the system does not tell.
    let result = match rustix::fs::statvfs(data_dir) {
        Ok(disk) if version >= DISK_FROM => {
            let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
            result.with_total_bytes(bytes(disk.f_blocks)).with_usable_bytes(bytes(disk.f_bavail))
        }
        _ => result,
    };
    DescribeLogDirsResponse::default().with_results(vec![result])
}

/// Bytes of a partition's records, by its files: opening thousands of logs to know their size would keep them open.
fn bytes_of(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let segments = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
    segments.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
