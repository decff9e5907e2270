//! Fetch: records of some partitions from given offsets, waiting a while for the first ones.
//!
//! Fetch sessions (KIP-227) are not kept: answers carry session id 0, upon which clients name all partitions each time.

use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse, ProducerId};

use super::{Api, Cx};
use crate::error::Code;
use crate::log::{Slice, Wanted};
use crate::node::Node;
use crate::partition::{Partition, Waiter};

/// How often a waiting fetch looks whether its client is still there, ms.
const LOOK_MS: u64 = 250;
/// What one fetch may read when others hold all the room there is.
const CROWDED_BYTES: usize = 64 << 10;
const READ_COMMITTED: i8 = 1;
/// The epoch of everything here: one node has one leader for ever.
pub(crate) const LEADER_EPOCH: i32 = 0;

/// The API with key 1.
pub(crate) struct Fetch;

impl Api for Fetch {
    type Request = FetchRequest;
    const VERSIONS: RangeInclusive<i16> = 4..=12;

    fn handle(node: &Node, cx: &Cx<'_>, request: FetchRequest) -> Option<FetchResponse> {
        // An epoch above 0 goes on with a session that was never given.
        if request.session_id != 0 && request.session_epoch > 0 {
            return Some(FetchResponse::default().with_error_code(Code::FetchSessionIdNotFound.code()));
        }
        let most = usize::try_from(request.max_bytes).unwrap_or(0).min(node.config.limits.fetch_response_bytes);
        let partitions = resolve(node, &request.topics);
        let mut found = wait(node, cx, &request, &partitions, most);
        // Nothing is held while waiting: what is not read yet needs no room.
        let bytes = found.iter().flatten().map(Found::bytes).sum();
        if !cx.connection.reserve(&node.fetches, bytes) {
            found = look(&request, &partitions, CROWDED_BYTES);
        }
        Some(FetchResponse::default().with_responses(read(&request, found)))
    }
}

type Partitions = Vec<Vec<Option<Arc<Partition>>>>;

/// One partition's part of an answer before its bytes are read.
struct Found {
    code: Option<Code>,
    high_watermark: i64,
    last_stable: i64,
    start: i64,
    slice: Option<Slice>,
}

impl Found {
    fn failed(code: Code) -> Self {
        Self { code: Some(code), high_watermark: -1, last_stable: -1, start: -1, slice: None }
    }

    fn bytes(&self) -> usize {
        self.slice.as_ref().map_or(0, |slice| slice.length)
    }
}

/// What the partitions have, once it is enough, something is wrong with one of them, or the time is over.
fn wait(node: &Node, cx: &Cx<'_>, request: &FetchRequest, partitions: &Partitions, most: usize) -> Vec<Vec<Found>> {
    let least = usize::try_from(request.min_bytes).unwrap_or(0);
    let enough = |found: &[Vec<Found>]| {
        let mut all = found.iter().flatten();
        let bytes: usize = found.iter().flatten().map(Found::bytes).sum();
        bytes >= least.min(most) || all.any(|f| f.code.is_some())
    };
    let found = look(request, partitions, most);
    if request.max_wait_ms <= 0 || enough(&found) {
        return found;
    }
    let end = node.clock.steady_ms().saturating_add(i64::from(request.max_wait_ms));
    let waiter = Arc::new(Waiter::default());
    let everywhere = || partitions.iter().flatten().flatten();
    everywhere().for_each(|partition| partition.watch(&waiter));
    loop {
        // Whatever came before the watch began is seen now, whatever comes after rings.
        let found = look(request, partitions, most);
        let left = u64::try_from(end.saturating_sub(node.clock.steady_ms())).unwrap_or(0);
        if left == 0 || enough(&found) || cx.gone() {
            return found;
        }
        drop(found);
        let mut waited = 0;
        while waited < left && !waiter.wait(LOOK_MS.min(left - waited)) && !cx.gone() {
            waited += LOOK_MS;
        }
    }
}

fn resolve(node: &Node, topics: &[FetchTopic]) -> Partitions {
    let one = |topic: &FetchTopic| {
        let found = node.topics.get(&topic.topic.0);
        let partition = |p: &FetchPartition| {
            let index = usize::try_from(p.partition).ok()?;
            found.as_ref()?.partitions.get(index).cloned()
        };
        topic.partitions.iter().map(partition).collect()
    };
    topics.iter().map(one).collect()
}

/// Goes over the partitions in the request's order, which clients rotate to be fair, until `most` bytes are found.
fn look(request: &FetchRequest, partitions: &Partitions, most: usize) -> Vec<Vec<Found>> {
    let mut taken = 0_usize;
    let mut one = |(wanted, partition): (&FetchPartition, &Option<Arc<Partition>>)| {
        let Some(partition) = partition else { return Found::failed(Code::UnknownTopicOrPartition) };
        if wanted.current_leader_epoch > LEADER_EPOCH {
            return Found::failed(Code::UnknownLeaderEpoch);
        }
        let bytes = usize::try_from(wanted.partition_max_bytes).unwrap_or(0).min(most.saturating_sub(taken));
        let wanted = Wanted {
            offset: wanted.fetch_offset,
            max_bytes: bytes,
            // The first batch is given however large it is, or its reader would never get past it.
            at_least_one: taken == 0,
            committed_only: request.isolation_level == READ_COMMITTED,
        };
        let looked = partition.with(|log| {
            let slice = log.slice(wanted);
            (slice, log.end_offset(), log.last_stable_offset(), log.start_offset())
        });
        match looked {
            Ok((slice, high_watermark, last_stable, start)) => {
                let code = slice.as_ref().err().copied();
                let slice = slice.ok();
                taken = taken.saturating_add(slice.as_ref().map_or(0, |s| s.length));
                Found { code, high_watermark, last_stable, start, slice }
            }
            Err(code) => Found::failed(code),
        }
    };
    let topics = request.topics.iter().zip(partitions);
    topics.map(|(topic, partitions)| topic.partitions.iter().zip(partitions).map(&mut one).collect()).collect()
}

fn read(request: &FetchRequest, found: Vec<Vec<Found>>) -> Vec<FetchableTopicResponse> {
    let topics = request.topics.iter().zip(found);
    topics
        .map(|(topic, found)| {
            let partitions = topic.partitions.iter().zip(found);
            let partitions = partitions
                .map(|(wanted, found)| answer(wanted.partition, found, request.isolation_level == READ_COMMITTED));
            FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_partitions(partitions.collect())
        })
        .collect()
}

fn answer(partition: i32, found: Found, committed_only: bool) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(partition)
        .with_high_watermark(found.high_watermark)
        .with_last_stable_offset(found.last_stable)
        .with_log_start_offset(found.start)
        .with_records(Some(Bytes::new()));
    if let Some(code) = found.code {
        return data.with_error_code(code.code());
    }
    let Some(slice) = found.slice else { return data };
    let mut bytes = vec![0; slice.length];
    if let Err(e) = slice.file.read_exact_at(&mut bytes, slice.position) {
        tracing::error!(partition, "records could not be read: {e}");
        return data.with_error_code(Code::KafkaStorageError.code());
    }
    let aborted = slice.aborted.iter().map(|(producer, first)| {
        AbortedTransaction::default().with_producer_id(ProducerId(*producer)).with_first_offset(*first)
    });
    let aborted = committed_only.then(|| aborted.collect());
    data.with_records(Some(Bytes::from(bytes))).with_aborted_transactions(aborted)
}
