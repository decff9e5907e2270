//! Compaction against a model: random histories of keys, tombstones, transactions and codecs, many rounds with an
//! advancing clock; after each round the log must say what the history says, to a reader from any offset.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Closed, Input, Output, Segment, Standing, compact, plan};
use crate::log::LogConfig;
use crate::record::build::Batch;
use crate::record::header::{self, Header};
use crate::record::{control, records};

/// A record, as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) sequence: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<u8>,
}

/// A log on disk, as simple as can be: the last segment is the active one.
pub(crate) struct Disk {
    pub(crate) folder: TempDir,
    pub(crate) bases: Vec<i64>,
    pub(crate) end: i64,
    pub(crate) config: LogConfig,
    pub(crate) now_ms: i64,
    pub(crate) cleaned: i64,
    pub(crate) max_keys: usize,
    /// Producer → first offset of its open transaction.
    pub(crate) open: BTreeMap<i64, i64>,
    pub(crate) aborted: Vec<(i64, i64, i64)>,
    /// Every batch as it was appended.
    appended: BTreeMap<i64, Vec<u8>>,
    /// Where the furthest round ended, be it installed as a whole or not.
    reached: i64,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let config = LogConfig { compact: true, min_cleanable_dirty_ratio: 0.0, ..LogConfig::default() };
        let disk = Self {
            folder: tempfile::tempdir().unwrap(),
            bases: vec![0],
            end: 0,
            config,
            now_ms: 1_000_000,
            cleaned: 0,
            max_keys: 1_000,
            open: BTreeMap::new(),
            aborted: Vec::new(),
            appended: BTreeMap::new(),
            reached: 0,
        };
        fs::write(disk.path(0), b"").unwrap();
        disk
    }

    pub(crate) fn path(&self, base: i64) -> PathBuf {
        self.folder.path().join(format!("{base:020}.log"))
    }

    pub(crate) fn append(&mut self, mut batch: Vec<u8>) -> i64 {
        let base = self.end;
        batch[..8].copy_from_slice(&base.to_be_bytes());
        let header = Header::parse(&batch).unwrap();
        if header.is_transactional() && !header.is_control() {
            self.open.entry(header.producer_id).or_insert(base);
        }
        self.appended.insert(base, batch.clone());
        let path = self.path(*self.bases.last().unwrap());
        fs::write(&path, [fs::read(&path).unwrap(), batch].concat()).unwrap();
        self.end = header.last_offset() + base + 1 - header.base_offset;
        base
    }

    pub(crate) fn end_transaction(&mut self, producer: i64, commit: bool) {
        let marker = self.append(control::marker(producer, 0, commit, 0, self.now_ms));
        if let Some(first) = self.open.remove(&producer)
            && !commit
        {
            self.aborted.push((producer, first, marker));
        }
    }

    pub(crate) fn roll(&mut self) {
        if self.bases.last() != Some(&self.end) {
            self.bases.push(self.end);
            fs::write(self.path(self.end), b"").unwrap();
        }
    }

    pub(crate) fn stable(&self) -> i64 {
        self.open.values().min().copied().unwrap_or(self.end)
    }

    pub(crate) fn batches(&self) -> Vec<Vec<u8>> {
        let mut batches = Vec::new();
        for base in &self.bases {
            let bytes = fs::read(self.path(*base)).unwrap();
            let mut rest = &bytes[..];
            while let Some(header) = Header::parse(rest) {
                let (batch, after) = rest.split_at(header.total_bytes().unwrap());
                assert_eq!(header.crc, header::checksum(batch));
                assert!(header.base_offset >= *base, "a batch is behind its segment's base");
                batches.push(batch.to_vec());
                rest = after;
            }
            assert!(rest.is_empty());
        }
        batches
    }

    /// One round, if planning wants one: plan, compact, install.
    pub(crate) fn round(&mut self) -> Option<Output> {
        let output = self.next()?;
        self.install(&output, None);
        Some(output)
    }

    /// What a round would install.
    fn next(&self) -> Option<Output> {
        let sizes: Vec<u64> = self.bases.iter().map(|base| fs::metadata(self.path(*base)).unwrap().len()).collect();
        let (active_base, closed) = self.bases.split_last().unwrap();
        let closed: Vec<Closed> = closed
            .iter()
            .zip(&sizes)
            .map(|(base, bytes)| Closed { base: *base, bytes: *bytes, first_timestamp: -1, largest_timestamp: -1 })
            .collect();
        let plan = plan(&Standing {
            closed: &closed,
            active_base: *active_base,
            start_offset: 0,
            stable_offset: self.stable(),
            cleaned: self.cleaned,
            config: &self.config,
            now_ms: self.now_ms,
        })?;
        Some(self.compact(plan.segments, plan.first_dirty, plan.upto))
    }

    /// Compacts the first segments without installing anything.
    pub(crate) fn compact(&self, segments: usize, first_dirty: i64, upto: i64) -> Output {
        let paths: Vec<PathBuf> = self.bases.iter().map(|base| self.path(*base)).collect();
        let listed: Vec<Segment<'_>> = (0..segments)
            .map(|at| {
                let bytes = fs::metadata(&paths[at]).unwrap().len();
                Segment { base: self.bases[at], path: &paths[at], bytes }
            })
            .collect();
        let input = Input {
            folder: self.folder.path(),
            segments: &listed,
            first_dirty,
            upto,
            aborted: &self.aborted,
            config: &self.config,
            now_ms: self.now_ms,
            max_unpacked: 1 << 20,
            max_keys: self.max_keys,
            stop: &|| false,
        };
        compact(&input).unwrap().unwrap()
    }

    /// As the log does it; `crash`: dies after that many segments, and is opened again.
    fn install(&mut self, output: &Output, crash: Option<usize>) {
        self.reached = self.reached.max(output.first_dirty);
        for (at, cleaned) in output.cleaned.iter().enumerate() {
            if crash.is_some_and(|survivors| at >= survivors) {
                fs::remove_file(&cleaned.path).unwrap();
                continue;
            }
            assert_eq!(fs::metadata(&cleaned.path).unwrap().len(), cleaned.bytes);
            for base in &cleaned.replaces {
                fs::remove_file(self.path(*base)).unwrap();
            }
            self.bases.retain(|base| *base == cleaned.base || !cleaned.replaces.contains(base));
            fs::rename(&cleaned.path, self.path(cleaned.base)).unwrap();
        }
        if crash.is_none() {
            self.cleaned = output.first_dirty;
            self.aborted.retain(|(_, _, marker)| *marker >= output.first_dirty);
        }
        let others = fs::read_dir(self.folder.path()).unwrap().count() - self.bases.len();
        assert_eq!(others, 0, "files are left over");
    }

    /// The whole log, read once.
    fn parsed(&self) -> Vec<Parsed> {
        let parse = |batch: Vec<u8>| {
            let (header, marker) = (Header::parse(&batch).unwrap(), control::kind(&batch));
            Parsed { header, marker, records: read(&batch) }
        };
        self.batches().into_iter().map(parse).collect()
    }

    /// What a consumer that reads committed records from `from` sees, by the consumer's own rules.
    fn committed<'a>(&self, log: &'a [Parsed], from: i64) -> Vec<&'a Seen> {
        let mut told: Vec<_> = self.aborted.iter().filter(|(_, _, last)| *last >= from).collect();
        let mut dropping = BTreeSet::new();
        let mut seen = Vec::new();
        for Parsed { header, marker, records } in log {
            if header.last_offset() < from || header.last_offset() >= self.stable() {
                continue;
            }
            told.retain(|(producer, first, _)| {
                let begun = *first <= header.last_offset();
                if begun {
                    dropping.insert(*producer);
                }
                !begun
            });
            if header.is_control() {
                if *marker == Some(false) {
                    dropping.remove(&header.producer_id);
                }
                continue;
            }
            if header.is_transactional() && dropping.contains(&header.producer_id) {
                continue;
            }
            seen.extend(records.iter().filter(|record| record.offset >= from));
        }
        seen
    }
}

