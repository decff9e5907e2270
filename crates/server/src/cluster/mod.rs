//! The servers of a service as they see one another: who is there, who lives, what each has and how far that is.
//!
//! Three things go round, as in ksqlDB. **Discovery** asks Kafka who the members of the queries' groups are and what they
//! were given: each names its server's address in its `client.id` (why so: docs/decisions/0015). Every server then sends
//! **heartbeats** to all others over HTTP, and judges by those that arrive who lives; with them it tells what it follows of the
//! others' states, and, more rarely, its **lags**: how far the states that it keeps or follows are behind their changelogs.
//!
//! `watch` keeps it going, `peer` is the way to one other server, `discovery` the question to Kafka, `lags` what is said of
//! states, `followed` of standbys; here stands what all that has come to.

mod discovery;
mod followed;
mod lags;
mod peer;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::clock::{Clock as _, SystemClock};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub(crate) use self::discovery::{client_suffix, is_address};
pub(crate) use self::followed::{Followed, Heartbeat};
pub(crate) use self::lags::{HostStoreLags, LagReport};
pub(crate) use self::watch::{Looker, Watch};
use crate::properties::{Properties, of_server};

/// How long a server is remembered that is neither in any group nor heard of.
const FORGET: Duration = Duration::from_secs(10 * 60);

/// How servers watch each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Between two heartbeats.
    pub(crate) send: Duration,
    /// Between two judgements of who lives.
    pub(crate) check: Duration,
    /// Heartbeats that are older do not count.
    pub(crate) window: Duration,
    /// So many heartbeats that did not come: the server is dead.
    pub(crate) missed: u32,
    /// Between two questions to Kafka about who is there.
    pub(crate) discover: Duration,
    /// Between two reports of lags, if there are any.
    pub(crate) lags: Option<Duration>,
}

impl Settings {
    /// `None`: servers do not watch each other.
    pub(crate) fn of(defaults: &Properties) -> Option<Self> {
        let on = |name: &str| of_server(name, defaults) == Some("true");
        let number = |name: &str| of_server(name, defaults).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0).max(1);
        let ms = |name: &str| Duration::from_millis(number(name));
        on("ksql.heartbeat.enable").then(|| Self {
            send: ms("ksql.heartbeat.send.interval.ms"),
            check: ms("ksql.heartbeat.check.interval.ms"),
            window: ms("ksql.heartbeat.window.ms"),
            missed: u32::try_from(number("ksql.heartbeat.missed.threshold.ms")).unwrap_or(u32::MAX),
            discover: ms("ksql.heartbeat.discover.interval.ms"),
            lags: on("ksql.lag.reporting.enable").then(|| ms("ksql.lag.reporting.send.interval.ms")),
        })
    }

    /// How long after its last heartbeat a server counts as alive.
    fn patience(&self) -> Duration {
        self.send.saturating_mul(self.missed).min(self.window)
    }
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TopicPartition {
    /// The topic.
    pub(crate) topic: String,
    /// Its number.
    pub(crate) partition: i32,
}

/// What a server has of a query; ksqlDB's shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActiveStandby {
    /// The stores of its tasks.
    pub(crate) active_stores: Vec<String>,
    /// What its tasks read.
    pub(crate) active_partitions: Vec<TopicPartition>,
    /// The stores of others' tasks that it follows.
    pub(crate) stand_by_stores: Vec<String>,
    /// What those tasks read.
    pub(crate) stand_by_partitions: Vec<TopicPartition>,
}

/// What each server has, by address and query.
pub(crate) type Owned = BTreeMap<String, BTreeMap<String, ActiveStandby>>;

/// A server as `/clusterStatus` tells of it; ksqlDB's shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostStatus {
    /// Whether it lives.
    pub(crate) host_alive: bool,
    /// When that was judged last, wall clock, ms.
    pub(crate) last_status_update_ms: i64,
    /// What it has of each query.
    pub(crate) active_standby_per_query: BTreeMap<String, ActiveStandby>,
    /// How far its states are.
    pub(crate) host_store_lags: HostStoreLags,
}

