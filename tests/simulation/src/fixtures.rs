//! What earlier releases have written to changelogs is read by this one: a query of every operator that keeps something goes on from
//! the fixture of its state, and gives what it would have given had it never stopped. State of a newer release is refused with a
//! word about it.
//!
//! `fixtures/NAME.changelog` has a line a record of one partition: key and value in hex. They are never written anew: a format that
//! changes gets a version, and a fixture of its own beside the old one. `UPDATE=1 cargo test -p simulation fixture` writes what
//! is missing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::copies::LocalCopies;
use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, LinkConfig, Rates, Reset, START_MS, Settings, Stored};
use millstream_engine::worker::{Progress, Stop, Worker, WorkerConfig};
use millstream_plan::topology::SubTopology;

use crate::planned::planned;

const STREAM: &str = "CREATE STREAM a (K STRING KEY, V BIGINT, T STRING) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');";
const OTHER_STREAM: &str =
    "CREATE STREAM b (K STRING KEY, V BIGINT, T STRING) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');";
const TABLE: &str =
    "CREATE TABLE a (K STRING PRIMARY KEY, V BIGINT, T STRING) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');";
const OTHER_TABLE: &str =
    "CREATE TABLE b (K STRING PRIMARY KEY, V BIGINT, T STRING) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');";

/// A name, what is read, and the query: one for every operator that keeps something.
const QUERIES: [(&str, &[&str], &str); 13] = [
    (
        "groups",
        &[STREAM],
        "CREATE TABLE o AS SELECT K, COUNT(*) AS c, SUM(V) AS s, LATEST_BY_OFFSET(T) AS t, COLLECT_LIST(V) AS l \
         FROM a GROUP BY K;",
    ),
    (
        "expiring-groups",
        &[STREAM],
        "CREATE TABLE o WITH (TTL = '6 SECONDS') AS SELECT K, COUNT(*) AS c, SUM(V) AS s FROM a GROUP BY K;",
    ),
    ("expiring-rows", &[TABLE], "CREATE TABLE o WITH (TTL = '6 SECONDS') AS SELECT K, V + 1 AS v FROM a;"),
    (
        "ranks",
        &[STREAM],
        "CREATE TABLE o WITH (KEY_FORMAT = 'JSON') AS SELECT K, N, V, T FROM \
         (SELECT *, ROW_NUMBER() OVER (PARTITION BY K ORDER BY T DESC) AS N FROM a) WHERE N <= 2;",
    ),
    (
        "first-rows",
        &[TABLE],
        "CREATE TABLE o AS SELECT K, V FROM a QUALIFY ROW_NUMBER() OVER (PARTITION BY K ORDER BY V DESC) = 1;",
    ),
    (
        "tumbling",
        &[STREAM],
        "CREATE TABLE o AS SELECT K, COUNT(*) AS c, MAX(V) AS m FROM a \
         WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 MINUTE) GROUP BY K;",
    ),
    (
        "hopping",
        &[STREAM],
        "CREATE TABLE o AS SELECT K, AVG(V) AS m FROM a \
         WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS, GRACE PERIOD 1 MINUTE) GROUP BY K;",
    ),
    (
        "session",
        &[STREAM],
        "CREATE TABLE o AS SELECT K, COUNT(*) AS c, EARLIEST_BY_OFFSET(T) AS t FROM a \
         WINDOW SESSION (4 SECONDS, GRACE PERIOD 1 MINUTE) GROUP BY K;",
    ),
    (
        "last-results",
        &[STREAM],
        "CREATE TABLE o AS SELECT K, COUNT(*) AS c FROM a \
         WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY K EMIT FINAL;",
    ),
    ("table", &[TABLE], "CREATE TABLE o AS SELECT K, V + 1 AS v FROM a WHERE V > 2;"),
    (
        "stream-table",
        &[STREAM, OTHER_TABLE],
        "CREATE STREAM o AS SELECT a.K AS k, a.V AS l, b.V AS r FROM a LEFT JOIN b ON a.K = b.K;",
    ),
    (
        "stream-stream",
        &[STREAM, OTHER_STREAM],
        "CREATE STREAM o AS SELECT a.K AS k, a.V AS l, b.V AS r FROM a LEFT JOIN b \
         WITHIN 30 SECONDS GRACE PERIOD 1 MINUTE ON a.K = b.K;",
    ),
    (
        "table-table",
        &[TABLE, OTHER_TABLE],
        "CREATE TABLE o AS SELECT a.K AS k, a.V AS l, b.T AS r FROM a LEFT JOIN b ON a.K = b.K;",
    ),
];

