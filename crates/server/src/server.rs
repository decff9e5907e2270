//! A server from start to stop: what it owns, and in which order it comes up and goes down.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use millstream_engine::clock::SystemClock;
use millstream_kafka::{KafkaConfig, Writer};
use millstream_schemas::Registry;
use parking_lot::Mutex;

use crate::StartError;
use crate::address::advertised;
use crate::cluster::{self, Cluster, Looker, Watch};
use crate::config::ServerConfig;
use crate::copies::local_state;
use crate::data_dir::DataDir;
use crate::kafka::{KafkaHost, KafkaOpener, KafkaTopics, KafkaViewHost, sharing};
use crate::lag::Lag;
use crate::limits::Limits;
use crate::listening::{Listening, bind, internal_listener};
use crate::names::Names;
use crate::properties::{self, Given, Properties, Started};
use crate::push::{Feeds, PushQueries};
use crate::queries::Queries;
use crate::reach::{self, Asker, Reached};
use crate::registry;
use crate::rest::{self, Door, Health, Lookups, Side};
use crate::runner::CommandRunner;
use crate::tls;
use crate::view::{self, Views};

/// Pull queries that may run at once where `ksql.query.pull.max.concurrent.requests` allows more: each has a thread.
const PULLS_MAX: usize = 1000;
/// How often it is looked whether tokens must be renewed.
const LOGIN_TICK: Duration = Duration::from_secs(2);
/// Replicas of the command topic and the ledger, and of queries' own topics unless the second says otherwise.
const INTERNAL_REPLICAS: &str = "ksql.internal.topic.replicas";
/// Replicas of queries' own topics.
const REPLICATION_FACTOR: &str = "replication.factor";

/// Everything that requests use.
pub(crate) struct Server {
    /// Names in Kafka.
    pub(crate) names: Names,
    /// Where other servers and clients reach it: `host:port`.
    pub(crate) address: String,
    /// The cluster's own id.
    pub(crate) cluster_id: String,
    /// Wall clock, and time since the start.
    pub(crate) clock: SystemClock,
    /// Defaults of statements.
    pub(crate) defaults: Properties,
    /// What it was started with, by canonical name.
    pub(crate) given: BTreeMap<String, Given>,
    /// How to reach Kafka.
    pub(crate) kafka: KafkaConfig,
    /// Its topics.
    pub(crate) topics: KafkaTopics,
    /// Where INSERT VALUES writes.
    pub(crate) writer: Writer,
    /// The command runner, and the state.
    pub(crate) runner: CommandRunner,
    /// The persistent queries.
    pub(crate) queries: Arc<Queries>,
    /// The queries for clients.
    pub(crate) pushes: Arc<PushQueries>,
    /// Topics that they read together.
    pub(crate) feeds: Feeds,
    /// The PRINTs for clients.
    pub(crate) prints: Arc<PushQueries>,
    /// The pull queries over tables.
    pub(crate) pulls: Arc<PushQueries>,
    /// The rows of tables.
    pub(crate) views: Views,
    /// Pull queries by key that have come before.
    pub(crate) lookups: Lookups,
    /// Where schemas stand.
    pub(crate) registry: Registry,
    /// How far queries are behind.
    pub(crate) lags: Lag,
    /// The last answer about Kafka.
    pub(crate) health: Health,
    /// Statements that change the catalog are refused: what it holds comes from files (a headless server).
    pub(crate) sealed: AtomicBool,
    /// The other servers, where they watch each other.
    pub(crate) cluster: Option<Arc<Cluster>>,
    /// What it takes on.
    pub(crate) limits: Limits,
    /// Dead letters go back for one statement at a time.
    pub(crate) replays: Mutex<()>,
    /// How long a statement waits for its turn, and as long again for the log.
    pub(crate) command_timeout: Duration,
    _data_dir: DataDir,
}

/// A server that answers requests. Dropped without [`RunningServer::stop`], it ends with the process.
pub struct RunningServer {
    address: SocketAddr,
    server: Arc<Server>,
    door: Arc<Door>,
    listening: Listening,
    watch: Option<Watch>,
    certificate: Option<PathBuf>,
}

/// Starts a server: locks its folder, reads the command topic, deploys the queries, listens.
///
/// Errors: see [`StartError`]; nothing goes on running after one.
pub async fn start(config: ServerConfig) -> Result<RunningServer, StartError> {
    start_with(config, None).await
}

