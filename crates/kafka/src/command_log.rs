//! The command topic: the one list of statements that all servers of a service execute in the same order.
//!
//! Appending is transactional under one id shared by all servers. Starting to write fences whoever wrote before, so a
//! server that can append knows that nobody else has since it caught up.

use crate::admin::Admin;
use crate::config::{KafkaConfig, REQUEST};
use crate::errors::{KafkaError, from_rdkafka};
use crate::tail::Tail;
use crate::writer::{Acknowledged, acknowledged, send};
use millstream_types::StartAt;
use rdkafka::producer::{BaseProducer, Producer as _};
use std::sync::Arc;
use std::time::Duration;

/// How long a transaction of one record may stay open, in ms.
const TRANSACTION_MS: u32 = 10_000;
/// Records taken from the log at a time.
const READ_MAX: usize = 1000;

/// A record of the command topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Where it stands; commands are executed in this order.
    pub offset: i64,
    /// Key bytes.
    pub key: Vec<u8>,
    /// Value bytes, empty when there are none.
    pub value: Vec<u8>,
}

/// The command topic, read from its beginning.
pub struct CommandLog {
    config: KafkaConfig,
    topic: String,
    transactional_id: String,
    /// Says where the log ends: the reader's own connection answers that only when a fetch ends that waits for records.
    admin: Arc<Admin>,
    tail: Tail,
    /// `None` until the first append, and after a failure.
    writer: Option<BaseProducer<Acknowledged>>,
}

impl std::fmt::Debug for CommandLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommandLog").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl CommandLog {
    /// Opens the log, creating its topic if there is none (one partition, kept for ever). Fences no other server: that
    /// happens at the first [`CommandLog::append`].
    pub fn open(config: &KafkaConfig, topic: &str, transactional_id: &str) -> Result<CommandLog, KafkaError> {
        CommandLog::open_with(config, &Arc::new(Admin::connect(config)?), topic, transactional_id, None)
    }

    /// The same with a connection for questions that is there already; a topic that is created has so many replicas, `None`: the
    /// brokers' default.
    pub fn open_with(
        config: &KafkaConfig,
        admin: &Arc<Admin>,
        topic: &str,
        transactional_id: &str,
        replicas: Option<i16>,
    ) -> Result<CommandLog, KafkaError> {
        match admin.topic(topic)? {
            Some(found) if found.partitions.len() == 1 => {}
            Some(found) => {
                let count = found.partitions.len();
                return Err(KafkaError::Invalid(format!(
                    "command topic \"{topic}\" has {count} partitions instead of 1"
                )));
            }
            None => {
                admin.create_topic(
                    topic,
                    1,
                    replicas.map(i32::from),
                    &[("retention.ms", "-1"), ("cleanup.policy", "delete")],
                )?;
            }
        }
        Ok(CommandLog {
            config: config.clone(),
            topic: topic.to_owned(),
            transactional_id: transactional_id.to_owned(),
            admin: Arc::clone(admin),
            tail: Tail::open(config, topic, StartAt::Earliest)?,
            writer: None,
        })
    }

    /// The next commands; when none is here, waits for one at most `wait`.
    pub fn read(&mut self, wait: Duration) -> Result<Vec<Command>, KafkaError> {
        let mut commands = Vec::new();
        self.tail.fetch(READ_MAX, wait, &mut |_, records| {
            commands.extend(records.iter().map(|r| Command {
                offset: r.offset,
                key: r.key.unwrap_or_default().to_vec(),
                value: r.value.unwrap_or_default().to_vec(),
            }));
        })?;
        Ok(commands)
    }

    /// Everything has been read that the log held when it was opened, or when it was last looked at by
    /// [`CommandLog::catch_up`] or [`CommandLog::append`], and what this server appended. Records that are none of ours, and in no
    /// transaction, may stand behind ours unread.
    pub fn at_end(&self) -> bool {
        self.tail.at_last_record()
    }

    /// Looks where the log ends now, so that [`CommandLog::at_end`] refers to that. Says whether all of it has been read.
    pub fn catch_up(&mut self) -> Result<bool, KafkaError> {
        self.aim_at_end()?;
        Ok(self.at_end())
    }

    fn aim_at_end(&mut self) -> Result<(), KafkaError> {
        self.tail.end_at(&self.admin.latest_offsets(&self.topic)?);
        Ok(())
    }

    /// Appends a command and returns its offset; [`CommandLog::read`] then yields it too.
    ///
    /// `Conflict`: nothing is known to be appended. Others may have written, or an acknowledgement was lost: read until
    /// [`CommandLog::at_end`], see whether this command is among what came and whether it still makes sense, and try
    /// again.
    pub fn append(&mut self, key: &[u8], value: &[u8]) -> Result<i64, KafkaError> {
        if self.writer.is_none() {
            self.start_writing()?;
            // Nobody else can write from here on without our noticing.
            self.aim_at_end()?;
        }
        if !self.at_end() {
            return Err(KafkaError::Conflict("the command topic holds commands that were not read yet".to_owned()));
        }
        let Some(writer) = &self.writer else {
            return Err(KafkaError::Retry("no writer for the command topic".to_owned()));
        };
        let error = match append(writer, &self.topic, key, value) {
            Ok(offset) => {
                self.tail.aim_at(0, offset + 1);
                return Ok(offset);
            }
            Err(error) => error,
        };
        let refused = matches!(error, KafkaError::Refused(_) | KafkaError::Denied(_) | KafkaError::Invalid(_));
        if refused && writer.abort_transaction(REQUEST).is_ok() {
            return Err(error);
        }
        // The next writer ends whatever this one left open, so what the log holds then is certain.
        self.writer = None;
        self.start_writing()?;
        self.aim_at_end()?;
        Err(if refused { error } else { KafkaError::Conflict(error.to_string()) })
    }

    fn start_writing(&mut self) -> Result<(), KafkaError> {
        let properties = self.config.producer(Some((&self.transactional_id, TRANSACTION_MS)));
        let writer = acknowledged(properties)?;
        writer.init_transactions(REQUEST).map_err(|e| from_rdkafka(&e, "command topic"))?;
        self.writer = Some(writer);
        Ok(())
    }
}

fn append(writer: &BaseProducer<Acknowledged>, topic: &str, key: &[u8], value: &[u8]) -> Result<i64, KafkaError> {
    let failed = |e| from_rdkafka(&e, "command topic");
    writer.begin_transaction().map_err(failed)?;
    let (_, offset) = send(writer, topic, Some(0), Some(key), Some(value), None)?;
    writer.commit_transaction(REQUEST).map_err(failed)?;
    Ok(offset)
}
