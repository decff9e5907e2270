//! The thread of one view: topic → rows, for as long as the table exists.

use std::sync::Arc;
use std::time::Duration;

use millstream_plan::Source;
use millstream_schemas::Registry;

use super::progress::Progress;
use super::writer::Writer;
use super::{TableReader, ViewHost};

/// Records taken from the topic at once; each run of them becomes visible as one.
const RECORDS_MAX: usize = 2000;
/// Longest wait for records; it bounds how fast a dropped table is noticed.
const WAIT: Duration = Duration::from_millis(100);
/// Between two attempts at a topic that cannot be read.
const RETRY: Duration = Duration::from_secs(1);

/// What is followed.
pub(super) struct Follow {
    /// The table.
    pub(super) source: Arc<Source>,
    /// How long its windows are kept, ms.
    pub(super) retention_ms: Option<i64>,
    /// Bytes beyond which it is given up.
    pub(super) bytes_max: usize,
    /// How topics are opened, and whether the table is still there.
    pub(super) host: Arc<dyn ViewHost>,
    /// Where the schemas of its records stand.
    pub(super) registry: Registry,
    /// Told of everything.
    pub(super) progress: Arc<Progress>,
}

/// How following a topic came to an end.
enum Ended {
    /// Nobody needs it any more.
    Unwanted,
    /// The table has become too large.
    Full(usize),
    /// The topic cannot be read now.
    Failed(String),
}

impl Follow {
    /// Follows until it is stopped or the table is gone.
    pub(super) fn run(self) {
        loop {
            match self.follow() {
                Ended::Unwanted => break,
                Ended::Full(bytes) => {
                    let table = &self.source.name;
                    tracing::warn!(table, bytes, "a table is too large to be queried from memory");
                    self.progress.full(bytes);
                    // What it held is freed; it is not tried again before it is created again or the server started.
                    while self.is_wanted() {
                        std::thread::sleep(WAIT);
                    }
                    break;
                }
                Ended::Failed(cause) => {
                    tracing::warn!(table = self.source.name, cause, "a table's topic cannot be read; trying again");
                    self.progress.failed(cause);
                    self.pause();
                }
            }
        }
        self.progress.ended();
        tracing::debug!(table = self.source.name, "view ended");
    }

    fn is_wanted(&self) -> bool {
        !self.progress.is_stopped() && self.host.is_current(&self.source)
    }

    /// Waits a little, unless nobody wants to go on.
    fn pause(&self) {
        let mut left = RETRY;
        while !left.is_zero() && self.is_wanted() {
            std::thread::sleep(WAIT);
            left = left.saturating_sub(WAIT);
        }
    }

    /// Reads the topic from its beginning into an empty store, and on.
    fn follow(&self) -> Ended {
        let opened = self.host.open(&self.source.topic);
        let writer = Writer::new(&self.source, self.retention_ms, &self.registry).map_err(|e| e.to_string());
        match opened.and_then(|reader| Ok((reader, writer?))) {
            Ok((mut reader, mut writer)) => self.read(&mut *reader, &mut writer),
            Err(_) if !self.is_wanted() => Ended::Unwanted,
            Err(cause) => Ended::Failed(cause),
        }
    }

    fn read(&self, topic: &mut dyn TableReader, writer: &mut Writer) -> Ended {
        let reader = writer.reader();
        let mut told = 0;
        loop {
            if !self.is_wanted() {
                return Ended::Unwanted;
            }
            let mut pushed = Ok(());
            let fetched = topic.fetch(RECORDS_MAX, WAIT, &mut |partition, records| {
                if pushed.is_ok() {
                    pushed = writer.push(partition, records);
                }
            });
            match (fetched, pushed) {
                (Err(cause), _) => return Ended::Failed(cause),
                (Ok(()), Err(cause)) => return Ended::Failed(cause.to_string()),
                (Ok(()), Ok(())) => {}
            }
            writer.commit();
            if writer.bytes() > self.bytes_max {
                return Ended::Full(writer.bytes());
            }
            if writer.skipped() > told {
                told = writer.skipped();
                tracing::warn!(table = self.source.name, records = told, "records of a table were passed over");
            }
            self.progress.advanced(&reader, topic.positions().into_iter());
        }
    }
}