/// A batch that was read.
struct Parsed {
    header: Header,
    marker: Option<bool>,
    records: Vec<Seen>,
}

/// All records of a batch.
pub(crate) fn read(batch: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    records::each(batch, 1 << 20, |record| {
        seen.push(Seen {
            offset: record.offset,
            timestamp: record.timestamp,
            sequence: record.sequence,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers_raw.to_vec(),
        });
        ControlFlow::Continue(())
    })
    .unwrap();
    seen
}

/// Everything that was ever committed, by offset.
type History = BTreeMap<i64, Seen>;

fn live<'a>(records: impl IntoIterator<Item = &'a Seen>) -> HashMap<&'a [u8], (i64, &'a [u8])> {
    let mut values = HashMap::new();
    for record in records {
        let Some(key) = &record.key else { continue };
        match &record.value {
            Some(value) => values.insert(&key[..], (record.offset, &value[..])),
            None => values.remove(&key[..]),
        };
    }
    values
}

fn random_batch(random: &mut fastrand::Rng, now_ms: i64, transaction_of: Option<i64>) -> Batch {
    let mut batch = Batch::new(0).codec(random.i16(0..=4));
    if let Some(producer) = transaction_of {
        batch = batch.transactional().producer(producer, 0, random.i32(0..));
    }
    for _ in 0..random.usize(1..8) {
        let key = [random.u8(0..12)];
        let value: Vec<u8> = (0..random.usize(0..40)).map(|_| random.u8(0..5)).collect();
        let value = (random.u8(..4) > 0).then_some(&value[..]);
        let key = (random.u8(..30) > 0).then_some(&key[..]);
        let timestamp = now_ms - random.i64(0..500);
        batch = batch.record_with_headers(timestamp, key, value, &[("h", value), ("n", None)][..random.usize(..3)]);
    }
    batch
}

