//! What the tests of a single server share: a broker, a server, topics with known records, and what comes out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::Broker;
use crate::clock;
use crate::error::{Doing, Result, Trouble};
use crate::reader::{Reader, Seen};
use crate::report::root;
use crate::server::{self, Server, Setup};

/// Where a test runs.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Site {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// A record to send, or one that came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Partition.
    pub(crate) partition: i32,
    /// Timestamp, ms.
    pub(crate) timestamp: i64,
    /// Key.
    pub(crate) key: Option<Vec<u8>>,
    /// Value.
    pub(crate) value: Option<Vec<u8>>,
}

/// A running server on a cluster.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Unique to the run: prefix of its topics.
    pub(crate) name: String,
    /// The server.
    pub(crate) server: Server,
    /// The server's service id.
    pub(crate) service: String,
    /// After the server, so that it is dropped after it.
    pub(crate) broker: Broker,
    setup: Setup,
    folder: PathBuf,
}

/// Partitions of every topic made here.
pub(crate) const PARTITIONS: i32 = 4;
/// Longest record that a producer or topic made here takes.
pub(crate) const RECORD_BYTES_MAX: &str = "12000000";

impl Stage {
    /// Starts both and waits for them.
    pub(crate) fn open(site: &Site, name: &str) -> Result<Self> {
        let broker = Broker::open(site.bootstrap.as_deref(), site.brokers, name)?;
        Self::of(server::program(site.server.as_deref())?, broker, name)
    }

    /// Another one beside this, on one broker of its own that obeys access rules.
    pub(crate) fn guarded(&self, name: &str) -> Result<Self> {
        Self::of(self.setup.program.clone(), Broker::guarded(name)?, name)
    }

    /// The same with another server of the same service.
    pub(crate) fn with_two(site: &Site, name: &str) -> Result<(Self, Server)> {
        let stage = Self::open(site, name)?;
        let mut other = Server::new(stage.setup.clone(), "server-1")?;
        other.start()?;
        other.ready()?;
        Ok((stage, other))
    }

    fn of(program: PathBuf, broker: Broker, name: &str) -> Result<Self> {
        let name = format!("{name}-{}", clock::wall_ms());
        let folder = root().join("build/servers").join(&name);
        let service = format!("{name}_");
        let setup = Setup {
            program,
            bootstrap: broker.bootstrap.clone(),
            own_broker: None,
            service: service.clone(),
            folder: folder.clone(),
            properties: Vec::new(),
        };
        let mut server = Server::new(setup.clone(), "server-0")?;
        server.start()?;
        server.ready()?;
        Ok(Self { name, server, service, broker, setup, folder })
    }

    /// Server `number` of another service, with these properties, when it is ready.
    pub(crate) fn another(&self, service: &str, number: u8, properties: &[&str]) -> Result<Server> {
        let mut server = self.unstarted(service, number, properties)?;
        server.start()?;
        server.ready()?;
        Ok(server)
    }

    /// The only server of another service, whose data folder has no more room than so many bytes, when it is ready.
    pub(crate) fn confined(&self, service: &str, bytes: u64, properties: &[&str]) -> Result<Server> {
        let mut server = self.unstarted(service, 0, properties)?.confined(bytes)?;
        server.start()?;
        server.ready()?;
        Ok(server)
    }

    fn unstarted(&self, service: &str, number: u8, properties: &[&str]) -> Result<Server> {
        let setup = Setup {
            service: format!("{}-{service}_", self.name),
            properties: properties.iter().map(|property| (*property).to_owned()).collect(),
            ..self.setup.clone()
        };
        Server::new(setup, &format!("{service}-{number}"))
    }

    /// The offset that a partition's next record gets.
    pub(crate) fn written_to(&self, topic: &str, partition: i32) -> Result<i64> {
        crate::topics::end(&self.broker.bootstrap, topic, partition)
    }

    /// How many records have been written to a topic, marks of transactions included.
    pub(crate) fn written(&self, topic: &str) -> Result<u64> {
        crate::topics::written(&self.broker.bootstrap, topic)
    }

    /// Sends records in this order; all are acknowledged when it returns.
    pub(crate) fn send(&self, topic: &str, records: &[Record]) -> Result<()> {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &self.broker.bootstrap)
            .set("enable.idempotence", "true")
            .set("message.max.bytes", RECORD_BYTES_MAX)
            .set("queue.buffering.max.messages", "1000000")
            .create()
            .doing("creating the producer")?;
        for record in records {
            let mut out = BaseRecord::<[u8], [u8]>::to(topic).partition(record.partition).timestamp(record.timestamp);
            if let Some(key) = &record.key {
                out = out.key(key);
            }
            if let Some(value) = &record.value {
                out = out.payload(value);
            }
            producer.send(out).map_err(|(e, _)| e).doing("producing")?;
        }
        producer.flush(Duration::from_secs(60)).doing("flushing")
    }

    /// What is committed in `topic`: waits until there are `count` records, at most `limit`, then until nothing more has
    /// come for 3 s. By partition, in offset order.
    pub(crate) fn read(&self, topic: &str, count: usize, limit: Duration) -> Result<Vec<Record>> {
        let found = Arc::new(Mutex::new(Vec::<Record>::new()));
        let into = Arc::clone(&found);
        let partitions = crate::topics::partitions(&self.broker.bootstrap, topic)?;
        let topics = [topic.to_owned()];
        let reader = Reader::start(&self.broker.bootstrap, &topics, partitions, move |seen: Seen<'_>| {
            into.lock().push(Record {
                partition: seen.partition,
                timestamp: seen.timestamp,
                key: seen.key.map(<[u8]>::to_vec),
                value: seen.value.map(<[u8]>::to_vec),
            });
        })?;
        clock::wait_until(limit, || found.lock().len() >= count);
        let mut before = found.lock().len();
        loop {
            clock::pause_ms(3000);
            let now = found.lock().len();
            if std::mem::replace(&mut before, now) == now {
                break;
            }
        }
        reader.stop()?;
        let mut records = std::mem::take(&mut *found.lock());
        records.sort_by_key(|r| r.partition);
        Ok(records)
    }

    /// Stops the server; it must end well.
    pub(crate) fn close(mut self) -> Result<()> {
        if !self.server.stop()? {
            return Err(Trouble::failed("the server did not stop well on SIGTERM"));
        }
        std::fs::remove_dir_all(&self.folder).doing("removing the data directory")
    }
}
