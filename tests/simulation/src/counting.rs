//! The real epoch loop with a query that keeps state: what every row adds to its group must be in every later result of the
//! group, once.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use millstream_plan::topology::{SourceNode, SubTopology};
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::{Real, address};
use crate::oracle;
use crate::planned::planned;
use crate::program::{CHANGELOG, Expected, Mapping, Program, Seen, Subject};
use crate::scenario::Scenario;
use crate::workload::THRESHOLD;

const SOURCE: &str = "CREATE STREAM input (K STRING KEY, ID BIGINT, V BIGINT, D BIGINT, S STRING) \
                      WITH (KAFKA_TOPIC='in', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');";
/// The id of the latest row tells the results from each other.
const QUERY: &str = "CREATE TABLE counted WITH (KAFKA_TOPIC='out') AS \
                     SELECT K, COUNT(*) AS N, SUM(V) AS T, MAX(LEN(S)) AS L, LATEST_BY_OFFSET(ID) AS ID \
                     FROM input WHERE V > 10 GROUP BY K;";

/// The engine's worker, counting.
#[derive(Debug, Clone, Copy)]
pub struct Counting {
    /// Whether results of one group within an epoch leave as one.
    pub merges: bool,
}

impl Program for Counting {
    fn source(&self) -> Option<SourceNode> {
        part().ok()?.inputs.first()?.source().cloned()
    }

    fn start(
        &self,
        _part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        (place, disk): (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        let config = WorkerConfig {
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies: disk.of(place, Some(CHANGELOG)),
            sharing,
            query_id: "simulated".into(),
            part: part()?,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            merges: self.merges,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    /// Counts are exact only where nothing is counted twice.
    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        oracle::check(scenario, self, cluster)
    }
}

impl Mapping for Counting {
    fn merges(&self) -> bool {
        self.merges
    }

    fn expected(&self, partition: i32, record: &Stored, seen: &mut Seen) -> Expected {
        let nothing = Expected { output: None, ledger: false };
        let refused = Expected { output: None, ledger: true };
        if record.key.as_ref().is_some_and(|key| std::str::from_utf8(key).is_err()) {
            return refused;
        }
        let row = match record.value.as_deref().map(serde_json::from_slice::<Value>) {
            Some(Err(_)) => return refused,
            _ if record.timestamp < 0 => return refused,
            None => return nothing,
            Some(Ok(row)) => row,
        };
        let number = |name: &str| row[name].as_i64().unwrap_or(i64::MIN);
        if number("V") <= THRESHOLD {
            return nothing;
        }
        let Some(key) = &record.key else { return refused };
        let group = seen.entry((partition, key.clone())).or_insert((0, 0, i64::MIN, 0));
        let length = row["S"].as_str().unwrap_or_default().chars().count() as i64;
        *group = (group.0 + 1, group.1 + number("V"), group.2.max(record.timestamp), group.3.max(length));
        let (count, sum, time, longest) = *group;
        let value = format!(r#"{{"N":{count},"T":{sum},"L":{longest},"ID":{}}}"#, number("ID"));
        Expected {
            output: Some(Stored { value: Some(value.into_bytes()), timestamp: time, ..record.clone() }),
            ledger: false,
        }
    }

    fn ledger_address(&self, entry: &Stored) -> Option<(i32, i64)> {
        address(entry)
    }
}

/// The query as the server plans it: one part, for the groups are the keys.
pub(crate) fn part() -> Result<SubTopology, String> {
    let mut parts = planned(&[SOURCE], QUERY)?;
    match (parts.pop(), parts.pop()) {
        (Some(part), None) => Ok(part),
        _ => Err("not one part".into()),
    }
}