/// A join by a foreign key, each part of which keeps something: their names.
const PARTS: [&str; 3] = ["foreign-key-point", "foreign-key-join", "foreign-key-latest"];
const FOREIGN_KEY: &str = "CREATE TABLE o AS SELECT a.K AS k, a.V AS l, b.T AS r FROM a JOIN b \
                           ON CASE WHEN a.V % 4 = 1 THEN 'x' ELSE 'z' END = b.K;";

/// A part of a query, as a worker runs it.
struct Case {
    name: &'static str,
    part: SubTopology,
    /// Its topics: `a`, and `b` where it reads two.
    inputs: usize,
    /// What it reads, in the order of the times.
    rows: Vec<(&'static str, Stored)>,
}

/// All of them.
fn cases() -> Vec<Case> {
    let case = |(name, sources, query): (&'static str, &[&str], &str)| {
        let mut parts = planned(sources, query).unwrap_or_else(|e| panic!("{name}: {e}"));
        let part = parts.pop().filter(|_| parts.is_empty()).unwrap_or_else(|| panic!("{name}: not one part"));
        let inputs = sources.len();
        let rows = rows().into_iter().filter(|(topic, _)| inputs > 1 || *topic == "a").collect();
        Case { name, part, inputs, rows }
    };
    let mut cases: Vec<Case> = QUERIES.into_iter().map(case).collect();
    let parts = planned(&[TABLE, OTHER_TABLE], FOREIGN_KEY).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(parts.len(), PARTS.len());
    // Each reads what the one before has written, the one in the middle the other table besides.
    let [left, right] = ["a", "b"].map(|of| rows().into_iter().filter(|(topic, _)| *topic == of).collect::<Vec<_>>());
    let mut sent = left;
    for (number, (name, part)) in PARTS.into_iter().zip(parts).enumerate() {
        let mut rows = sent;
        if number == 1 {
            rows.extend(right.iter().cloned());
            rows.sort_by_key(|(_, row)| row.timestamp);
        }
        let case = Case { name, part, inputs: if number == 1 { 2 } else { 1 }, rows };
        sent = run(&case, &case.rows, &Records::new()).unwrap_or_else(|e| panic!("{name}: {e}")).sent;
        cases.push(case);
    }
    cases
}

/// Rows of both inputs, in the order of their times. Those from [`CUT`] on come to the worker that goes on.
fn rows() -> Vec<(&'static str, Stored)> {
    let row = |n: i64| {
        let topic = if n % 3 == 2 { "b" } else { "a" };
        let key = ["x", "y", "z"][usize::try_from(n * 7 / 2 % 3).unwrap_or(0)];
        let value = (n % 11 != 10).then(|| format!(r#"{{"V":{n},"T":"t{n}"}}"#).into_bytes());
        let record = Stored { timestamp: START_MS + n * 1500, key: Some(key.into()), value, headers: Vec::new() };
        (topic, record)
    };
    (0..40).map(row).collect()
}

const CUT: i64 = 22;

type Records = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What came of a run.
struct Ran {
    results: Records,
    /// Each key once.
    changelog: Records,
    /// The results as rows of the next part.
    sent: Vec<(&'static str, Stored)>,
}

/// A worker over some rows, after what its changelog holds.
fn run(case: &Case, rows: &[(&'static str, Stored)], kept: &Records) -> Result<Ran, String> {
    let cluster = Cluster::new(1, Rates::default(), Settings::default());
    let topics = ["a", "b", "out", "ledger", "changelog"];
    topics.iter().for_each(|topic| cluster.create_topic(topic, 1, 1_000_000));
    for (key, value) in kept {
        let record = Stored { timestamp: 0, key: Some(key.clone()), value: value.clone(), headers: Vec::new() };
        cluster.append("changelog", 0, record, None);
    }
    for (topic, record) in rows {
        cluster.append(topic, 0, record.clone(), None);
    }
    let inputs = ["a", "b"].iter().take(case.inputs).map(|topic| (*topic).to_owned()).collect();
    let link = cluster.open(LinkConfig {
        name: "worker".into(),
        group: "group".into(),
        instance: None,
        transactional_id: Some("worker".into()),
        inputs,
        outputs: ["out", "ledger", "changelog"].map(str::to_owned).to_vec(),
        reset: Reset::Earliest,
    });
    let config = WorkerConfig {
        query_id: "fixture".into(),
        part: case.part.clone(),
        guarantee: Guarantee::ExactlyOnce,
        epoch: Duration::from_millis(20),
        merges: false,
        on_error: Default::default(),
        registry: millstream_schemas::Registry::none(),
        copies: LocalCopies::default(),
        sharing: Sharing::default(),
    };
    let link = Box::new(link.map_err(|e| e.to_string())?);
    let mut worker = Worker::new(config, link, Box::new(cluster.clock()), Arc::new(Counters::default()))
        .map_err(|e| e.to_string())?;
    for step in 0..4000 {
        if step == 2000 {
            worker.stop();
        }
        match worker.step(Duration::from_millis(2)) {
            Ok(Progress::Left) => break,
            Ok(_) => cluster.advance(2),
            Err(Stop::Failed(cause) | Stop::Replaced(cause) | Stop::Expired(cause)) => return Err(cause),
            Err(Stop::Crash) => return Err("crashed".into()),
        }
    }
    let of = |topic| {
        let records = cluster.committed_records(topic, 0).into_iter();
        records.map(|(_, record)| (record.key.unwrap_or_default(), record.value)).collect::<Records>()
    };
    let mut changelog = Records::new();
    for (key, value) in of("changelog") {
        changelog.retain(|(other, _)| *other != key);
        changelog.extend(value.map(|value| (key, Some(value))));
    }
    changelog.sort();
    let taken = case.inputs;
    let ends =
        ["a", "b"].iter().take(taken).map(|t| (cluster.committed_offset("group", t, 0), cluster.end_offset(t, 0)));
    for (committed, end) in ends {
        if end > 0 && committed != Some(end) {
            return Err(format!("it has read {committed:?} of {end} records"));
        }
    }
    let sent = cluster.committed_records("out", 0).into_iter().map(|(_, record)| ("a", record)).collect();
    Ok(Ran { results: of("out"), changelog, sent })
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.changelog"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..hex.len()).step_by(2).map(|at| pair(at).expect("hex")).collect()
}

fn fixture(name: &str) -> Records {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let lines = text.lines().map(|line| line.split_once(' ').expect("key and value"));
    lines.map(|(key, value)| (bytes(key), Some(bytes(value)))).collect()
}

/// Where its rows are cut.
fn cut(case: &Case) -> usize {
    case.rows.iter().take_while(|(_, row)| row.timestamp < START_MS + CUT * 1500).count()
}

#[test]
fn fixtures_are_what_is_written() {
    for case in cases() {
        let name = case.name;
        let ran = run(&case, &case.rows[..cut(&case)], &Records::new()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let changelog = ran.changelog;
        assert!(!changelog.is_empty(), "{name} keeps nothing");
        if std::env::var_os("UPDATE").is_some() && !path(name).exists() {
            let line = |(key, value): &(Vec<u8>, Option<Vec<u8>>)| {
                format!("{} {}\n", hex(key), hex(value.as_deref().unwrap_or_default()))
            };
            std::fs::write(path(name), changelog.iter().map(line).collect::<String>()).expect("written");
        }
        assert!(fixture(name) == changelog, "{name}: another format is another version, with a fixture of its own");
    }
}

#[test]
fn a_query_goes_on_from_its_fixture() {
    for case in cases() {
        let (name, at) = (case.name, cut(&case));
        let run = |rows, kept: &Records| run(&case, rows, kept).unwrap_or_else(|e| panic!("{name}: {e}")).results;
        let all = run(&case.rows, &Records::new());
        let first = run(&case.rows[..at], &Records::new());
        let then = run(&case.rows[at..], &fixture(name));
        assert!(!then.is_empty(), "{name}");
        assert_eq!(told(&all[first.len()..]), told(&then), "{name}");
    }
}

fn told(records: &[(Vec<u8>, Option<Vec<u8>>)]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    records.iter().map(|(key, value)| format!("{} {}", text(key), text(value.as_deref().unwrap_or_default()))).collect()
}

#[test]
fn state_of_a_newer_release_is_refused() {
    for case in cases() {
        let name = case.name;
        let newer: Records = fixture(name)
            .into_iter()
            .map(|(key, value)| {
                let mut value = value.unwrap_or_default();
                // The version is the first byte of every value.
                if let Some(version) = value.first_mut() {
                    *version = 99;
                }
                (key, Some(value))
            })
            .collect();
        let cause = run(&case, &case.rows[cut(&case)..], &newer).err().unwrap_or_default();
        assert!(cause.contains("newer"), "{name}: {cause}");
    }
}
