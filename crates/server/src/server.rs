//! A server from start to stop: what it owns, and in which order it comes up and goes down.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use millstream_engine::clock::SystemClock;
use millstream_kafka::{KafkaConfig, Writer};
use millstream_schemas::Registry;

use crate::StartError;
use crate::address::advertised;
use crate::cluster::{self, Cluster, Looker, Watch};
use crate::config::ServerConfig;
use crate::data_dir::DataDir;
use crate::kafka::{KafkaCommandStore, KafkaHost, KafkaOpener, KafkaTopics, KafkaViewHost};
use crate::lag::Lag;
use crate::limits::Limits;
use crate::listening::{Listening, bind, internal_listener};
use crate::names::Names;
use crate::properties::{self, Properties};
use crate::push::{Feeds, PushQueries};
use crate::queries::Queries;
use crate::registry;
use crate::rest::{self, Door, Health, Side};
use crate::runner::CommandRunner;
use crate::tls;
use crate::topics::{NewTopic, TopicShape, Topics};
use crate::view::{self, Views};

/// Pull queries that may run at once where `ksql.query.pull.max.concurrent.requests` allows more: each has a thread.
const PULLS_MAX: usize = 1000;
/// Property prefixes that go to the Kafka clients as they are.
const CLIENT_PREFIXES: [&str; 6] = ["security.", "sasl.", "ssl.", "consumer.", "producer.", "admin."];

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
    let (kafka, defaults) = split_properties(&config)?;
    let internal = internal_listener(&defaults, config.listener)?;
    let acceptor = match config.listener.tls || internal.is_some_and(|internal| internal.tls) {
        true => {
            let property =
                |name: &str| config.properties.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
            Some(tls::acceptor(property).map_err(StartError::Config)?)
        }
        false => None,
    };
    let door = Door::of(&defaults, internal.is_some()).map_err(StartError::Config)?;
    let mut listening = Listening::new();
    listening.serve(listener, acceptor.clone().filter(|_| config.listener.tls), door.service(Side::Public))?;
    if let Some(internal) = internal {
        let (listener, _) = bind(internal.address).await?;
        listening.serve(listener, acceptor.filter(|_| internal.tls), door.service(Side::Internal))?;
    }
    // Whoever asks from here on is told to come back.
    let opening = tokio::task::spawn_blocking(move || Server::open(config, (kafka, defaults), address, registry)).await;
    let server = Arc::new(opening.map_err(|e| StartError::Config(format!("start-up has failed: {e}")))??);
    door.open(rest::router(Arc::clone(&server)));
    if !address.ip().is_loopback() && !door.is_guarded() {
        tracing::warn!(%address, "everybody who reaches this address may do everything: see authentication.method");
    }
    let watch = server.cluster.as_ref().map(|cluster| Watch::start(cluster, server.looker()));
    Ok(RunningServer { address, server, door, listening, watch })
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
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
    /// Connects, replays, deploys. Blocks.
    fn open(
        config: ServerConfig,
        (kafka, mut defaults): (KafkaConfig, Properties),
        listening: SocketAddr,
        registry: Option<Registry>,
    ) -> Result<Self, StartError> {
        for (name, value) in [
            ("bootstrap.servers", config.bootstrap_servers.as_str()),
            ("ksql.service.id", config.service_id.as_str()),
            ("listeners", &format!("{}://{listening}", config.listener.scheme())),
        ] {
            defaults.insert(name.to_owned(), value.to_owned());
        }
        let client_id = config.properties.iter().rev().find(|(name, _)| name == "consumer.client.id");
        let client_id = client_id.map(|(_, id)| id.clone());
        let names = Names::new(config.service_id);
        let data_dir = DataDir::open(&config.data_dir)?;
        let topics = KafkaTopics::connect(&kafka)?;
        let cluster_id = topics.cluster_id().map_err(StartError::Kafka)?;
        // First of all that could write: what turns out to be somebody else's has not been touched.
        let store = KafkaCommandStore::open(&kafka, &names)?;
        create_ledger(&mut topics.clone(), &names)?;
        let writer = Writer::open(&kafka).map_err(|e| StartError::Kafka(e.to_string()))?;
        let address = advertised(&defaults, listening, kafka.bootstrap_servers());
        let cluster = cluster::Settings::of(&defaults).map(|settings| Arc::new(Cluster::new(&address, settings)));
        let of_workers = match cluster {
            Some(_) => cluster::named(&kafka, client_id.as_deref(), &address),
            None => kafka.clone(),
        };
        let host = KafkaHost::new(&of_workers, &names, data_dir.instance_id(), &topics);
        let registry = match registry {
            Some(registry) => registry,
            None => registry::open(&defaults).map_err(StartError::Config)?,
        };
        let feeds = Feeds::new(Arc::new(KafkaOpener { kafka: kafka.clone(), topics: topics.clone() }));
        let queries = Arc::new(Queries::new(Arc::new(host), registry.clone()));
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
        let bytes_max = properties::of_server("millstream.view.max.bytes", &defaults).and_then(|n| n.parse().ok());
        let view_host = Arc::new(KafkaViewHost::new(&kafka, runner.published()));
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
            registry,
            health: Health::default(),
            sealed: AtomicBool::new(false),
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

/// What is said of a property that a server does not take, with the nearest one that it takes; `None`: it takes it, or hands
/// it on to the Kafka clients, which know theirs best.
pub fn unknown_property(name: &str) -> Option<String> {
    if CLIENT_PREFIXES.iter().any(|p| name.starts_with(p)) {
        return None;
    }
    let unknown = properties::check_name(name).err()?;
    let near = properties::nearest(name).map(|name| format!(" Did you mean {name}?")).unwrap_or_default();
    Some(format!("{unknown}. It has no effect.{near}"))
}

/// Server properties: some are for the Kafka clients, the others are defaults of statements.
fn split_properties(config: &ServerConfig) -> Result<(KafkaConfig, Properties), StartError> {
    let mut kafka = KafkaConfig::new(config.bootstrap_servers.as_str());
    let mut defaults = properties::built_in();
    let mut checked = Vec::with_capacity(config.properties.len());
    for (name, value) in &config.properties {
        if config.listener.tls && tls::PROPERTIES.contains(&name.as_str()) {
            continue;
        }
        if CLIENT_PREFIXES.iter().any(|p| name.starts_with(p)) {
            kafka = kafka.with(name.as_str(), value.as_str());
            continue;
        }
        let property = properties::check_at_start(name, value).map_err(|e| {
            let near = properties::check_name(name).err().and_then(|_| properties::nearest(name));
            StartError::Config(near.map_or(e.clone(), |near| format!("{e}\nhint: did you mean {near}?")))
        })?;
        if let Some(warning) = &property.warning {
            tracing::warn!("{warning}");
        }
        defaults.insert(property.name.clone(), property.value.clone());
        checked.push((property, value));
    }
    let dialect = properties::dialect(&Properties::new(), &defaults);
    for (property, value) in checked {
        properties::check_dialect(&property, value, dialect).map_err(StartError::Config)?;
    }
    Ok((kafka, defaults))
}

/// Creates the error ledger where it is missing.
fn create_ledger(topics: &mut dyn Topics, names: &Names) -> Result<(), StartError> {
    let name = names.ledger_topic();
    if topics.describe(&name).map_err(StartError::Kafka)?.is_some() {
        return Ok(());
    }
    let shape = TopicShape { partitions: 1, replicas: None };
    let ledger = NewTopic { name, shape, config: vec![("cleanup.policy".to_owned(), "delete".to_owned())] };
    if topics.create(&ledger).map_err(StartError::Kafka)? {
        tracing::info!(topic = ledger.name, "error ledger created");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_go_where_they_belong() {
        let config = |pairs: &[(&str, &str)]| ServerConfig {
            bootstrap_servers: "h:1".into(),
            data_dir: "unused".into(),
            listener: ([127, 0, 0, 1], 0).into(),
            service_id: "default_".into(),
            properties: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        };
        let (kafka, defaults) =
            split_properties(&config(&[("security.protocol", "ssl"), ("processing.guarantee", "at_least_once")]))
                .unwrap();
        assert_eq!(kafka, KafkaConfig::new("h:1").with("security.protocol", "ssl"));
        assert_eq!(defaults.get("processing.guarantee").map(String::as_str), Some("at_least_once"));
        let refused = |pairs: &[(&str, &str)]| matches!(split_properties(&config(pairs)), Err(StartError::Config(_)));
        assert!(refused(&[("nope", "1")]));
        let slip = split_properties(&config(&[("procesing.guarantee", "1")])).unwrap_err().to_string();
        assert!(slip.ends_with("hint: did you mean processing.guarantee?"), "{slip}");
        let slip = unknown_property("ksql.servce.id").unwrap();
        assert_eq!(slip, "Unknown property: ksql.servce.id. It has no effect. Did you mean ksql.service.id?");
        assert_eq!((unknown_property("sasl.username"), unknown_property("linger.ms")), (None, None));
        assert!(!refused(&[("auto.offset.reset", "2024-01-01")]));
        assert!(refused(&[("auto.offset.reset", "2024-01-01"), ("millstream.dialect", "ksql")]));
    }
}
