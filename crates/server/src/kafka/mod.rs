//! The server's seams, tied to Kafka: topics, the command log, queries' links, readers for clients and for views.

mod changelog;
mod command_store;
mod host;
mod replay;
mod sharing;
mod starts;
mod topic_reader;
mod topics;
mod views;

pub(crate) use changelog::KafkaChangelogs;
pub(crate) use command_store::KafkaCommandStore;
pub(crate) use host::KafkaHost;
pub(crate) use replay::{Replay, replay};
pub(crate) use sharing::sharing;
pub(crate) use topic_reader::{KafkaOpener, KafkaTopicReader, ReadFrom};
pub(crate) use topics::{KafkaTopics, Progress};
pub(crate) use views::KafkaViewHost;