/// What is known of another server.
#[derive(Debug)]
struct Host {
    /// When its last heartbeat arrived, by our own clock: the senders' may differ.
    heard: Option<Duration>,
    /// When it was last found in a group.
    found: Duration,
    alive: bool,
    judged_ms: i64,
    owned: BTreeMap<String, ActiveStandby>,
    /// What it follows of others' states, as it has told last.
    followed: Followed,
    lags: HostStoreLags,
}

impl Host {
    /// What it has and follows of each query. What a dead one followed is of no use to anybody.
    fn all(&self) -> BTreeMap<String, ActiveStandby> {
        let mut all = self.owned.clone();
        for (query, stand_bys) in self.followed.iter().filter(|_| self.alive) {
            let of_query = all.entry(query.clone()).or_default();
            of_query.stand_by_stores.clone_from(&stand_bys.stand_by_stores);
            of_query.stand_by_partitions.clone_from(&stand_bys.stand_by_partitions);
        }
        all
    }
}

/// The servers of a service, as this one sees them.
pub(crate) struct Cluster {
    /// This server's address.
    own: String,
    pub(crate) settings: Settings,
    clock: SystemClock,
    hosts: Mutex<BTreeMap<String, Host>>,
}

impl Cluster {
    /// Nobody is known but this server.
    pub(crate) fn new(own: &str, settings: Settings) -> Self {
        let cluster = Self { own: own.to_owned(), settings, clock: SystemClock::new(), hosts: Mutex::default() };
        cluster.found(Owned::new(), cluster.clock.monotonic());
        cluster
    }

    /// Discovery has found these servers. The addresses of all others that are known.
    fn found(&self, owned: Owned, now: Duration) -> Vec<String> {
        let mut hosts = self.hosts.lock();
        for host in hosts.values_mut() {
            host.owned.clear();
        }
        let new = || Host {
            heard: None,
            found: now,
            alive: false,
            judged_ms: self.clock.now_ms(),
            owned: BTreeMap::new(),
            followed: Followed::new(),
            lags: HostStoreLags::default(),
        };
        for (address, owned) in owned {
            let host = hosts.entry(address).or_insert_with(new);
            host.found = now;
            host.owned = owned;
        }
        let own = hosts.entry(self.own.clone()).or_insert_with(new);
        (own.alive, own.found) = (true, now);
        let lately = |when: Duration| now.saturating_sub(when) <= FORGET;
        hosts.retain(|_, host| lately(host.found) || host.heard.is_some_and(lately));
        hosts.keys().filter(|address| **address != self.own).cloned().collect()
    }

    /// A heartbeat has arrived. One of a server that was not discovered is nobody's: that it lives shows when it was.
    pub(crate) fn heard(&self, beat: Heartbeat) {
        self.heard_at(beat, self.clock.monotonic());
    }

    fn heard_at(&self, beat: Heartbeat, now: Duration) {
        if let Some(host) = self.hosts.lock().get_mut(&beat.host_info) {
            host.heard = Some(now);
            if let Some(followed) = beat.stand_bys {
                host.followed = followed;
            }
        }
    }

    /// What this server itself follows.
    fn follows(&self, followed: Followed) {
        if let Some(own) = self.hosts.lock().get_mut(&self.own) {
            own.followed = followed;
        }
    }

    /// A report of lags has arrived.
    pub(crate) fn reported(&self, report: LagReport) {
        if let Some(host) = self.hosts.lock().get_mut(&report.ksql_host) {
            host.lags = report.host_store_lags;
        }
    }

    /// Judges who lives.
    fn judge(&self, now: Duration) {
        let patience = self.settings.patience();
        for (address, host) in &mut *self.hosts.lock() {
            let alive = *address == self.own || host.heard.is_some_and(|heard| now.saturating_sub(heard) <= patience);
            if host.alive != alive {
                tracing::info!(server = address, alive, "a server of the service");
            }
            host.alive = alive;
            host.judged_ms = self.clock.now_ms();
        }
    }

    /// All servers that are known, this one among them.
    pub(crate) fn statuses(&self) -> BTreeMap<String, HostStatus> {
        let status = |host: &Host| HostStatus {
            host_alive: host.alive,
            last_status_update_ms: host.judged_ms,
            active_standby_per_query: host.all(),
            host_store_lags: host.lags.clone(),
        };
        self.hosts.lock().iter().map(|(address, host)| (address.clone(), status(host))).collect()
    }
}
