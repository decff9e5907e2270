//! What the log's tests have in common: a log in a folder of its own, batches, and reading everything back.

use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::config::Fsync;
use crate::error::Code;
use crate::log::{Appended, LastRun, Log, LogConfig, Slice, Wanted};
use crate::record::build::Batch;
use crate::record::header::Header;
use crate::record::records;

/// When the tests take place, ms.
pub(super) const NOW: i64 = 1_700_000_000_000;

/// A log in a temporary folder.
pub(super) struct Bench {
    _temporary: tempfile::TempDir,
    pub(super) folder: PathBuf,
    pub(super) config: LogConfig,
    pub(super) log: Option<Log>,
}

impl Bench {
    pub(super) fn new(config: LogConfig) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("0");
        let mut bench = Self { _temporary: temporary, folder, config, log: None };
        bench.open(LastRun::Clean);
        bench
    }

    pub(super) fn open(&mut self, last_run: LastRun) {
        let log = Log::open(&self.folder, self.config.clone(), Fsync::Never, last_run, 1 << 20, NOW);
        self.log = Some(log.unwrap());
    }

    /// Stops it as a run that ends like this does, and opens it again.
    pub(super) fn restart(&mut self, last_run: LastRun) {
        let log = self.log.take().unwrap();
        if last_run == LastRun::Clean {
            log.close().unwrap();
        }
        self.open(last_run);
    }

    /// Opens it without closing what was open, if anything.
    pub(super) fn restart_from_nothing(&mut self, last_run: LastRun) {
        self.log = None;
        self.open(last_run);
    }

    pub(super) fn log(&mut self) -> &mut Log {
        self.log.as_mut().unwrap()
    }

    pub(super) fn append(&mut self, batch: &[u8]) -> Result<Appended, Code> {
        self.append_at(batch, NOW)
    }

    pub(super) fn append_at(&mut self, batch: &[u8], now_ms: i64) -> Result<Appended, Code> {
        self.log().append(batch, std::slice::from_ref(&(0..batch.len())), now_ms)
    }

    pub(super) fn files(&self, extension: &str) -> Vec<String> {
        let names = std::fs::read_dir(&self.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(extension)).collect();
        names.sort();
        names
    }

    pub(super) fn slice(&mut self, offset: i64, max_bytes: usize, committed_only: bool) -> Result<Slice, Code> {
        self.log().slice(Wanted { offset, max_bytes, at_least_one: true, committed_only })
    }

    /// Offset and value of every record from `offset` on, read in steps of `max_bytes`.
    pub(super) fn read(&mut self, offset: i64, max_bytes: usize) -> Vec<(i64, String)> {
        let mut read = Vec::new();
        let mut at = offset;
        loop {
            let slice = self.slice(at, max_bytes, false).unwrap();
            if slice.length == 0 {
                assert_eq!(at, self.log().end_offset(), "an empty read before the end");
                return read;
            }
            for batch in batches(&slice) {
                let header = Header::parse(&batch).unwrap();
                assert!(header.last_offset() >= at, "a batch before the offset asked for");
                assert_eq!(header.crc, crc32c::crc32c(&batch[21..]));
                read.extend(values(&batch).into_iter().filter(|(offset, _)| *offset >= at));
                at = header.last_offset() + 1;
            }
        }
    }
}

/// The batches of a slice; they must fill it exactly.
pub(super) fn batches(slice: &Slice) -> Vec<Vec<u8>> {
    let mut bytes = vec![0; slice.length];
    slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
    let mut found = Vec::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let length = Header::parse(rest).unwrap().total_bytes().unwrap();
        found.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    found
}

/// Offsets and values of a batch.
pub(super) fn values(batch: &[u8]) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    let read = records::each(batch, 1 << 20, |record| {
        let value = record.value.map_or(String::new(), |v| String::from_utf8_lossy(v).into_owned());
        found.push((record.offset, value));
        ControlFlow::Continue(())
    });
    read.unwrap();
    found
}

/// A batch of one record for each value, all with `timestamp`.
pub(super) fn batch(timestamp: i64, values: &[&str]) -> Vec<u8> {
    values.iter().fold(Batch::new(0), |batch, v| batch.record(timestamp, Some(b"k"), Some(v.as_bytes()))).bytes()
}

/// A batch of an idempotent producer, `count` records from `sequence` on; in a transaction or not.
pub(super) fn sent(producer: i64, epoch: i16, sequence: i32, count: usize, transactional: bool) -> Vec<u8> {
    let mut batch = Batch::new(0).producer(producer, epoch, sequence);
    if transactional {
        batch = batch.transactional();
    }
    (0..count).fold(batch, |batch, _| batch.record(NOW, Some(b"k"), Some(b"v"))).bytes()
}

/// Small segments, an index entry for every few batches.
pub(super) fn small() -> LogConfig {
    LogConfig { segment_bytes: 600, index_interval_bytes: 150, ..LogConfig::default() }
}
