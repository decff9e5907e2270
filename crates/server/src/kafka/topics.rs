//! Topics of the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_kafka::{Admin, KafkaConfig, KafkaError, Member, Readers, TopicInfo};

use crate::StartError;
use crate::runner::TopicStore;
use crate::topics::{NewTopic, TopicShape, Topics};

/// A handle on the cluster's topics; clones share one connection.
#[derive(Clone)]
pub(crate) struct KafkaTopics {
    admin: Arc<Admin>,
}

/// A topic in a list.
pub(crate) struct ListedTopic {
    /// Its name.
    pub(crate) name: String,
    /// Replicas of each partition.
    pub(crate) replicas: Vec<i32>,
}

/// How far a group has read a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The first offset that the partition still has.
    pub(crate) start: i64,
    /// The offset behind its last record.
    pub(crate) end: i64,
    /// What the group has committed, if anything.
    pub(crate) committed: Option<i64>,
}

impl KafkaTopics {
    /// Connects. Errors: no broker answers, or they turn us away.
    pub(crate) fn connect(kafka: &KafkaConfig) -> Result<Self, StartError> {
        let admin = Admin::connect(kafka).map_err(|e| {
            let hint = format!("\nhint: is Kafka running at {}? Set --bootstrap-servers.", kafka.bootstrap_servers());
            match StartError::from(e) {
                StartError::Away(cause) => StartError::Away(cause + &hint),
                StartError::Kafka(cause) => StartError::Kafka(cause + &hint),
                other => other,
            }
        })?;
        Ok(Self { admin: Arc::new(admin) })
    }

    /// The connection itself.
    pub(super) fn admin(&self) -> &Arc<Admin> {
        &self.admin
    }

    /// Renews what the connection logs in with. Errors: it cannot be renewed now.
    pub(crate) fn keep_login(&self) -> Result<(), String> {
        self.admin.keep_login().map_err(|e| e.to_string())
    }

    /// The cluster's id; empty when the brokers have none.
    pub(crate) fn cluster_id(&self) -> Result<String, String> {
        self.admin.cluster_id().map(Option::unwrap_or_default).map_err(text)
    }

    /// Whether Kafka answers now.
    pub(crate) fn reachable(&self) -> bool {
        // Asks the brokers; the cluster id would come from memory.
        self.admin.topics().is_ok()
    }

    /// All topics in name order.
    pub(crate) fn list(&self) -> Result<Vec<ListedTopic>, String> {
        let listed = |t: TopicInfo| ListedTopic {
            name: t.name,
            replicas: t.partitions.iter().map(|n| i32::try_from(*n).unwrap_or(i32::MAX)).collect(),
        };
        Ok(self.admin.topics().map_err(text)?.into_iter().map(listed).collect())
    }

    /// For each partition the offset after the last record that can be seen now.
    pub(crate) fn ends(&self, name: &str) -> Result<Vec<i64>, String> {
        self.admin.latest_offsets(name).map_err(text)
    }

    /// How many group members and groups read each topic; those that nobody reads are left out.
    pub(crate) fn readers(&self) -> Result<BTreeMap<String, Readers>, String> {
        self.admin.readers().map_err(text)
    }

    /// The members of a group and what they were given.
    pub(crate) fn members(&self, group: &str) -> Result<Vec<Member>, String> {
        self.admin.members(group).map_err(text)
    }

    /// For each partition how far a group has read it.
    pub(crate) fn progress(&self, group: &str, name: &str) -> Result<Vec<Progress>, String> {
        let starts = self.admin.earliest_offsets(name).map_err(text)?;
        let ends = self.admin.latest_offsets(name).map_err(text)?;
        let committed = self.admin.group_offsets(group, name).map_err(text)?;
        let each = starts.into_iter().zip(ends).zip(committed);
        Ok(each.map(|((start, end), committed)| Progress { start, end, committed }).collect())
    }

    /// Creates a topic where it is missing; whether it was. Errors: Kafka does not answer, or refuses.
    pub(crate) fn ensure(&self, topic: &NewTopic) -> Result<bool, KafkaError> {
        if self.admin.topic(&topic.name)?.is_some() { Ok(false) } else { self.make(topic) }
    }

    fn make(&self, topic: &NewTopic) -> Result<bool, KafkaError> {
        let config: Vec<(&str, &str)> = topic.config.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        // ksqlDB writes -1 for the broker's default.
        let replicas = topic.shape.replicas.filter(|n| *n > 0).map(i32::from);
        self.admin.create_topic(&topic.name, topic.shape.partitions, replicas, &config)
    }

    /// Partitions and replicas of a topic, if it exists.
    pub(crate) fn shape(&self, name: &str) -> Result<Option<TopicShape>, String> {
        let found = self.admin.topic(name).map_err(text)?;
        Ok(found.map(|t| TopicShape {
            partitions: i32::try_from(t.partitions.len()).unwrap_or(i32::MAX),
            replicas: t.partitions.first().and_then(|n| i16::try_from(*n).ok()),
        }))
    }
}

impl Topics for KafkaTopics {
    fn describe(&self, name: &str) -> Result<Option<TopicShape>, String> {
        self.shape(name)
    }

    fn retention_ms(&self, name: &str) -> Result<Option<i64>, String> {
        let value = self.admin.topic_config(name, "retention.ms").map_err(text)?;
        Ok(value.and_then(|value| value.parse().ok()))
    }

    fn create(&mut self, topic: &NewTopic) -> Result<bool, String> {
        self.make(topic).map_err(text)
    }
}

impl TopicStore for KafkaTopics {
    fn delete(&mut self, name: &str) -> Result<(), String> {
        self.admin.delete_topics(&[name]).map_err(text)
    }
}

fn text(e: KafkaError) -> String {
    e.to_string()
}
