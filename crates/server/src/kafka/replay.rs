//! Dead letters back into the topics that they came from: read by a group that remembers how far, written in the transaction that
//! commits its offsets, so that each goes back once, whatever breaks in between.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::clock::Clock;
use millstream_engine::dead_letter::{HEADER_PREFIX, PARTITION, TOPIC};
use millstream_engine::ledger::RawRecord;
use millstream_engine::link::{Event, Header, InputPartition, Link, LinkError, Outgoing, Output};
use millstream_kafka::{KafkaConfig, KafkaLink, LinkConfig, StartAt};

/// Dead letters that go back in one transaction, at most.
const RECORDS_MAX: usize = 500;
/// How long a look at the group may wait.
const WAIT: Duration = Duration::from_millis(50);
/// How long all of it may take: whoever asked is waiting.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What is to be done.
pub(crate) struct Replay<'k> {
    /// The cluster.
    pub(crate) kafka: &'k KafkaConfig,
    /// The group that remembers how far it was done.
    pub(crate) group: String,
    /// The topic of dead letters.
    pub(crate) dead_letters: String,
    /// The topics that they may go back into.
    pub(crate) sources: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Replayed {
    /// Records that went back.
    pub(crate) replayed: u64,
    /// Records that say of no such topic that they came from there.
    pub(crate) skipped: u64,
}

/// A dead letter: its offset, where it goes, and what it was.
struct Letter {
    offset: i64,
    to: Option<(Output, i32)>,
    record: RawRecord,
}

/// Takes dead letters back, up to those that end at `ends`.
///
/// # Errors
/// Kafka failed, or somebody else took over. What was committed until then is done; the next time goes on from there.
pub(crate) fn replay(job: Replay<'_>, ends: &[i64], clock: &dyn Clock) -> Result<Replayed, String> {
    let mut config = LinkConfig::new(job.kafka.clone(), job.group.as_str(), "");
    config.transactional_id = Some(job.group.clone());
    config.inputs = vec![job.dead_letters.clone()];
    config.outputs.clone_from(&job.sources);
    config.reset = StartAt::Earliest;
    let mut link = KafkaLink::open(config).map_err(|e| e.to_string())?;
    let by = clock.monotonic() + TIME_MAX;
    let done = run(&mut link, &job.sources, ends, &mut || clock.monotonic() < by);
    if done.is_err() {
        // What is open must not hold readers up.
        let _ = link.abort();
    }
    let left = link.leave();
    if let Err(error) = left {
        tracing::debug!(%error, "while a replay leaves its group");
    }
    done.map_err(|e| e.to_string())
}

fn run(
    link: &mut dyn Link,
    sources: &[String],
    ends: &[i64],
    in_time: &mut dyn FnMut() -> bool,
) -> Result<Replayed, LinkError> {
    let late =
        || LinkError::Fatal("the dead letters could not be read to their end in time: ask for the rest again".into());
    let end = |at: &InputPartition| usize::try_from(at.partition).ok().and_then(|p| ends.get(p)).copied().unwrap_or(0);
    let mut places: Option<BTreeMap<InputPartition, i64>> = None;
    let mut done = Replayed::default();
    loop {
        if !in_time() {
            return Err(late());
        }
        let wait = if places.is_some() { Duration::ZERO } else { WAIT };
        match retried(in_time, || link.poll(wait))? {
            None => {}
            Some(Event::Assigned(partitions)) => {
                let starts = retried(in_time, || link.assign(&partitions))?;
                places = Some(starts.into_iter().collect());
            }
            Some(Event::Revoked { partitions, .. }) => {
                link.unassign(&partitions)?;
                return Err(LinkError::Fatal("another server replays the same query".into()));
            }
        }
        let Some(places) = &mut places else { continue };
        let Some((at, next)) = places.iter().map(|(at, next)| (*at, *next)).find(|(at, next)| *next < end(at)) else {
            return Ok(done);
        };
        let (letters, at_end) = take(link, at, next, end(&at), sources)?;
        let next = match letters.last() {
            Some(last) => last.offset + 1,
            // Behind the last one are marks of transactions alone.
            None if at_end => end(&at),
            None => {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
        };
        put(link, at, next, &letters, in_time)?;
        let went = letters.iter().filter(|letter| letter.to.is_some()).count() as u64;
        done.replayed += went;
        done.skipped += letters.len() as u64 - went;
        places.insert(at, next);
    }
}

/// Dead letters of a partition that are here, and whether these are all.
fn take(
    link: &mut dyn Link,
    at: InputPartition,
    next: i64,
    end: i64,
    sources: &[String],
) -> Result<(Vec<Letter>, bool), LinkError> {
    let (mut letters, mut beyond) = (Vec::new(), false);
    let fetched = link.fetch(at, RECORDS_MAX, &mut |records| {
        for record in records.iter().filter(|record| record.offset >= next) {
            if record.offset >= end {
                beyond = true;
                continue;
            }
            let mut raw = RawRecord::of(record);
            let said = |name: &str| {
                let header = record.headers.iter().rev().find(|header| header.key == name.as_bytes())?;
                std::str::from_utf8(header.value?).ok()
            };
            let to = said(TOPIC).and_then(|topic| sources.iter().position(|source| source == topic));
            let to = to.and_then(|index| u16::try_from(index).ok()).zip(said(PARTITION).and_then(|p| p.parse().ok()));
            raw.headers.retain(|(key, _)| !key.starts_with(HEADER_PREFIX.as_bytes()));
            letters.push(Letter { offset: record.offset, to: to.map(|(index, p)| (Output(index), p)), record: raw });
        }
    })?;
    Ok((letters, fetched.end || beyond))
}

/// Writes dead letters to where they came from and remembers that.
fn put(
    link: &mut dyn Link,
    at: InputPartition,
    next: i64,
    letters: &[Letter],
    in_time: &mut dyn FnMut() -> bool,
) -> Result<(), LinkError> {
    link.begin()?;
    for Letter { to, record, .. } in letters {
        let Some((output, partition)) = *to else { continue };
        let headers: Vec<Header<'_>> =
            record.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
        let outgoing = Outgoing {
            // Whoever may write to the topic may have written any number.
            partition: partition.rem_euclid(link.partitions(output).max(1)),
            timestamp: record.timestamp,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        };
        link.produce(output, &mut std::iter::once(outgoing))?;
    }
    retried(in_time, || link.flush())?;
    retried(in_time, || link.commit(&[(at, next)]))
}

/// Does something again while Kafka asks for that.
fn retried<T>(
    in_time: &mut dyn FnMut() -> bool,
    mut call: impl FnMut() -> Result<T, LinkError>,
) -> Result<T, LinkError> {
    loop {
        match call() {
            Err(LinkError::Retry(cause)) if in_time() => {
                tracing::debug!(cause, "a replay tries again");
                std::thread::sleep(WAIT);
            }
            other => return other,
        }
    }
}
