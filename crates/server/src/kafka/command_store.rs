//! The command topic, as the runner wants it, and the look at it before anything is touched.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};
use millstream_kafka::{CommandLog, KafkaConfig, KafkaError};

use super::KafkaTopics;
use crate::StartError;
use crate::command::{Command, NotOurs};
use crate::names::Names;
use crate::runner::{AppendError, CommandRecord, CommandStore};

/// How long the log may take to be read when a server starts.
const READ_MAX: Duration = Duration::from_secs(60);

/// The command topic of a service, all of it read once and found to be ours.
pub(crate) struct KafkaCommandStore {
    topic: String,
    log: CommandLog,
    /// What was read when the log was opened, until the runner asks for it.
    first: Vec<CommandRecord>,
    born: Arc<OnceLock<u64>>,
}

impl KafkaCommandStore {
    /// Opens the log beside `topics`, creating its topic with so many replicas if there is none, and reads it to its end. Writes
    /// nothing to it.
    ///
    /// Errors: Kafka does not answer, or a record is not ours.
    pub(crate) fn open(
        kafka: &KafkaConfig,
        topics: &KafkaTopics,
        names: &Names,
        replicas: Option<i16>,
    ) -> Result<Self, StartError> {
        let topic = names.command_topic();
        let failed = |e: KafkaError| match e {
            // It is there, or has just been created: the broker that was asked is behind.
            KafkaError::TopicMissing(_) => StartError::Away(e.to_string()),
            other => other.into(),
        };
        let id = names.command_transactional_id();
        let mut log = CommandLog::open_with(kafka, topics.admin(), &topic, &id, replicas).map_err(failed)?;
        let clock = SystemClock::new();
        let mut first = Vec::new();
        loop {
            for record in log.read(Duration::from_millis(20)).map_err(failed)? {
                Command::read(&record.key, &record.value).map_err(|why| refuse(&topic, record.offset, &why))?;
                first.push(CommandRecord { offset: record.offset, key: record.key, value: record.value });
            }
            if log.at_end() {
                let store = Self { topic, log, first, born: Arc::default() };
                store.note_birth(&store.first);
                return Ok(store);
            }
            if clock.monotonic() > READ_MAX {
                return Err(StartError::Away(format!("topic {topic} could not be read to its end in time")));
            }
        }
    }
}

impl KafkaCommandStore {
    /// What tells this log from another one of the same name, once it has a record: each command has a nonce.
    pub(crate) fn born(&self) -> Arc<OnceLock<u64>> {
        Arc::clone(&self.born)
    }

    fn note_birth(&self, records: &[CommandRecord]) {
        if let Some(first) = records.first() {
            self.born.get_or_init(|| {
                let bytes = first.key.iter().chain(&first.value);
                bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
            });
        }
    }
}

fn refuse(topic: &str, offset: i64, why: &NotOurs) -> StartError {
    let hint = match why {
        NotOurs::Foreign => {
            "a ksqlDB cluster seems to use this service id; start with --service-id NAME to work beside it"
        }
        NotOurs::Newer(_) => "start the release that wrote it, or a later one",
    };
    StartError::Foreign { topic: topic.to_owned(), cause: format!("record {offset}: {why}"), hint }
}

impl CommandStore for KafkaCommandStore {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn read(&mut self, wait: Duration) -> Result<Vec<CommandRecord>, String> {
        if !self.first.is_empty() {
            return Ok(std::mem::take(&mut self.first));
        }
        let records = self.log.read(wait).map_err(|e| e.to_string())?;
        let records = records.into_iter().map(|r| CommandRecord { offset: r.offset, key: r.key, value: r.value });
        let records: Vec<CommandRecord> = records.collect();
        self.note_birth(&records);
        Ok(records)
    }

    fn aim_at_end(&mut self) -> Result<(), String> {
        self.log.catch_up().map(drop).map_err(|e| e.to_string())
    }

    fn at_end(&self) -> bool {
        self.first.is_empty() && self.log.at_end()
    }

    fn append(&mut self, key: &[u8], value: &[u8]) -> Result<i64, AppendError> {
        self.log.append(key, value).map_err(|e| match e {
            KafkaError::Conflict(e) | KafkaError::Retry(e) => AppendError::Conflict(e),
            certain => AppendError::Failed(certain.to_string()),
        })
    }
}
