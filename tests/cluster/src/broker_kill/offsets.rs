//! A group that commits one offset after the other and reads each back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::error::{Doing, Result, Trouble};

const ANSWER: Duration = Duration::from_secs(10);

/// The running committer.
pub(super) struct Offsets {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<u64>>,
}

impl Offsets {
    /// Begins to commit offsets in partition 0 of `topic`.
    pub(super) fn start(bootstrap: &str, topic: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, bootstrap, topic) = (Arc::clone(&stop), bootstrap.to_owned(), topic.to_owned());
        Self { stop, thread: std::thread::spawn(move || run(&bootstrap, &topic, &seen)) }
    }

    /// Ends it; gives how many commits were acknowledged. Errors: an acknowledged offset was not there afterwards.
    pub(super) fn stop(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| Trouble::failed("the committer's thread died"))?
    }
}

fn run(bootstrap: &str, topic: &str, stop: &AtomicBool) -> Result<u64> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "broker-kill-offsets")
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "100")
        .create()
        .doing("creating the committer")?;
    let (mut tried, mut acknowledged, mut commits) = (0_i64, 0_i64, 0_u64);
    loop {
        // A commit that was not acknowledged may have happened all the same.
        if let Some(found) = committed(&consumer, topic)
            && !(acknowledged..=tried).contains(&found)
        {
            return Err(Trouble::failed(format!(
                "committed offset {found}, acknowledged was {acknowledged}, tried {tried}"
            )));
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(commits);
        }
        tried += 1;
        let mut offset = TopicPartitionList::new();
        offset.add_partition_offset(topic, 0, Offset::Offset(tried)).doing("naming an offset")?;
        if consumer.commit(&offset, CommitMode::Sync).is_ok() {
            acknowledged = tried;
            commits += 1;
        }
        crate::clock::pause_ms(2);
    }
}

/// `None`: the broker did not answer.
fn committed(consumer: &BaseConsumer, topic: &str) -> Option<i64> {
    let mut ask = TopicPartitionList::new();
    ask.add_partition(topic, 0);
    let answer = consumer.committed_offsets(ask, ANSWER).ok()?;
    let element = answer.elements().into_iter().next()?;
    element.error().ok()?;
    Some(if let Offset::Offset(offset) = element.offset() { offset } else { 0 })
}
