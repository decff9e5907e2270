//! A server on an embedded broker, both in this process, for one case alone.

use std::net::SocketAddr;
use std::sync::OnceLock;

use millstream_broker::{Broker, BrokerConfig};
use millstream_kafka::KafkaConfig;
use millstream_schemas::Registry;
use millstream_server::{RunningServer, ServerConfig, Setting};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What the suite's servers are started with.
const PROPERTIES: [(&str, &str); 8] = [
    ("cache.max.bytes.buffering", "0"),
    ("auto.offset.reset", "earliest"),
    ("processing.guarantee", "exactly_once_v2"),
    ("ksql.headers.columns.enabled", "true"),
    ("ksql.query.pull.interpreter.enabled", "true"),
    ("ksql.query.pull.table.scan.enabled", "true"),
    ("ksql.query.push.v2.enabled", "true"),
    ("millstream.dialect", "ksql"),
];

/// Kafka's `log.cleaner.backoff.ms`.
const COMPACTION_MS: u64 = 15_000;

/// Where all servers of the suite run.
pub(super) fn runtime() -> Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let built = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| format!("no runtime: {e}"))
    });
    built.as_ref().map_err(Clone::clone)
}

/// A broker and a server of it.
pub(super) struct Deployment {
    broker: Broker,
    server: RunningServer,
    /// Their data; removed with it.
    _folder: TempDir,
}

impl Deployment {
    /// Starts both, the server with that schema registry.
    pub(super) fn start(registry: Registry) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no folder: {e}"))?;
        let mut config = BrokerConfig::new(folder.path().join("kafka"));
        config.port = 0;
        // Cases see every change of a table, as in Kafka, which does not compact sooner than this.
        config.upkeep_interval_ms = COMPACTION_MS;
        let broker = Broker::start(config).map_err(|e| format!("no broker: {e}"))?;
        let config = ServerConfig {
            bootstrap_servers: broker.bootstrap(),
            data_dir: folder.path().join("server"),
            listener: ([127, 0, 0, 1], 0).into(),
            service_id: "default_".to_owned(),
            properties: PROPERTIES.map(|(name, value)| Setting::option(name, value)).into(),
        };
        match runtime()?.block_on(millstream_server::start_with(config, Some(registry))) {
            Ok(server) => Ok(Self { broker, server, _folder: folder }),
            Err(e) => {
                broker.stop();
                Err(format!("no server: {e}"))
            }
        }
    }

    /// Where the server listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The broker, for clients.
    pub(super) fn kafka(&self) -> KafkaConfig {
        KafkaConfig::new(self.broker.bootstrap())
    }

    /// Stops both.
    pub(super) fn stop(self) {
        if let Ok(runtime) = runtime() {
            runtime.block_on(self.server.stop());
        }
        self.broker.stop();
    }
}
