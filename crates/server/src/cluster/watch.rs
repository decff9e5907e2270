//! What keeps a server's view of the others going: questions to Kafka, judgements, and a task for each other server.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_engine::clock::{Clock as _, SystemClock};
use parking_lot::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use super::followed::Followed;
use super::lags::StoreLags;
use super::{Cluster, HostStoreLags, discovery, peer};
use crate::kafka::KafkaTopics;
use crate::names::Names;
use crate::queries::Queries;
use crate::runner::Published;

/// What this server tells the others of itself.
#[derive(Default)]
pub(super) struct Report {
    /// The lags of its states, as they were taken last.
    pub(super) lags: Mutex<HostStoreLags>,
    /// Its standbys.
    pub(super) followed: Mutex<Followed>,
}

/// What questions need of the server.
pub(crate) struct Looker {
    /// Its names in Kafka.
    pub(crate) names: Names,
    /// Its connection for questions.
    pub(crate) topics: KafkaTopics,
    /// What runs here.
    pub(crate) queries: Arc<Queries>,
    /// The queries that there are.
    pub(crate) published: Arc<Published>,
    /// Its address.
    pub(crate) own: String,
}

/// The tasks. Dropped, they end.
pub(crate) struct Watch {
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn start(cluster: &Arc<Cluster>, looker: Looker) -> Self {
        let (looker, report) = (Arc::new(looker), Arc::new(Report::default()));
        let mut tasks = vec![
            tokio::spawn(judge(Arc::clone(cluster))),
            tokio::spawn(discover(Arc::clone(cluster), Arc::clone(&looker), Arc::clone(&report))),
        ];
        if cluster.settings.lags.is_some() {
            tasks.push(tokio::spawn(measure(Arc::clone(cluster), looker, report)));
        }
        Self { tasks }
    }
}

async fn judge(cluster: Arc<Cluster>) {
    let mut ticks = interval(cluster.settings.check);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        cluster.judge(cluster.clock.monotonic());
    }
}

/// Asks who is there, and gives each new one a task that sends to it.
async fn discover(cluster: Arc<Cluster>, looker: Arc<Looker>, report: Arc<Report>) {
    let mut ticks = interval(cluster.settings.discover);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut peers: JoinSet<String> = JoinSet::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut trouble = false;
    loop {
        ticks.tick().await;
        while let Some(ended) = peers.try_join_next() {
            if let Ok(address) = ended {
                known.remove(&address);
            }
        }
        let asking = Arc::clone(&looker);
        let (owned, followed) = match tokio::task::spawn_blocking(move || asking.owned()).await {
            Ok(Ok(found)) => found,
            Ok(Err(cause)) => {
                if !std::mem::replace(&mut trouble, true) {
                    tracing::warn!(cause, "it is not known which servers of the service are there");
                }
                continue;
            }
            // The server stops.
            Err(_) => return,
        };
        trouble = false;
        report.followed.lock().clone_from(&followed);
        let others = cluster.found(owned, cluster.clock.monotonic());
        cluster.follows(followed);
        for address in others {
            if known.insert(address.clone()) {
                let (weak, own, report) = (Arc::downgrade(&cluster), cluster.own.clone(), Arc::clone(&report));
                peers.spawn(async move {
                    peer::run(weak, own, address.clone(), report).await;
                    address
                });
            }
        }
    }
}

/// Takes the lags of this server's states.
async fn measure(cluster: Arc<Cluster>, looker: Arc<Looker>, report: Arc<Report>) {
    let Some(every) = cluster.settings.lags else { return };
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asking = Arc::clone(&looker);
        match tokio::task::spawn_blocking(move || asking.lags()).await {
            Ok(Ok(lags)) => {
                *report.lags.lock() = lags.clone();
                cluster.reported(super::LagReport { ksql_host: cluster.own.clone(), host_store_lags: lags });
            }
            Ok(Err(cause)) => tracing::info!(cause, "the lags of states are not known"),
            // The server stops.
            Err(_) => return,
        }
    }
}

impl Looker {
    /// What each server has, and what this one follows. Blocks. Errors: Kafka does not say.
    fn owned(&self) -> Result<(super::Owned, Followed), String> {
        let state = self.published.view().state;
        let members = |group: &str| self.topics.members(group);
        let standbys = |query: &str, part| self.queries.standbys(query, part);
        discovery::look(state.running().map(|query| &**query), &self.names, members, standbys)
    }

    /// How far the states are that this server has or follows. Blocks. Errors: Kafka does not say.
    fn lags(&self) -> Result<HostStoreLags, String> {
        let state = self.published.view().state;
        let mut lags = HostStoreLags { update_time_ms: SystemClock::new().now_ms(), ..HostStoreLags::default() };
        for query in state.running() {
            for part in query.parts().iter().filter(|part| part.keeps_state()) {
                let members = self.topics.members(&self.names.group_of_part(&query.id, part.number))?;
                let own = discovery::tasks(&members, &self.own);
                let mut positions = self.queries.standbys(&query.id, part.number);
                positions.retain(|task, _| !own.contains(task));
                let tasks: Vec<i32> = own.into_iter().chain(positions.keys().copied()).collect();
                if tasks.is_empty() {
                    continue;
                }
                let ends = self.topics.ends(&self.names.changelog_topic(&query.id, part.number))?;
                positions.extend(self.queries.positions(&query.id, part.number));
                let store = format!("{}#{}", self.names.group(&query.id), discovery::store_of(part.number));
                lags.state_store_lags.insert(store, StoreLags::of(&tasks, &ends, &positions));
            }
        }
        Ok(lags)
    }
}