/// The same with a schema registry of the caller's instead of the one that `ksql.schema.registry.url` names.
///
/// # Errors
/// As [`start`]'s.
pub async fn start_with(config: ServerConfig, registry: Option<Registry>) -> Result<RunningServer, StartError> {
    // Before anything else: a port that is taken is found while nothing has happened yet.
    let (listener, address) = bind(config.listener.address).await?;
    let started = properties::sort_out(&config)?;
    let internal = internal_listener(&started.defaults, config.listener)?;
    let property = |name: &str| config.properties.iter().rev().find(|s| s.name == name).map(|s| s.value.as_str());
    let (acceptor, certificate) = match config.listener.tls || internal.is_some_and(|internal| internal.tls) {
        true => {
            let acceptor = tls::acceptor(property).map_err(StartError::Config)?;
            (Some(acceptor), property(tls::KEYSTORE).map(PathBuf::from))
        }
        false => (None, None),
    };
    let door = Door::of(&started.defaults, internal.is_some()).map_err(StartError::Config)?;
    let mut listening = Listening::new();
    listening.serve(listener, acceptor.clone().filter(|_| config.listener.tls), door.service(Side::Public))?;
    if let Some(internal) = internal {
        let (listener, _) = bind(internal.address).await?;
        listening.serve(listener, acceptor.filter(|_| internal.tls), door.service(Side::Internal))?;
    }
    // Whoever asks from here on is told to come back.
    let data_dir = DataDir::open(&config.data_dir)?;
    let names = Names::new(config.service_id.clone());
    let asker = Asker { kafka: started.kafka.clone(), names, replicas: replicas(INTERNAL_REPLICAS, &started.defaults) };
    let patience = properties::of_server(reach::WAIT, &started.defaults).and_then(|ms| ms.parse().ok());
    let reached = asker.reach(Duration::from_millis(patience.unwrap_or_default())).await?;
    let open = move || Server::open(config, started, address, (data_dir, reached), registry);
    let opening = tokio::task::spawn_blocking(open).await;
    let server = Arc::new(opening.map_err(|e| StartError::Config(format!("start-up has failed: {e}")))??);
    if server.kafka.has_tokens() {
        keep_logins(Arc::downgrade(&server)).map_err(|e| StartError::Config(format!("no thread: {e}")))?;
    }
    door.open(rest::router(Arc::clone(&server)));
    if !address.ip().is_loopback() && !door.is_guarded() {
        tracing::warn!(%address, "everybody who reaches this address may do everything: see authentication.method");
    }
    let watch = server.cluster.as_ref().map(|cluster| Watch::start(cluster, server.looker()));
    Ok(RunningServer { address, server, door, listening, watch, certificate })
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, `http[s]://ADDRESS:PORT`, on this machine.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback: IpAddr =
                if address.is_ipv6() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        let listening = properties::of_server("listeners", &self.server.defaults).unwrap_or_default();
        let scheme = listening.split_once("://").map_or("http", |(scheme, _)| scheme);
        format!("{scheme}://{address}")
    }

    /// What lets this process in, as a bearer's token, where users must say who they are; `None`: everybody is let in.
    pub fn own_token(&self) -> Option<String> {
        self.door.own_token().map(str::to_owned)
    }

    /// The file with the certificate and key that it shows to clients; `None`: it speaks no TLS.
    pub fn certificate(&self) -> Option<PathBuf> {
        self.certificate.clone()
    }

    /// From here on no client can change the catalog: it is what files say, as on a headless ksqlDB server. Unlike there,
    /// everything may still be read.
    pub fn seal(&self) {
        self.server.sealed.store(true, Ordering::Release);
    }

    /// Stops: clients' queries end, requests drain, persistent queries end their epoch and leave.
    pub async fn stop(self) {
        let Self { server, door, listening, watch, .. } = self;
        drop(watch);
        door.close();
        server.pushes.close_all();
        server.prints.close_all();
        server.pulls.close_all();
        listening.stop().await;
        let stopped = tokio::task::spawn_blocking(move || {
            server.runner.stop();
            server.queries.stop_all();
            server.views.stop_all();
        });
        if stopped.await.is_err() {
            tracing::error!("the server could not be stopped in order");
        }
    }
}

