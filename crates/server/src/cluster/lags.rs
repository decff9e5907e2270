//! How far states are behind their changelogs: what a server says of its own, ksqlDB's shapes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a server sends to the others: `POST /lag`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LagReport {
    /// Whose lags they are: `host:port`.
    pub(crate) ksql_host: String,
    /// The lags.
    pub(crate) host_store_lags: HostStoreLags,
}

/// The lags of a server's states.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostStoreLags {
    /// By application and store: `<consumer group>#<store>`.
    #[serde(default)]
    pub(crate) state_store_lags: BTreeMap<String, StoreLags>,
    /// When they were taken, wall clock, ms; 0: they never were.
    #[serde(default)]
    pub(crate) update_time_ms: i64,
}

/// The lags of one store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreLags {
    /// By partition.
    pub(crate) lag_by_partition: BTreeMap<i32, Lag>,
    /// How many partitions.
    pub(crate) size: usize,
}

/// How far the state of one partition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lag {
    /// Which offset of the changelog comes next.
    pub(crate) current_offset_position: i64,
    /// Where the changelog ends.
    pub(crate) end_offset_position: i64,
    /// What is between them.
    pub(crate) offset_lag: i64,
}

impl StoreLags {
    /// The lags of these partitions. `ends`: where the changelog ends, by partition. `positions`: how far the states are that are
    /// being restored or followed; every other has what its changelog has.
    pub(super) fn of(partitions: &[i32], ends: &[i64], positions: &BTreeMap<i32, i64>) -> Self {
        let lag = |partition: &i32| {
            let end = *ends.get(usize::try_from(*partition).ok()?)?;
            let current = positions.get(partition).map_or(end, |position| (*position).min(end));
            let lag = Lag { current_offset_position: current, end_offset_position: end, offset_lag: end - current };
            Some((*partition, lag))
        };
        let lag_by_partition: BTreeMap<i32, Lag> = partitions.iter().filter_map(lag).collect();
        Self { size: lag_by_partition.len(), lag_by_partition }
    }
}
