//! The broker under test, and names that belong to one check alone.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{BrokerId, CreateTopicsRequest, ListOffsetsRequest, MetadataRequest, MetadataResponse};

use crate::clock;
use crate::outcome::{Result, first, same};
use crate::wire::{Connection, text, topic_name};

/// More than any single answer should ever take; what waits longer fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A broker that must pass the checks.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port` of one broker.
    pub bootstrap: String,
}

impl Target {
    /// The broker at `host:port`; of a list the first.
    #[must_use]
    pub fn new(bootstrap: &str) -> Self {
        Self { bootstrap: bootstrap.split(',').next().unwrap_or_default().to_owned() }
    }

    /// A name that nothing else has, in this run or another.
    #[must_use]
    pub fn name(&self, what: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        format!("check-{what}-{:x}-{}-{count}", clock::wall_ms(), std::process::id())
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(&self.bootstrap)
    }

    /// Creates a topic of this check's own, with these configs, and waits until all its partitions have a leader.
    /// Unless a config says so, nothing is deleted by time: many checks write records of long ago.
    pub(crate) fn topic(&self, what: &str, partitions: i32, configs: &[(&str, &str)]) -> Result<String> {
        let name = self.name(what);
        let mut configs = configs.to_vec();
        if !configs.iter().any(|(key, _)| *key == "retention.ms") {
            configs.push(("retention.ms", "-1"));
        }
        self.create(&name, partitions, &configs)?;
        Ok(name)
    }

    /// As [`Target::topic`], under this name.
    pub(crate) fn create(&self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Result {
        let mut connection = self.connect()?;
        let response = connection.call(2, &create_topic(name, partitions, configs))?;
        let created = first("create topics", response.topics)?;
        same(format!("creating {name} ({:?})", created.error_message), created.error_code, 0)?;
        self.await_leaders(name, partitions)
    }

    /// Waits until all partitions of the topic have a leader: brokers learn of a topic a little after its creation.
    pub(crate) fn await_leaders(&self, name: &str, partitions: i32) -> Result {
        let mut connection = self.connect()?;
        clock::wait_for(&format!("leaders of {name}"), PATIENCE, || {
            let described = metadata(&mut connection, name)?;
            let ready = described.topics.iter().any(|t| {
                t.error_code == 0
                    && i32::try_from(t.partitions.len()) == Ok(partitions)
                    && t.partitions.iter().all(|p| p.error_code == 0 && p.leader_id.0 >= 0)
            });
            // Another part of the broker opens the partitions; until it has, they are somebody else's.
            Ok((ready && answering(&mut connection, name, partitions)?).then_some(()))
        })
    }
}

/// A request that creates one topic.
pub(crate) fn create_topic(name: &str, partitions: i32, configs: &[(&str, &str)]) -> CreateTopicsRequest {
    let config = |(key, value): &(&str, &str)| {
        CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)))
    };
    let topic = CreatableTopic::default()
        .with_name(topic_name(name))
        .with_num_partitions(partitions)
        .with_replication_factor(1)
        .with_configs(configs.iter().map(config).collect());
    CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000)
}

/// Whether the broker knows of every partition that it is the leader.
fn answering(connection: &mut Connection, name: &str, partitions: i32) -> Result<bool> {
    let wanted = (0..partitions).map(|i| ListOffsetsPartition::default().with_partition_index(i).with_timestamp(-1));
    let wanted = ListOffsetsTopic::default().with_name(topic_name(name)).with_partitions(wanted.collect());
    let request = ListOffsetsRequest::default().with_replica_id(NO_BROKER).with_topics(vec![wanted]);
    let answer = connection.call(5, &request)?;
    Ok(answer.topics.iter().flat_map(|t| &t.partitions).all(|p| p.error_code == 0))
}

/// What the broker says about one topic.
pub(crate) fn metadata(connection: &mut Connection, name: &str) -> Result<MetadataResponse> {
    let topic = MetadataRequestTopic::default().with_name(Some(topic_name(name)));
    connection.call(4, &MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(false))
}

/// No broker: what a client that is no replica names itself.
pub(crate) const NO_BROKER: BrokerId = BrokerId(-1);
