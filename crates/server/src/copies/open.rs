//! Local copies as the server's properties have them.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use millstream_engine::copies::Memory;
use millstream_kafka::KafkaConfig;

use super::{CHANGED_BYTES_MIN, CopyFolder, INTERVAL, Images, LocalState, MEMORY_BYTES_MAX, Origin, Pace};
use crate::kafka::{KafkaChangelog, KafkaTopics};
use crate::properties::{self, Properties};

/// What a server keeps of its queries' state below its data folder, and how much of it in memory.
pub(crate) fn local_state(
    data_dir: &Path,
    cluster: &str,
    log: Arc<OnceLock<u64>>,
    topics: &KafkaTopics,
    kafka: &KafkaConfig,
    defaults: &Properties,
) -> Option<LocalState> {
    let number = |name: &str| properties::of_server(name, defaults).and_then(|n| n.parse::<u64>().ok());
    let changed = number("millstream.state.copy.min.bytes").and_then(|bytes| usize::try_from(bytes).ok());
    let pace = Pace {
        interval: number("millstream.state.copy.interval.ms").map_or(INTERVAL, Duration::from_millis),
        changed_bytes_min: changed.unwrap_or(CHANGED_BYTES_MIN),
    };
    let memory = number("millstream.state.memory.max.bytes").unwrap_or(MEMORY_BYTES_MAX);
    let memory = Memory::new(usize::try_from(memory).unwrap_or(usize::MAX));
    let folder = CopyFolder::new(data_dir, Origin { cluster: cluster.to_owned(), log });
    let topics = topics.clone();
    match LocalState::start(folder, Images::new(data_dir), memory, Box::new(move |topic| topics.ends(topic)), pace) {
        Ok(state) if number("num.standby.replicas").is_some_and(|replicas| replicas > 0) => {
            let kafka = kafka.clone();
            Some(state.with_standbys(Arc::new(move |topic| KafkaChangelog::open(&kafka, topic))))
        }
        Ok(state) => Some(state),
        Err(error) => {
            tracing::warn!(%error, "no local copies of state are kept");
            None
        }
    }
}
