//! APIs of the broker itself.

use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, DescribeClusterRequest, DescribeLogDirsRequest, FindCoordinatorRequest,
};

use super::each_version;
use crate::outcome::{Outcome, first, holds, same};
use crate::target::Target;
use crate::wire::batch::Batch;
use crate::wire::group::await_coordinator;
use crate::wire::{ask, code, text, topic_name};

pub(crate) fn api_versions(target: &Target) -> Outcome {
    each_version::<ApiVersionsRequest>(target, 4, |connection, version| {
        let mut request = ApiVersionsRequest::default();
        if version >= 3 {
            request = request.with_client_software_name(text("checks")).with_client_software_version(text("1.0"));
        }
        let answer = connection.call(version, &request)?;
        same("error", code(answer.error_code), "none")?;
        let mut keys = answer.api_keys.iter().map(|k| k.api_key).collect::<Vec<_>>();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        same("different keys", keys.len(), count)?;
        holds(answer.api_keys.iter().all(|k| k.min_version <= k.max_version), "an empty range")?;
        holds(keys.contains(&0) && keys.contains(&1) && keys.contains(&18), format!("keys {keys:?}"))
    })
}

/// The APIs that `versions` has a check for.
const CHECKED: [ApiKey; 34] = [
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::SyncGroup,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::AddPartitionsToTxn,
    ApiKey::AddOffsetsToTxn,
    ApiKey::EndTxn,
    ApiKey::TxnOffsetCommit,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::DescribeLogDirs,
    ApiKey::CreatePartitions,
    ApiKey::DeleteGroups,
    ApiKey::OffsetDelete,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::DescribeTransactions,
    ApiKey::ListTransactions,
];

/// What no check covers is said, so that nobody takes it for tested. Every API that the checks use must be there.
pub(crate) fn nothing_else(target: &Target) -> Outcome {
    let answer = target.connect()?.call(0, &ApiVersionsRequest::default())?;
    let keys = answer.api_keys.iter().map(|k| k.api_key).collect::<Vec<_>>();
    let unchecked = |key: i16| !CHECKED.iter().any(|c| *c as i16 == key);
    let missing = CHECKED.iter().filter(|c| !keys.contains(&(**c as i16))).collect::<Vec<_>>();
    holds(missing.is_empty(), format!("not advertised: {missing:?}"))?;
    let others = keys.iter().copied().filter(|k| unchecked(*k)).collect::<Vec<_>>();
    Ok(format!("{} APIs, without a check here: keys {others:?}", keys.len()))
}

pub(crate) fn find_coordinator(target: &Target) -> Outcome {
    each_version::<FindCoordinatorRequest>(target, 4, |connection, version| {
        let name = target.name("coordinator");
        for kind in if version == 0 { 0..=0 } else { 0..=1 } {
            await_coordinator(connection, &name, kind)?;
            let mut request = FindCoordinatorRequest::default();
            if version >= 1 {
                request = request.with_key_type(kind);
            }
            if version >= 4 {
                let answer =
                    connection.call(version, &request.with_coordinator_keys(vec![text(&name), text("other")]))?;
                same("coordinators", answer.coordinators.len(), 2)?;
                for c in answer.coordinators {
                    same("error", code(c.error_code), "none")?;
                    holds(c.port > 0 && !c.host.is_empty(), format!("at {}:{}", c.host.as_str(), c.port))?;
                }
            } else {
                let answer = connection.call(version, &request.with_key(text(&name)))?;
                same("error", code(answer.error_code), "none")?;
                holds(
                    answer.port > 0 && !answer.host.is_empty(),
                    format!("at {}:{}", answer.host.as_str(), answer.port),
                )?;
            }
        }
        Ok(())
    })
}

pub(crate) fn describe_cluster(target: &Target) -> Outcome {
    each_version::<DescribeClusterRequest>(target, 1, |connection, version| {
        let answer = connection.call(version, &DescribeClusterRequest::default())?;
        same("error", code(answer.error_code), "none")?;
        holds(!answer.cluster_id.is_empty(), "no cluster id")?;
        let broker = first("broker", &answer.brokers)?;
        let address = format!("{}:{}", broker.host.as_str(), broker.port);
        holds(broker.port > 0 && !broker.host.is_empty(), format!("a broker at {address}"))?;
        same("operations that were not asked for", answer.cluster_authorized_operations, i32::MIN)
    })
}

pub(crate) fn describe_log_dirs(target: &Target) -> Outcome {
    let topic = target.topic("log-dirs", 2, &[])?;
    ask::produce(&mut target.connect()?, &topic, &Batch::large(5_000, 1))?;
    each_version::<DescribeLogDirsRequest>(target, 4, |connection, version| {
        let some = DescribableLogDirTopic::default().with_topic(topic_name(&topic)).with_partitions(vec![0]);
        for (wanted, partitions) in [(None, 2), (Some(vec![some]), 1)] {
            let request = DescribeLogDirsRequest::default().with_topics(wanted);
            let answer = connection.call(version, &request)?;
            let dirs = answer.results.iter().filter(|r| r.topics.iter().any(|t| t.name.as_str() == topic));
            let dir = first("log dir", dirs)?;
            same("error", code(dir.error_code), "none")?;
            let described = first("topic", dir.topics.iter().filter(|t| t.name.as_str() == topic))?;
            same("partitions", described.partitions.len(), partitions)?;
            let size =
                first("partition 0", described.partitions.iter().filter(|p| p.partition_index == 0))?.partition_size;
            holds((5_000..6_000).contains(&size), format!("partition 0 has {size} bytes of 5,000 and a little"))?;
            if version >= 4 {
                holds(dir.total_bytes > 0 && dir.usable_bytes > 0, "no size of the disk")?;
            }
        }
        Ok(())
    })
}
