//! How clients are configured: what the user passes through, what Millstream needs, and limits derived from one another.
//!
//! Three layers, later ones win: our defaults, the user's librdkafka properties, and what correctness depends on
//! (offsets are committed by epochs only, reading is read-committed, timeouts nest inside the transaction's).

use crate::ahead::Limits;
use crate::errors::KafkaError;
use crate::java::{self, Kind};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as RdError;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest that a single request to a broker is waited for.
pub(crate) const REQUEST: Duration = Duration::from_secs(10);
/// Bytes that wait for delivery in one producer, in KiB.
const PRODUCE_KBYTES: usize = 32 * 1024;
/// The group name of readers that never join and never commit.
const READER_GROUP: &str = "_millstream_reader";

/// Where the cluster is, and the properties handed on to librdkafka.
///
/// A property applies to every client; with the prefix `consumer.`, `main.consumer.` (a query's sources),
/// `restore.consumer.` (its changelogs), `producer.` or `admin.` only to that kind.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaConfig {
    bootstrap: String,
    /// As they were given, in any spelling.
    given: BTreeMap<String, String>,
    /// librdkafka's, by [`Kind`] where they are for one alone.
    properties: BTreeMap<String, String>,
    /// Those of one kind, made of what was given.
    made: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// Names alone: among the values are secrets.
impl std::fmt::Debug for KafkaConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.given.keys().chain(self.properties.keys()).collect();
        f.debug_struct("KafkaConfig").field("bootstrap", &self.bootstrap).field("properties", &names).finish()
    }
}

impl KafkaConfig {
    /// A cluster by its `bootstrap.servers` (`host:port`, comma-separated).
    pub fn new(bootstrap_servers: impl Into<String>) -> KafkaConfig {
        let (given, properties, made) = Default::default();
        KafkaConfig { bootstrap: bootstrap_servers.into(), given, properties, made }
    }

    /// A cluster, and client properties as ksqlDB and Java's clients spell them, with or without `ksql.streams.`, or as
    /// librdkafka does. What has no meaning or must not be is left out: [`crate::java::handling`] tells which.
    ///
    /// # Errors
    /// [`KafkaError::Invalid`]: a value, a key store or a login is wrong or missing, with what to do.
    pub fn of(
        bootstrap_servers: impl Into<String>,
        given: BTreeMap<String, String>,
    ) -> Result<KafkaConfig, KafkaError> {
        let mut config = KafkaConfig { given, ..KafkaConfig::new(bootstrap_servers) };
        for kind in Kind::ALL {
            let made = java::translate(kind, &config.given).map_err(KafkaError::Invalid)?;
            config.made.insert(kind.name(), made);
        }
        for client in [
            config.admin(),
            config.reader(Limits::LEAST),
            config.group_consumer("g", "", "latest", Limits::LEAST),
            config.restorer(Limits::LEAST),
        ] {
            checked(&client)?;
        }
        checked(&config.producer(None)).map(|()| config)
    }

    /// The same cluster for a query that has set some of its clients' properties. Errors: as [`KafkaConfig::of`]'s.
    pub fn with_all<'a>(
        &self,
        properties: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<KafkaConfig, KafkaError> {
        let mut given = self.given.clone();
        let before = given.len();
        let own: Vec<(&String, &String)> = properties.into_iter().collect();
        for (name, value) in &own {
            // In whatever way the server was told: the query's comes first.
            given.remove(&format!("ksql.streams.{name}"));
            given.insert((*name).clone(), (*value).clone());
        }
        if own.is_empty() && given.len() == before {
            return Ok(self.clone());
        }
        let made = KafkaConfig::of(self.bootstrap.as_str(), given)?;
        Ok(KafkaConfig { properties: self.properties.clone(), ..made })
    }

