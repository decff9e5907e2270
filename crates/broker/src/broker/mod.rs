//! Starting and stopping a broker.
//!
//! Threads: one accepts, one for each connection, one looks after timeouts every 50 ms, one after storage. All of them
//! hold the lock of the data folder, so a folder is free exactly when nothing can write to it any more.

mod data_dir;
mod parts;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::BrokerConfig;
use crate::error::BrokerError;
use crate::journal::Journal;
use crate::log::LastRun;
use crate::net::{Server, Threads};
use crate::node::Node;
use crate::partition::Waiter;
use data_dir::DataDir;

/// How often timeouts are looked after, ms.
const TICK_MS: u64 = 50;
/// How long stopping waits for requests that are being served, ms; then their connections are closed.
const DRAIN_MS: u64 = 5_000;
/// How long stopping waits for threads after that, ms.
const JOIN_MS: u64 = 5_000;

/// A running broker. Dropping it without [`Broker::stop`] is like killing it: nothing acknowledged is lost, and the next
/// start has more to check.
#[derive(Debug)]
pub struct Broker {
    node: Arc<Node>,
    server: Arc<Server>,
    threads: Arc<Threads>,
    bells: Vec<Arc<Waiter>>,
    data: Arc<DataDir>,
    /// Whether no log is left that a lost run may have damaged.
    checked: Arc<AtomicBool>,
    address: SocketAddr,
    /// Whether the threads have been told to end.
    ended: bool,
    /// The data folder is locked as long as this or a thread holds it.
    _lock: Arc<File>,
}

impl Broker {
    /// Starts a broker: locks and opens its data folder, finishes what the last run left, and listens.
    ///
    /// Errors: `User` when the folder is in use or somebody else's, when the port is taken, or when clients could not
    /// connect to the advertised address; `Storage` and `Data` when the stored data cannot be read.
    pub fn start(config: BrokerConfig) -> Result<Self, BrokerError> {
        let (data, lock) = DataDir::open(&config.data_dir)?;
        let lock = Arc::new(lock);
        let last_run = data.last_run()?;
        raise_file_limit();
        // Nothing of the data is changed before it is certain that this broker can listen; clients that come early wait
        // in the listener's queue.
        let listener = parts::listen(&config)?;
        let address = listener.local_addr().map_err(BrokerError::storage(data.path()))?;
        let advertised = parts::advertised(&config, &listener)?;
        let journal = Arc::new(Journal::open(data.path(), config.fsync)?);
        let upkeep_ms = config.upkeep_interval_ms.max(1);
        data.begun(last_run)?;
        let node = Arc::new(parts::open_node(config, data.path(), journal, last_run)?);
        let _ = node.advertised.set(advertised);
        node.transactions.resume();

        let threads = Arc::new(Threads::new(&lock));
        let server = Server::start(Arc::clone(&node), listener, Arc::clone(&threads))
            .map_err(BrokerError::storage(data.path()))?;
        let checked = Arc::new(AtomicBool::new(last_run != LastRun::Lost));
        let data = Arc::new(data);
        let mut broker =
            Self { node, server, threads, bells: Vec::new(), data, address, checked, ended: false, _lock: lock };
        broker.repeat("broker-tick", TICK_MS, parts::tick)?;
        broker.repeat("broker-upkeep", upkeep_ms, parts::upkeep)?;
        if last_run == LastRun::Lost {
            broker.check_logs()?;
        }
        tracing::info!(%address, ?last_run, folder = %broker.data.path().display(), "embedded Kafka broker started");
        Ok(broker)
    }

    /// The address that is listened on, with its port even if it was chosen by the system.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `host:port` for a client's `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        let (host, port) = self.node.advertised();
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// Stops in order: requests that are being served are answered, partitions are closed, and the next start has
    /// nothing to check. Takes at most about ten seconds.
    pub fn stop(mut self) {
        self.end();
        // Ends a compaction that is under way. What a request opens once more is closed again below.
        let closed = self.node.topics.close();
        if !self.wait() {
            tracing::error!("the broker's threads did not end in time; its data will be checked at the next start");
            return;
        }
        if let Err(e) = closed.and(self.node.topics.close()) {
            tracing::error!("not all partitions could be closed; they will be checked at the next start: {e}");
            return;
        }
        if !self.checked.load(Ordering::Acquire) {
            tracing::info!("the check of the logs goes on at the next start");
            return;
        }
        if let Err(e) = self.data.ended(self.node.config.fsync) {
            tracing::warn!("the end of the broker's run could not be marked: {e}");
        }
    }

    /// Starts a thread that does something every `pause_ms` until the broker stops.
    fn repeat(&mut self, name: &str, pause_ms: u64, work: fn(&Node)) -> Result<(), BrokerError> {
        let bell = Arc::new(Waiter::default());
        let (node, rung) = (Arc::clone(&self.node), Arc::clone(&bell));
        let repeated = move || {
            while !node.is_stopping() {
                work(&node);
                let _ = rung.wait(pause_ms);
            }
        };
        self.threads.spawn(name, repeated).map_err(BrokerError::storage(self.data.path()))?;
        self.bells.push(bell);
        Ok(())
    }

    /// Checks all logs in a thread, after a run whose machine may have died.
    fn check_logs(&self) -> Result<(), BrokerError> {
        let (node, data, checked) = (Arc::clone(&self.node), Arc::clone(&self.data), Arc::clone(&self.checked));
        let check = move || {
            if !parts::check_logs(&node) {
                return;
            }
            match data.checked() {
                Ok(()) => checked.store(true, Ordering::Release),
                Err(e) => tracing::warn!("the end of the check of the logs could not be marked: {e}"),
            }
        };
        self.threads.spawn("broker-check", check).map_err(BrokerError::storage(self.data.path()))
    }

    /// Tells all threads to end.
    fn end(&mut self) {
        self.ended = true;
        self.node.stopping.store(true, Ordering::Release);
        self.bells.iter().for_each(|bell| bell.wake());
        self.server.close();
    }

    /// Waits for all threads to end; `false`: some are still running.
    fn wait(&self) -> bool {
        if self.threads.wait(DRAIN_MS) {
            return true;
        }
        self.server.abort();
        self.threads.wait(JOIN_MS)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.end();
        if !self.wait() {
            tracing::warn!("some threads of the dropped broker still run; its data folder stays locked until they end");
        }
    }
}

/// The node of a broker that is not running, with its data where the configuration says.
#[cfg(test)]
pub(crate) fn test_node(config: BrokerConfig) -> Node {
    let folder = config.data_dir.clone();
    let journal = Arc::new(Journal::open(&folder, config.fsync).unwrap());
    parts::open_node(config, &folder, journal, LastRun::Clean).unwrap()
}

/// Lets this process have as many files open as the system allows it: segment files and sockets of clients are more than the
/// 256 to 1024 that are the default.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tracing::debug!("up to {:?} files may be open", limit.maximum),
        Err(e) => tracing::warn!("the limit of open files could not be raised: {e}"),
    }
}
