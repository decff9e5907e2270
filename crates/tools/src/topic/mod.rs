//! `millstream topic`: what the command line can do with topics.

mod consume;
mod key;
mod line;
mod list;
mod produce;
mod shape;

use std::io::{BufRead, Write};

use millstream_kafka::Admin;

pub use consume::{Consume, Show};
pub use key::KeyFormat;
pub use millstream_kafka::StartAt;
pub use produce::Produce;
pub use shape::Create;

use crate::{Kafka, Stop, exit_code};

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Names and sizes of all topics.
    List {
        /// Kafka's own topics and those of services too.
        internal: bool,
    },
    /// A new topic.
    Create(Create),
    /// Partitions and configuration of one topic.
    Describe {
        /// The topic.
        topic: String,
        /// Values that nobody has set, too.
        all: bool,
    },
    /// Topics, and all that is in them.
    Delete {
        /// The topics.
        topics: Vec<String>,
        /// One that does not exist is no failure.
        if_exists: bool,
    },
    /// Lines of the input into a topic.
    Produce(Produce),
    /// Records of a topic as lines.
    Consume(Consume),
}

/// Where lines come from and where they go.
pub struct Streams<'a> {
    /// Lines to produce.
    pub input: &'a mut dyn BufRead,
    /// Results.
    pub out: &'a mut dyn Write,
    /// Errors.
    pub err: &'a mut dyn Write,
    /// Whether a person reads the results: then tables have headers, else tabs between their cells.
    pub terminal: bool,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// Runs a command. Returns the process's exit code: [`EXIT_OK`](crate::EXIT_OK) or [`EXIT_FAILED`](crate::EXIT_FAILED).
pub fn run(kafka: &Kafka, command: &Command, streams: &mut Streams<'_>) -> u8 {
    let ended = act(kafka, command, streams);
    exit_code(ended, streams.err)
}

fn act(kafka: &Kafka, command: &Command, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let config = kafka.config();
    match command {
        Command::List { internal } => list::list(&Admin::connect(&config)?, *internal, streams),
        Command::Create(create) => shape::create(&Admin::connect(&config)?, create, streams),
        Command::Describe { topic, all } => shape::describe(&Admin::connect(&config)?, topic, *all, streams),
        Command::Delete { topics, if_exists } => shape::delete(&Admin::connect(&config)?, topics, *if_exists, streams),
        Command::Produce(produce) => produce::produce(&config, produce, streams),
        Command::Consume(consume) => consume::consume(&config, consume, streams),
    }
}
