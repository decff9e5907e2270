//! Local copies as the server's properties have them.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{CopyFolder, INTERVAL, LocalState, Origin};
use crate::kafka::KafkaTopics;
use crate::properties::{self, Properties};

/// Where local copies of what queries keep are, unless they are switched off.
pub(crate) fn local_state(
    data_dir: &Path,
    cluster: &str,
    log: Arc<OnceLock<u64>>,
    topics: &KafkaTopics,
    defaults: &Properties,
) -> Option<LocalState> {
    let interval = properties::of_server("millstream.state.copy.interval.ms", defaults).and_then(|n| n.parse().ok());
    let interval = interval.map_or(INTERVAL, Duration::from_millis);
    if interval.is_zero() {
        return None;
    }
    let folder = CopyFolder::new(data_dir, Origin { cluster: cluster.to_owned(), log });
    let topics = topics.clone();
    match LocalState::start(folder, Box::new(move |topic| topics.ends(topic)), interval) {
        Ok(state) => Some(state),
        Err(error) => {
            tracing::warn!(%error, "no local copies of state are kept");
            None
        }
    }
}