    /// A property of the clients that Millstream itself acts on, such as `max.poll.records`, as a number.
    pub(crate) fn number(&self, kind: Kind, name: &str) -> Option<u32> {
        let own = kind.prefixes().iter().rev().map(|prefix| format!("{prefix}{name}"));
        let names: Vec<String> = own.chain([name.to_owned()]).collect();
        let spelt = |name: &String| self.given.get(&format!("ksql.streams.{name}")).or_else(|| self.given.get(name));
        names.iter().find_map(spelt)?.trim().parse().ok()
    }

    /// With one more librdkafka property, for example `security.protocol` or `producer.compression.type`.
    /// Wrong names and values are reported when a client is made.
    #[must_use]
    pub fn with(mut self, property: impl Into<String>, value: impl Into<String>) -> KafkaConfig {
        self.properties.insert(property.into(), value.into());
        self
    }

    /// `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap
    }

    /// Whether clients log in with tokens, which end.
    pub fn has_tokens(&self) -> bool {
        self.admin().get("sasl.mechanisms") == Some("OAUTHBEARER")
    }

    /// The value that a property has for a kind of client, if the user set it.
    fn property(&self, kind: Kind, name: &str) -> Option<&str> {
        let own = kind.prefixes().iter().rev().find_map(|prefix| self.properties.get(&format!("{prefix}{name}")));
        let made = self.made.get(kind.name()).and_then(|made| made.get(name));
        own.or(made).or_else(|| self.properties.get(name)).map(String::as_str)
    }

    /// A number of ms that must not exceed `limit`: the user's if it is smaller, else the limit.
    fn at_most(&self, kind: Kind, name: &str, limit: u32) -> u32 {
        self.property(kind, name).and_then(|v| v.parse().ok()).map_or(limit, |v: u32| v.min(limit).max(1))
    }

    fn base(&self, kind: Kind, defaults: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", "millstream")
            // Default 10 s: a broker that was away for a while would be noticed late.
            .set("reconnect.backoff.max.ms", "1000")
            // Half of it is also the least time between a client's first connection and the one that replaces it when it
            // has learnt the brokers' names: with the default of 100 ms every new client would wait for that.
            .set("reconnect.backoff.ms", "20")
            .set("socket.timeout.ms", REQUEST.as_millis().to_string())
            .set("socket.nagle.disable", "true")
            // Metrics that nobody has asked a broker for: their histograms take half a megabyte a client.
            .set("enable.metrics.push", "false")
            .set("retry.backoff.ms", "50");
        for (name, value) in defaults {
            config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            if !java::PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
                config.set(name, value);
            }
        }
        for (name, value) in self.made.get(kind.name()).into_iter().flatten() {
            config.set(name, value);
        }
        for prefix in kind.prefixes() {
            for (name, value) in &self.properties {
                if let Some(name) = name.strip_prefix(prefix) {
                    config.set(name, value);
                }
            }
        }
        config.set("bootstrap.servers", &self.bootstrap).set("statistics.interval.ms", "0");
        config.set_log_level(RDKafkaLogLevel::Info);
        config
    }

    /// What every consumer shares. `ahead` is what it may fetch ahead of each partition.
    fn consumer(&self, kind: Kind, ahead: Limits) -> ClientConfig {
        let defaults = [
            ("queued.max.messages.kbytes", ahead.kbytes.to_string()),
            ("queued.min.messages", ahead.records.to_string()),
            // The default of 1 s throttles an engine that is slower than its fetcher.
            ("fetch.queue.backoff.ms", "5".to_owned()),
            ("fetch.error.backoff.ms", "50".to_owned()),
            // A partition that is added or rewound waits for the fetch under way: keep that short.
            ("fetch.wait.max.ms", "50".to_owned()),
            ("topic.metadata.refresh.interval.ms", "60000".to_owned()),
            // Of group members only, but they must fit together wherever the user sets one of them.
            ("session.timeout.ms", "6000".to_owned()),
            ("heartbeat.interval.ms", "500".to_owned()),
            ("max.poll.interval.ms", "60000".to_owned()),
        ];
        let defaults: Vec<(&str, &str)> = defaults.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let mut config = self.base(kind, &defaults);
        // What librdkafka refuses when only one of two is changed.
        raise(&mut config, "max.poll.interval.ms", "session.timeout.ms", 0);
        raise(&mut config, "socket.timeout.ms", "fetch.wait.max.ms", 1000);
        config
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false");
        config
    }

    /// A member of `group`, static under the id `instance`. `reset` is `earliest` or `latest`.
    pub(crate) fn group_consumer(&self, group: &str, instance: &str, reset: &str, ahead: Limits) -> ClientConfig {
        let mut config = self.consumer(Kind::Main, ahead);
        config
            .set("group.id", group)
            .set("group.protocol", "classic")
            // Gives equal partition numbers of co-partitioned topics to one member, which joins depend on.
            .set("partition.assignment.strategy", "range")
            .set("auto.offset.reset", reset);
        if !instance.is_empty() {
            config.set("group.instance.id", instance);
        }
        config
    }

    /// A reader that is told its partitions, in no group. librdkafka wants a group name all the same.
    pub(crate) fn reader(&self, ahead: Limits) -> ClientConfig {
        self.reader_of(Kind::Consumer, ahead)
    }

    /// The same for changelogs.
    pub(crate) fn restorer(&self, ahead: Limits) -> ClientConfig {
        self.reader_of(Kind::Restore, ahead)
    }

    fn reader_of(&self, kind: Kind, ahead: Limits) -> ClientConfig {
        let mut config = self.consumer(kind, ahead);
        config.set("group.id", READER_GROUP).set("auto.offset.reset", "earliest");
        config
    }

    /// A client for questions about topics and offsets: it never reads a record.
    pub(crate) fn inquirer(&self) -> ClientConfig {
        let mut config = self.consumer(Kind::Consumer, Limits::LEAST);
        config.remove("group.id");
        config.set_log_level(RDKafkaLogLevel::Critical);
        config
    }

    /// A client that can look up what `group` committed, without joining it.
    pub(crate) fn group_inquirer(&self, group: &str) -> ClientConfig {
        let mut config = self.inquirer();
        config.set("group.id", group);
        config
    }

    /// An idempotent producer; transactional with an id and its timeout in ms. Nothing waits longer than the transaction.
    pub(crate) fn producer(&self, transaction: Option<(&str, u32)>) -> ClientConfig {
        let kbytes = PRODUCE_KBYTES.to_string();
        let defaults = [
            ("linger.ms", "5"),
            ("batch.num.messages", "10000"),
            ("queue.buffering.max.messages", "500000"),
            ("queue.buffering.max.kbytes", kbytes.as_str()),
            // Default 30 s: a deleted topic would be noticed that late.
            ("topic.metadata.propagation.max.ms", "5000"),
        ];
        // librdkafka looks for the coordinator of a group when a connection comes or goes. One whose broker died while it was
        // asked is looked for no more until the next one does (2.12.1, `rd_kafka_coord_req_handle_FindCoordinator`), and the
        // commit that waits for it knows no time limit: connections that lie idle meanwhile are closed.
        let idle = transaction.map(|_| ("connections.max.idle.ms", IDLE_MS));
        let defaults: Vec<(&str, &str)> = defaults.into_iter().chain(idle).collect();
        let mut config = self.base(Kind::Producer, &defaults);
        let limit = transaction.map_or(30_000, |(_, timeout)| timeout);
        let request = u32::try_from(REQUEST.as_millis()).unwrap_or(u32::MAX).min(limit);
        let message = "message.timeout.ms";
        let delivery = self.property(Kind::Producer, "delivery.timeout.ms").map_or(message, |_| {
            config.remove("delivery.timeout.ms");
            "delivery.timeout.ms"
        });
        config
            .set(message, self.at_most(Kind::Producer, delivery, limit).to_string())
            .set("socket.timeout.ms", self.at_most(Kind::Producer, "socket.timeout.ms", request).to_string())
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("allow.auto.create.topics", "false");
        // No record may wait for others longer than it may take in all.
        let wait = self.at_most(Kind::Producer, delivery, limit).saturating_sub(1);
        if self
            .property(Kind::Producer, "linger.ms")
            .and_then(|v| v.parse::<f64>().ok())
            .is_some_and(|v| v > wait.into())
        {
            config.set("linger.ms", wait.to_string());
        }
        if let Some((id, timeout)) = transaction {
            config.set("transactional.id", id).set("transaction.timeout.ms", timeout.to_string());
        }
        config
    }

    /// Whether the user says how long records may linger.
    pub(crate) fn has_linger(&self) -> bool {
        self.property(Kind::Producer, "linger.ms").is_some()
    }

    /// A client for topics, groups and configurations.
    pub(crate) fn admin(&self) -> ClientConfig {
        let mut config = self.base(Kind::Admin, &[]);
        // Nobody serves this client's log queue, so nothing but the worst may enter it.
        config.set_log_level(RDKafkaLogLevel::Critical);
        config
    }
}

