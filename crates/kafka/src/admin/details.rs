//! One topic in detail, for `millstream topic describe`: where its partitions live, and what is configured.

use rdkafka::admin::{ConfigSource, ResourceSpecifier};
use rdkafka::consumer::Consumer as _;

use super::{Admin, options};
use crate::client::block_on;
use crate::config::REQUEST;
use crate::errors::{KafkaError, from_code, from_rdkafka};

/// One partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub id: i32,
    /// The broker that leads it, `None` while there is none.
    pub leader: Option<i32>,
    /// The brokers that keep a copy.
    pub replicas: Vec<i32>,
    /// Those of them that are up to date.
    pub in_sync: Vec<i32>,
}

/// One value of a topic's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigValue {
    /// Its key, such as `retention.ms`.
    pub name: String,
    /// The value that holds; `None` when the broker does not tell (a secret).
    pub value: Option<String>,
    /// Whether it was set for this topic; else it is the broker's or Kafka's own default.
    pub set: bool,
}

impl Admin {
    /// The partitions of a topic in order. Errors: there is no such topic.
    pub fn partitions(&self, topic: &str) -> Result<Vec<Partition>, KafkaError> {
        if self.topic(topic)?.is_none() {
            return Err(KafkaError::TopicMissing(topic.to_owned()));
        }
        let metadata = self.inquirer().fetch_metadata(Some(topic), REQUEST).map_err(|e| from_rdkafka(&e, topic))?;
        let found = metadata.topics().iter().find(|t| t.name() == topic);
        let mut partitions: Vec<Partition> = found
            .map_or(&[][..], |t| t.partitions())
            .iter()
            .map(|p| Partition {
                id: p.id(),
                leader: Some(p.leader()).filter(|leader| *leader >= 0),
                replicas: p.replicas().to_vec(),
                in_sync: p.isr().to_vec(),
            })
            .collect();
        partitions.sort_unstable_by_key(|p| p.id);
        Ok(partitions)
    }

    /// The whole configuration of a topic, by key. Errors: there is no such topic.
    pub fn topic_configs(&self, topic: &str) -> Result<Vec<ConfigValue>, KafkaError> {
        let wanted = [ResourceSpecifier::Topic(topic)];
        let answers = block_on(self.client()?.describe_configs(&wanted, &options()));
        let answers = answers.map_err(|e| from_rdkafka(&e, topic))?;
        let mut values = Vec::new();
        for answer in answers {
            let resource = answer.map_err(|code| from_code(code, &format!("topic \"{topic}\"")))?;
            values.extend(resource.entries.into_iter().map(|entry| ConfigValue {
                set: entry.source == ConfigSource::DynamicTopic,
                name: entry.name,
                value: entry.value,
            }));
        }
        values.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(values)
    }
}
