//! Topics of the cluster.

use std::sync::Arc;

use millstream_kafka::{Admin, KafkaConfig, KafkaError, TopicInfo};

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

impl KafkaTopics {
    /// Connects. Errors: no broker answers.
    pub(crate) fn connect(kafka: &KafkaConfig) -> Result<Self, StartError> {
        let admin = Admin::connect(kafka).map_err(|e| {
            let brokers = kafka.bootstrap_servers();
            StartError::Kafka(format!("{e}\nhint: is Kafka running at {brokers}? Set --bootstrap-servers."))
        })?;
        Ok(Self { admin: Arc::new(admin) })
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
        let config: Vec<(&str, &str)> = topic.config.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        // ksqlDB writes -1 for the broker's default.
        let replicas = topic.shape.replicas.filter(|n| *n > 0).map(i32::from);
        self.admin.create_topic(&topic.name, topic.shape.partitions, replicas, &config).map_err(text)
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
