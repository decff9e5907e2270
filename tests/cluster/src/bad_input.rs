//! Bad input between good: every good record comes out, every bad one is in the error ledger once, nothing stops.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_types::partition_for_key;
use serde_json::{Value, json};

use crate::clock::{self, Dice};
use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::stage::{PARTITIONS, RECORD_BYTES_MAX, Record, Site, Stage};
use crate::topics;

/// `cluster bad-input`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: Site,
    /// Good records before each bad one.
    #[arg(long, default_value_t = 20)]
    between: u64,
    /// How often each kind of bad record is sent.
    #[arg(long, default_value_t = 4)]
    rounds: u64,
    /// Seed of the partitions; random when not given, and printed.
    #[arg(long)]
    seed: Option<u64>,
}

/// What must become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It comes out.
    Result,
    /// It is in the ledger.
    Ledger,
    /// Neither: the WHERE drops it.
    Dropped,
    /// One of result and ledger: ksqlDB's versions differ, but it must be accounted for once.
    Either,
}

/// A kind of record: name, value, fate.
struct Kind {
    name: &'static str,
    value: Option<Vec<u8>>,
    fate: Fate,
}

/// Bytes of the big ones; topics of the test take them, the result topic does not.
const BIG: usize = 10_000_000;
/// Depth of nesting that no recursive decoder survives on an ordinary stack.
const DEEP: usize = 200_000;

