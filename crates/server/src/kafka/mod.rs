//! The server's seams, tied to Kafka: topics, the command log, queries' links, readers for clients.

mod command_store;
mod host;
mod topic_reader;
mod topics;

pub(crate) use command_store::KafkaCommandStore;
pub(crate) use host::KafkaHost;
pub(crate) use topic_reader::{KafkaTopicReader, ReadFrom};
pub(crate) use topics::KafkaTopics;
