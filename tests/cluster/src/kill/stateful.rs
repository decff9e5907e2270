//! The queries that keep something, beside the one that does not: what each must make of the stream, row by row.
//!
//! The source and a second topic get the same records. Every result names the row behind it, so that the account of each
//! query says which rows are lost or doubled, and what a query keeps is in every result: a count that is wrong once is wrong
//! for good.

mod chosen;
mod grouped;
mod joined;
mod pointed;
mod ranked;
mod sessions;
mod tables;

use std::collections::BTreeMap;

use serde_json::Value;

use super::stream::Stream;
use crate::account::{Account, Verdict};
use crate::error::{Result, Trouble};
use crate::reader::Seen;

/// How much has been sent to each partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// Of the source.
    pub(super) source: u64,
    /// Of the second topic.
    pub(super) second: u64,
}

/// A query, and the account of its results.
pub(super) trait Stateful: Send {
    /// Its name, which its result topic ends with.
    fn name(&self) -> &'static str;
    /// What it selects, from KILL_SOURCE, KILL_TABLE, KILL_VALUED and KILL_SECOND; a table or a stream.
    fn query(&self) -> (&'static str, &'static str);
    /// Properties of its result besides the topic, each with a comma before it.
    fn with(&self) -> &'static str {
        ""
    }
    /// Enters a committed result. Error: what no query should have made, in words.
    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String>;
    /// Its results.
    fn lanes(&self) -> &Lanes;
    /// Whether a lane must have a number when so much has been sent.
    fn expects(&self, lane: Lane, number: u64, sent: Sent) -> bool;
    /// The lanes that there are.
    fn all_lanes(&self, partitions: i32) -> Vec<Lane>;

    /// How many keys do not stand as they should in the end, which no number tells.
    fn outdated(&self, _partitions: i32, _sent: Sent) -> u64 {
        0
    }

    /// How many rows came in the wrong order, of those that came behind a later one of their lane.
    fn misplaced(&self, in_lanes: u64) -> u64 {
        in_lanes
    }

    /// The account of everything.
    fn verdict(&self, partitions: i32, sent: Sent) -> Verdict {
        let none = Account::default();
        let lanes = self.all_lanes(partitions);
        let strangers = self.lanes().0.iter().filter(|(lane, _)| !lanes.contains(*lane));
        let strangers: u64 = strangers.map(|(_, account)| account.records).sum();
        let of = |lane: &Lane| {
            let account = self.lanes().0.get(lane).unwrap_or(&none);
            account.verdict(sent.source.max(sent.second), |number| self.expects(*lane, number, sent))
        };
        let verdict = lanes.iter().map(of).fold(Verdict::default(), Verdict::and);
        let lost = verdict.lost + self.outdated(partitions, sent);
        let misplaced = self.misplaced(verdict.misplaced);
        Verdict { lost, misplaced, unexpected: verdict.unexpected + strangers, ..verdict }
    }
}

/// Numbers that come one after the other: those of a partition of the source, and of something besides.
pub(super) type Lane = (i32, i64);

/// Accounts by lane.
#[derive(Debug, Default)]
pub(super) struct Lanes(BTreeMap<Lane, Account>);

impl Lanes {
    fn enter(&mut self, lane: Lane, number: u64) {
        self.0.entry(lane).or_default().enter(Some(number));
    }
}

/// All of them.
pub(super) fn all() -> Vec<Box<dyn Stateful>> {
    vec![
        Box::<grouped::ByKey>::default(),
        Box::<grouped::ByColumn>::default(),
        Box::<grouped::ByWindow>::default(),
        Box::<joined::Lookup>::default(),
        Box::<joined::Pairs>::default(),
        Box::<tables::Regrouped>::default(),
        // Behind the one whose result it joins.
        Box::<pointed::Pointed>::default(),
        Box::<sessions::Sessions>::default(),
        Box::<ranked::Ranked>::default(),
        Box::<chosen::Chosen>::default(),
    ]
}