/// How long a connection of a transactional producer may lie idle, ms.
const IDLE_MS: &str = "10000";

/// Raises a number of ms so that it is at least another one and `more`.
fn raise(config: &mut ClientConfig, name: &str, least: &str, more: u32) {
    let number = |config: &ClientConfig, name: &str| config.get(name).and_then(|value| value.parse::<u32>().ok());
    let (Some(value), Some(least)) = (number(config, name), number(config, least)) else { return };
    if value < least.saturating_add(more) {
        config.set(name, least.saturating_add(more).to_string());
    }
}

/// Whether librdkafka takes every single value. Errors: the property, and why not.
fn checked(config: &ClientConfig) -> Result<(), KafkaError> {
    config.create_native_config().map(drop).map_err(|error| match error {
        RdError::ClientConfig(_, _, name, _) if java::is_secret(&name) => {
            KafkaError::Invalid(format!("{name}: the value is refused"))
        }
        RdError::ClientConfig(_, why, name, _) => KafkaError::Invalid(format!("{name}: {why}")),
        other => KafkaError::Invalid(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> KafkaConfig {
        KafkaConfig::new("localhost:9092")
            .with("enable.auto.commit", "true")
            .with("consumer.fetch.wait.max.ms", "7")
            .with("producer.linger.ms", "1")
            .with("session.timeout.ms", "9000")
            .with("security.protocol", "plaintext")
    }

    #[test]
    fn users_properties_win_over_defaults_but_not_over_correctness() {
        let consumer = config().group_consumer("g", "i", "earliest", Limits { kbytes: 4096, records: 20_000 });
        for (name, value) in [
            ("enable.auto.commit", Some("false")),
            ("fetch.wait.max.ms", Some("7")),
            ("session.timeout.ms", Some("9000")),
            ("heartbeat.interval.ms", Some("500")),
            ("security.protocol", Some("plaintext")),
            ("group.instance.id", Some("i")),
            ("queued.max.messages.kbytes", Some("4096")),
            ("queued.min.messages", Some("20000")),
            ("linger.ms", None),
            ("consumer.fetch.wait.max.ms", None),
        ] {
            assert_eq!(consumer.get(name), value, "{name}");
        }
        assert_eq!(config().group_consumer("g", "", "latest", Limits::LEAST).get("group.instance.id"), None);
    }

    #[test]
    fn timeouts_nest_inside_the_transaction() {
        let producer = config().with("delivery.timeout.ms", "120000").producer(Some(("id", 5_000)));
        for (name, value) in [
            ("transaction.timeout.ms", Some("5000")),
            ("message.timeout.ms", Some("5000")),
            ("delivery.timeout.ms", None),
            ("socket.timeout.ms", Some("5000")),
            ("linger.ms", Some("1")),
            ("acks", Some("all")),
        ] {
            assert_eq!(producer.get(name), value, "{name}");
        }
        let short = config().with("message.timeout.ms", "2000").producer(Some(("id", 5_000)));
        assert_eq!(short.get("message.timeout.ms"), Some("2000"));
        assert_eq!(config().producer(None).get("transactional.id"), None);
    }
}
