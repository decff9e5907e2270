//! Local copies as the server's properties have them.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use millstream_engine::copies::Memory;
use millstream_kafka::KafkaConfig;

use super::{CHANGED_BYTES_MIN, CopyFolder, INTERVAL, Images, LocalState, MEMORY_BYTES_MAX, Origin, Pace, Standbys};
use crate::kafka::{KafkaChangelogs, KafkaTopics};
use crate::names::worker_name;
use crate::properties::{self, Properties};

/// What a server keeps of its queries' state below its data folder, and how much of it in memory. `instance`: who it is.
pub(crate) fn local_state(
    (data_dir, instance): (&Path, &str),
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
    let (topics, standby_topics) = (topics.clone(), topics.clone());
    match LocalState::start(folder, Images::new(data_dir), memory, Box::new(move |topic| topics.ends(topic)), pace) {
        Ok(state) => Some(match number("num.standby.replicas").and_then(|replicas| usize::try_from(replicas).ok()) {
            None | Some(0) => state,
            Some(replicas) => state.with_standbys(Standbys {
                changelogs: Arc::new(KafkaChangelogs { kafka: kafka.clone(), topics: standby_topics }),
                own: worker_name(instance, 0),
                replicas,
                known: Arc::default(),
            }),
        }),
        Err(error) => {
            tracing::warn!(%error, "no local copies of state are kept");
            None
        }
    }
}