fn kinds(n: u64) -> Vec<Kind> {
    let kind = |name, value: &[u8], fate| Kind { name, value: Some(value.to_vec()), fate };
    let around = |before: &str, inside: &[u8], after: &str| [before.as_bytes(), inside, after.as_bytes()].concat();
    let start = format!(r#"{{"N":{n},"T":""#);
    let big_text = vec![b'a'; BIG];
    let deep = |open: &str, close: &str| [open.repeat(DEEP), "1".to_owned(), close.repeat(DEEP)].concat();
    vec![
        kind("cut off", br#"{"N":1,"T":"#, Fate::Ledger),
        kind("no JSON", b"certainly not JSON", Fate::Ledger),
        kind("two commas", br#"{"N":1,,"T":"x"}"#, Fate::Ledger),
        kind("an array", br#"[1,"x"]"#, Fate::Ledger),
        kind("text for a number", br#"{"N":"many","T":"x"}"#, Fate::Ledger),
        kind("object for a number", br#"{"N":{"x":1},"T":"x"}"#, Fate::Ledger),
        kind("bad UTF-8", &around(&start, &[0xff, 0xfe, b'x'], r#""}"#), Fate::Ledger),
        kind("cut UTF-8", &around(&start, &[0xe2, 0x82], r#""}"#), Fate::Ledger),
        kind("binary", &[0, 1, 2, 0xff, 0, 0x80], Fate::Ledger),
        kind("big, broken", &around(r#"{"N":1,"T":""#, &big_text, ""), Fate::Ledger),
        kind("big, for the result topic", &around(&start, &big_text, r#""}"#), Fate::Ledger),
        kind("big, unused part", &around(&format!(r#"{{"N":{n},"X":""#), &big_text, r#"","T":"small"}"#), Fate::Result),
        kind(
            "deep arrays",
            &around(&format!(r#"{{"N":{n},"X":"#), deep("[", "]").as_bytes(), r#","T":"x"}"#),
            Fate::Either,
        ),
        kind(
            "deep objects",
            &around(&format!(r#"{{"N":{n},"X":"#), deep("{\"a\":", "}").as_bytes(), r#","T":"x"}"#),
            Fate::Either,
        ),
        kind("deep, broken", "[".repeat(DEEP).as_bytes(), Fate::Ledger),
        kind("null in a field", &around(&format!(r#"{{"N":{n},"T":null"#), b"", "}"), Fate::Result),
        kind("missing field", &around(&format!(r#"{{"N":{n}"#), b"", "}"), Fate::Result),
        kind("null for the filter", br#"{"N":null,"T":"x"}"#, Fate::Dropped),
        kind("JSON null", b"null", Fate::Dropped),
        Kind { name: "null value", value: None, fate: Fate::Dropped },
    ]
}

/// A record sent, by its address.
#[derive(Debug)]
struct Sent {
    name: &'static str,
    fate: Fate,
    n: u64,
}

type Address = (i32, i64);

/// All records in the order of sending, and what must become of them by partition and offset.
fn script(options: &Options, dice: &mut Dice) -> (Vec<Record>, BTreeMap<Address, Sent>) {
    let (mut records, mut sent, mut ends) = (Vec::new(), BTreeMap::new(), [0_i64; PARTITIONS as usize]);
    let (mut n, start) = (0, clock::wall_ms() - 60_000);
    let mut push = |name, value: Option<Vec<u8>>, fate, n: u64, dice: &mut Dice| {
        let key = format!("key-{}", dice.between(0, 1000));
        let partition = partition_for_key(key.as_bytes(), PARTITIONS);
        let timestamp = start + n.cast_signed();
        records.push(Record { partition, timestamp, key: Some(key.into_bytes()), value });
        if let Some(end) = usize::try_from(partition).ok().and_then(|p| ends.get_mut(p)) {
            sent.insert((partition, *end), Sent { name, fate, n });
            *end += 1;
        }
    };
    for _ in 0..options.rounds {
        for index in 0..kinds(0).len() {
            for _ in 0..options.between {
                n += 1;
                push("good", Some(format!(r#"{{"N":{n},"T":"good {n}"}}"#).into_bytes()), Fate::Result, n, dice);
            }
            n += 1;
            if let Some(kind) = kinds(n).into_iter().nth(index) {
                push(kind.name, kind.value, kind.fate, n, dice);
            }
        }
    }
    n += 1;
    push("last", Some(format!(r#"{{"N":{n},"T":"last"}}"#).into_bytes()), Fate::Result, n, dice);
    (records, sent)
}

/// Runs the test; an error says what is wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (seed, mut dice) = Dice::seeded(options.seed);
    let mut report = Report::open("bad-input", seed)?;
    let mut stage = Stage::open(&options.site, "bad-input")?;
    let (source, sink) = (format!("{}-source", stage.name), format!("{}-sink", stage.name));
    let size = [("retention.ms", "-1"), ("max.message.bytes", RECORD_BYTES_MAX)];
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &size)?;
    stage.server.ksql(&format!(
        "CREATE STREAM bad_source (k VARCHAR KEY, n BIGINT, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    stage.server.ksql(&format!(
        "CREATE STREAM bad_sink WITH (KAFKA_TOPIC='{sink}') AS SELECT k, n, t FROM bad_source WHERE n >= 0 EMIT CHANGES;"
    ))?;
    let (records, sent) = script(options, &mut dice);
    stage.send(&source, &records)?;
    let count = |fate| sent.values().filter(|s| s.fate == fate).count();
    let results = stage.read(&sink, count(Fate::Result), Duration::from_secs(120))?;
    let ledger =
        stage.read(&format!("{}ksql_processing_log", stage.service), count(Fate::Ledger), Duration::from_secs(30))?;
    let faults = faults(&sent, &results, &ledger, &source);
    faults.iter().take(20).for_each(|fault| say(fault));
    say(&format!(
        "{} records in: {} must come out, {} be in the ledger, {} be dropped, {} either; {} came out, {} entries, {} faults",
        records.len(),
        count(Fate::Result),
        count(Fate::Ledger),
        count(Fate::Dropped),
        count(Fate::Either),
        results.len(),
        ledger.len(),
        faults.len()
    ));
    report.line(
        "verdict",
        json!({ "in": records.len(), "out": results.len(), "ledger": ledger.len(), "faults": faults }),
    )?;
    if !stage.server.alive() {
        return Err(Trouble::failed("the server died: see its log"));
    }
    stage.close()?;
    faults.is_empty().then_some(()).ok_or_else(|| Trouble::failed("not every record is accounted for"))
}

/// Everything that did not become of a record what must.
fn faults(sent: &BTreeMap<Address, Sent>, results: &[Record], ledger: &[Record], source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut out, mut entries) = (BTreeMap::<u64, u32>::new(), BTreeMap::<Address, u32>::new());
    let mut last = BTreeMap::<i32, u64>::new();
    for record in results {
        let value: Option<Value> = record.value.as_deref().and_then(|v| serde_json::from_slice(v).ok());
        let Some(n) = value.as_ref().and_then(|v| v.get("N")?.as_u64()) else {
            faults.push(format!("a result without a number: {:.200?}", value));
            continue;
        };
        *out.entry(n).or_default() += 1;
        if last.insert(record.partition, n).is_some_and(|before| before > n) {
            faults.push(format!("{n} is out of order in partition {}", record.partition));
        }
    }
    for entry in ledger {
        let value: Option<Value> = entry.value.as_deref().and_then(|v| serde_json::from_slice(v).ok());
        match value.as_ref().and_then(|value| address(value, source)) {
            Some(address) => *entries.entry(address).or_default() += 1,
            None => faults
                .push(format!("a ledger entry without an address: {:.300}", value.unwrap_or_default().to_string())),
        }
    }
    for (address, sent) in sent {
        let found = (out.remove(&sent.n).unwrap_or(0), entries.remove(address).unwrap_or(0));
        let right = match sent.fate {
            Fate::Result => found == (1, 0),
            Fate::Ledger => found == (0, 1),
            Fate::Dropped => found == (0, 0),
            Fate::Either => found.0 + found.1 == 1,
        };
        if !right {
            let Sent { name, fate, n } = sent;
            faults.push(format!(
                "{name} (number {n}, partition {} offset {}): {fate:?} expected, {} results and {} ledger entries found",
                address.0, address.1, found.0, found.1
            ));
        }
    }
    faults.extend(out.keys().map(|n| format!("result {n} was never sent")));
    faults.extend(entries.keys().map(|address| format!("ledger entry about {address:?}, which was never sent")));
    faults
}

/// Partition and offset in the first object of the entry that names the source topic and both.
fn address(value: &Value, source: &str) -> Option<Address> {
    let object = value.as_object()?;
    let here = || {
        let partition = object.get("partition")?.as_i64()?;
        let named = object.get("topic")?.as_str()? == source;
        named.then_some((i32::try_from(partition).ok()?, object.get("offset")?.as_i64()?))
    };
    here().or_else(|| object.values().find_map(|v| address(v, source)))
}