/// The statements that declare what they read.
pub(super) fn sources(second: &str) -> [String; 3] {
    [
        format!(
            "CREATE TABLE kill_table (k VARCHAR PRIMARY KEY, n BIGINT, p INTEGER) \
             WITH (KAFKA_TOPIC='{second}', VALUE_FORMAT='JSON');"
        ),
        format!(
            "CREATE TABLE kill_valued (k VARCHAR PRIMARY KEY, n BIGINT, v BIGINT) \
             WITH (KAFKA_TOPIC='{second}', VALUE_FORMAT='JSON');"
        ),
        format!(
            "CREATE STREAM kill_second (k VARCHAR KEY, n BIGINT, v BIGINT) WITH (KAFKA_TOPIC='{second}', VALUE_FORMAT='JSON');"
        ),
    ]
}

/// The statement of a query.
pub(super) fn statement(query: &dyn Stateful, sink: &str) -> String {
    let (kind, select) = query.query();
    format!("CREATE {kind} kill_{} WITH (KAFKA_TOPIC='{sink}'{}) AS {select} EMIT CHANGES;", query.name(), query.with())
}

/// The accounts of all queries.
pub(super) struct Ledger {
    stream: Stream,
    partitions: i32,
    queries: Vec<Box<dyn Stateful>>,
    strange: Vec<String>,
    foreign: u64,
}

impl Ledger {
    /// Nothing has come yet.
    pub(super) fn new(stream: Stream, partitions: i32) -> Self {
        Self { stream, partitions, queries: all(), strange: Vec::new(), foreign: 0 }
    }

    /// Enters a result of the query of that number.
    pub(super) fn enter(&mut self, number: usize, seen: &Seen<'_>) {
        let Some(query) = self.queries.get_mut(number) else { return };
        if let Err(what) = query.enter(&self.stream, seen) {
            self.foreign += 1;
            if self.strange.len() < 10 {
                let value = String::from_utf8_lossy(seen.value.unwrap_or_default()).into_owned();
                let at = format!("partition {} offset {}", seen.partition, seen.offset);
                self.strange.push(format!("{} {at}: {what}: {value}", query.name()));
            }
        }
    }

    /// Whether every query has given everything.
    pub(super) fn complete(&self, sent: Sent) -> bool {
        self.queries.iter().all(|query| query.verdict(self.partitions, sent).lost == 0)
    }

    /// The verdict of each query, by name.
    pub(super) fn verdicts(&self, sent: Sent) -> Vec<(&'static str, Verdict)> {
        self.queries.iter().map(|query| (query.name(), query.verdict(self.partitions, sent))).collect()
    }

    /// Whether all is well with these verdicts.
    pub(super) fn clean(&self, sent: Sent) -> Result<()> {
        let bad: Vec<&str> =
            self.verdicts(sent).iter().filter(|(_, verdict)| !verdict.clean()).map(|(name, _)| *name).collect();
        if bad.is_empty() && self.foreign == 0 {
            return Ok(());
        }
        Err(Trouble::failed(format!("not exactly once: {}; {} wrong results", bad.join(", "), self.foreign)))
    }

    /// The first results that no query should have made.
    pub(super) fn strange(&self) -> &[String] {
        &self.strange
    }
}

/// A number of a result.
fn field(value: &Value, name: &str) -> Result<i64, String> {
    value[name].as_i64().ok_or_else(|| format!("no {name}"))
}

/// A number of a row.
fn row_number(value: &Value, name: &str) -> Result<u64, String> {
    u64::try_from(field(value, name)?).map_err(|_| format!("{name} is negative"))
}

fn json(seen: &Seen<'_>) -> Result<Value, String> {
    serde_json::from_slice(seen.value.unwrap_or(b"null")).map_err(|e| e.to_string())
}

/// A key of eight bytes.
fn group_of(seen: &Seen<'_>) -> Result<i64, String> {
    let key = seen.key.and_then(|key| key.try_into().ok()).ok_or("a key of other than eight bytes")?;
    Ok(i64::from_be_bytes(key))
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, right: T) -> Result<(), String> {
    if found == right { Ok(()) } else { Err(format!("{what} is {found:?}, should be {right:?}")) }
}
