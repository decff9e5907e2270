//! The command topic as the runner sees it; Kafka's is in [`crate::kafka`], tests have one in memory.

use std::time::Duration;

/// A record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandRecord {
    /// Its offset.
    pub(crate) offset: i64,
    /// Key bytes.
    pub(crate) key: Vec<u8>,
    /// Value bytes.
    pub(crate) value: Vec<u8>,
}

/// Why a command was not appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppendError {
    /// Others wrote meanwhile, or it is not known whether this was written: read to the end, look, append again.
    Conflict(String),
    /// Nothing was written.
    Failed(String),
}

/// A log of commands, one partition.
pub(crate) trait CommandStore: Send {
    /// The topic that holds it.
    fn topic(&self) -> &str;
    /// The committed records that follow those read before; waits at most `wait` when there is none.
    fn read(&mut self, wait: Duration) -> Result<Vec<CommandRecord>, String>;
    /// Looks where the log ends now, for [`CommandStore::at_end`].
    fn aim_at_end(&mut self) -> Result<(), String>;
    /// Whether everything was read that was there when the end was looked for last.
    fn at_end(&self) -> bool;
    /// Appends a record if everything committed so far was read; returns its offset.
    fn append(&mut self, key: &[u8], value: &[u8]) -> Result<i64, AppendError>;
}