struct Run {
    disk: Disk,
    random: fastrand::Rng,
    committed: History,
    /// Producer → what its open transaction wrote.
    pending: BTreeMap<i64, Vec<Seen>>,
}

impl Run {
    fn step(&mut self) {
        let producer = self.random.i64(1..4);
        match self.random.u8(..10) {
            0 => self.disk.roll(),
            1 => self.disk.now_ms += self.random.i64(0..2_000),
            2 | 3 if self.disk.open.contains_key(&producer) => {
                let commit = self.random.bool();
                self.disk.end_transaction(producer, commit);
                let wrote = self.pending.remove(&producer).unwrap_or_default();
                if commit {
                    self.committed.extend(wrote.into_iter().map(|record| (record.offset, record)));
                }
            }
            kind => {
                let transaction_of = (kind < 7).then_some(producer);
                let mut batch = random_batch(&mut self.random, self.disk.now_ms, transaction_of).bytes();
                let base = self.disk.append(batch.clone());
                batch[..8].copy_from_slice(&base.to_be_bytes());
                let wrote = read(&batch);
                match transaction_of {
                    Some(producer) => self.pending.entry(producer).or_default().extend(wrote),
                    None => self.committed.extend(wrote.into_iter().map(|record| (record.offset, record))),
                }
            }
        }
    }

    fn check(&self, context: &str) {
        let disk = &self.disk;
        let log = disk.parsed();
        for batch in disk.batches() {
            let base = Header::parse(&batch).unwrap().base_offset;
            assert!(base < disk.reached || disk.appended.get(&base) == Some(&batch), "{context}: {base} is touched");
        }
        let all = disk.committed(&log, 0);
        assert!(all.is_sorted_by(|a, b| a.offset < b.offset), "{context}: offsets ascend");
        for record in &all {
            assert_eq!(self.committed.get(&record.offset), Some(*record), "{context}: no record is other than it was");
        }
        let mut below = BTreeSet::new();
        for record in all.iter().filter(|record| record.offset < disk.cleaned) {
            assert!(record.key.is_some(), "{context}: without key at {}", record.offset);
            assert!(below.insert(&record.key), "{context}: key twice in the compacted part");
        }
        let stable = self.committed.range(..disk.stable()).map(|(_, record)| record);
        let expected = live(stable);
        for from in 0..=disk.end {
            let mut expected = expected.clone();
            expected.retain(|_, (offset, _)| *offset >= from);
            let seen = live(disk.committed(&log, from));
            assert_eq!(seen, expected, "{context}: reader from {from}");
        }
        let present: BTreeSet<i64> = log.iter().flat_map(|batch| &batch.records).map(|record| record.offset).collect();
        let open = self.pending.values().flatten();
        assert!(open.into_iter().all(|record| present.contains(&record.offset)), "{context}: open transactions stay");
    }
}

#[test]
fn readers_see_the_latest_of_every_key_after_any_rounds() {
    let (mut rounds, mut merged, mut dropped_markers, mut partial, mut crashes) = (0, 0, 0, 0, 0);
    for seed in 0..20 {
        let mut disk = Disk::new();
        disk.config.delete_retention_ms = [0, 500, 3_000][seed as usize % 3];
        disk.config.segment_bytes = 1_000;
        let mut run =
            Run { disk, random: fastrand::Rng::with_seed(seed), committed: History::new(), pending: BTreeMap::new() };
        for step in 0..160 {
            run.step();
            if run.random.u8(..12) > 0 {
                continue;
            }
            run.disk.max_keys = [3, 8, 1_000][run.random.usize(..3)];
            let markers = |disk: &Disk| disk.batches().iter().filter(|batch| control::kind(batch).is_some()).count();
            let before = markers(&run.disk);
            let Some(output) = run.disk.next() else { continue };
            rounds += 1;
            let crash = run.random.bool().then(|| run.random.usize(..=output.cleaned.len()));
            run.disk.install(&output, crash);
            merged += output.cleaned.iter().filter(|cleaned| cleaned.replaces.len() > 1).count();
            partial += usize::from(crash.is_none() && !run.disk.bases.contains(&output.first_dirty));
            crashes += usize::from(crash.is_some_and(|survivors| (1..output.cleaned.len()).contains(&survivors)));
            dropped_markers += before - markers(&run.disk);
            assert_eq!(output.unreadable, 0);
            run.check(&format!("seed {seed}, step {step}"));
        }
    }
    // All that should happen did happen.
    assert!(
        rounds > 100 && merged > 20 && dropped_markers > 10 && partial > 10 && crashes > 5,
        "{rounds} rounds, {merged} merged, {dropped_markers} markers dropped, {partial} partial, {crashes} crashes"
    );
}