impl Server {
    /// Replays, deploys. Blocks.
    fn open(
        config: ServerConfig,
        started: Started,
        listening: SocketAddr,
        (data_dir, reached): (DataDir, Reached),
        registry: Option<Registry>,
    ) -> Result<Self, StartError> {
        let Started { kafka, mut defaults, given } = started;
        for (name, value) in [
            ("bootstrap.servers", config.bootstrap_servers.as_str()),
            ("ksql.service.id", config.service_id.as_str()),
            ("listeners", &format!("{}://{listening}", config.listener.scheme())),
        ] {
            defaults.insert(name.to_owned(), value.to_owned());
        }
        let names = Names::new(config.service_id);
        let Reached { topics, cluster_id, store, writer } = reached;
        let own_replicas = replicas(REPLICATION_FACTOR, &defaults).or_else(|| replicas(INTERNAL_REPLICAS, &defaults));
        let address = advertised(&defaults, listening, kafka.bootstrap_servers());
        let cluster = cluster::Settings::of(&defaults).map(|settings| Arc::new(Cluster::new(&address, settings)));
        let host = KafkaHost::new(&kafka, &names, data_dir.instance_id(), &topics)
            .with_replicas(own_replicas)
            .with_address(cluster.as_ref().map(|_| address.clone()));
        let registry = match registry {
            Some(registry) => registry,
            None => registry::open(&defaults).map_err(StartError::Config)?,
        };
        let feeds = Feeds::new(Arc::new(KafkaOpener { kafka: kafka.clone(), topics: topics.clone() }));
        let own = (config.data_dir.as_path(), data_dir.instance_id());
        let copies = local_state(own, &cluster_id, store.born(), &topics, &kafka, &defaults);
        let queries = Queries::new(Arc::new(host), registry.clone()).with_copies(copies);
        let queries = Arc::new(queries.with_sharing(sharing(&kafka, &defaults)));
        if let Err(error) = queries.keep_tidy() {
            tracing::warn!(%error, "rows between parts of queries stay after they have been read");
        }
        let runner = CommandRunner::start(
            Box::new(store),
            Box::new(topics.clone()),
            Box::new(Arc::clone(&queries)),
            properties::of_requests(&defaults),
            registry.clone(),
        )
        .map_err(StartError::Kafka)?;
        let ids: Vec<String> = runner.published().view().state.queries.keys().cloned().collect();
        queries.forget_copies_but(&ids);
        let bytes_max = properties::of_server("millstream.view.max.bytes", &defaults).and_then(|n| n.parse().ok());
        let view_host = Arc::new(KafkaViewHost::new(&kafka, &topics, runner.published()));
        let views = Views::new(view_host, bytes_max.unwrap_or(view::BYTES_MAX), registry.clone());
        let number = |name: &str| properties::of_server(name, &defaults).and_then(|n| n.parse::<usize>().ok());
        let pushes = Arc::new(number("ksql.max.push.queries").map_or_else(PushQueries::default, PushQueries::new));
        let pulls = number("ksql.query.pull.max.concurrent.requests").map_or(PULLS_MAX, |n| n.min(PULLS_MAX));
        let timeout = number("ksql.server.command.response.timeout.ms").unwrap_or_default();
        Ok(Self {
            names,
            address,
            cluster,
            limits: Limits::of(&defaults),
            command_timeout: Duration::from_millis(timeout as u64),
            cluster_id,
            clock: SystemClock::new(),
            defaults,
            given,
            kafka,
            topics,
            writer,
            runner,
            queries,
            pushes,
            feeds,
            lags: Lag::new(),
            prints: Arc::new(PushQueries::default()),
            pulls: Arc::new(PushQueries::new(pulls)),
            views,
            lookups: Lookups::default(),
            registry,
            health: Health::default(),
            sealed: AtomicBool::new(false),
            replays: Mutex::default(),
            _data_dir: data_dir,
        })
    }

    /// What it needs to know of the others.
    fn looker(&self) -> Looker {
        Looker {
            names: self.names.clone(),
            topics: self.topics.clone(),
            queries: Arc::clone(&self.queries),
            published: Arc::clone(self.runner.published()),
            own: self.address.clone(),
        }
    }
}

/// Renews the tokens of clients that nobody polls, until the server is gone.
fn keep_logins(server: Weak<Server>) -> std::io::Result<()> {
    let keep = move || {
        loop {
            std::thread::sleep(LOGIN_TICK);
            let Some(server) = server.upgrade() else { return };
            let kept = server.topics.keep_login().and_then(|()| server.writer.keep_login().map_err(|e| e.to_string()));
            if let Err(error) = kept {
                tracing::warn!(error, "the login at Kafka cannot be renewed");
            }
        }
    };
    std::thread::Builder::new().name("kafka-login".into()).spawn(keep).map(drop)
}

/// The replicas of topics that nobody sees, where the property says so.
fn replicas(name: &str, defaults: &Properties) -> Option<i16> {
    properties::of_server(name, defaults).and_then(|number| number.parse().ok()).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_the_brokers_unless_somebody_says() {
        let defaults = |name: &str, value: &str| -> Properties { [(name.to_owned(), value.to_owned())].into() };
        assert_eq!(replicas(INTERNAL_REPLICAS, &Properties::new()), None);
        assert_eq!(replicas(INTERNAL_REPLICAS, &defaults(INTERNAL_REPLICAS, "3")), Some(3));
        assert_eq!(replicas(REPLICATION_FACTOR, &Properties::new()), None);
    }
}
