//! Late records as a stream: each is there once, as it was, however many records a query is given at once.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sqltest::session::Session;

const SOURCE: &str = "CREATE STREAM S (K STRING KEY, G INT, N INT, H BYTES HEADER('h')) \
                      WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');";

/// Key, value, time.
const RECORDS: [(Option<&str>, &str, i64); 9] = [
    (Some("a"), r#"{"G":1,"N":1}"#, 100_000),
    (Some("b"), r#"{"G":1,"N":2}"#, 50_000),
    (Some("b"), r#"{"G":2,"N":-2}"#, 50_000),
    (None, r#"{"G":1,"N":3}"#, 60_000),
    (Some("c"), r#"{"G":null,"N":3}"#, 60_000),
    (Some("a"), r#"{"G":1,"N":4}"#, 90_000),
    (Some("a"), "no JSON", 1),
    (Some("d"), r#"{"G":2,"N":5}"#, 200_000),
    (Some("a"), r#"{"G":1,"N":6}"#, 100_000),
];

/// Key, value, time and number of headers.
type Late = (Option<String>, String, i64, usize);

/// The late records, and how many results and entries of the ledger there are.
fn run(windows: &str, feeding: Feeding, cut: bool) -> (Vec<Late>, usize, usize) {
    let mut session = Session::new(0);
    let query = format!("SELECT G, COUNT(*) AS C FROM S WINDOW {windows} WHERE N > 0 GROUP BY G");
    session.script(&format!("{SOURCE}\nCREATE TABLE T AS {query} LATE RECORDS INTO L;")).unwrap();
    // It is a stream like any other.
    session.script("CREATE STREAM AFTERWARDS AS SELECT K, N, ROWTIME AS T FROM L;").unwrap();
    let mut driver = Driver::new();
    for query in &session.queries {
        match cut {
            true => driver.add_cut(&query.id, &query.stages).unwrap(),
            false => query.stages.iter().for_each(|stage| driver.add(&query.id, stage).unwrap()),
        }
    }
    let record = |(key, value, timestamp): (Option<&str>, &str, i64)| TopicRecord {
        key: key.map(|key| key.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        timestamp,
        headers: vec![("h".into(), Some(b"x".to_vec()))],
    };
    driver.run(RECORDS.map(|r| ("s".to_owned(), record(r))).to_vec(), feeding).unwrap();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    let late: Vec<_> = driver.topic("L").to_vec();
    assert_eq!(driver.topic("AFTERWARDS").len(), late.len());
    let late = late.iter().map(|r| (text(&r.key), text(&r.value).unwrap_or_default(), r.timestamp, r.headers.len()));
    (late.collect(), driver.topic("T").len(), driver.ledger().len())
}

#[test]
fn late_records_keep_what_they_are() {
    let late =
        |key: Option<&str>, g: i32, n: i32, time| (key.map(str::to_owned), format!(r#"{{"G":{g},"N":{n}}}"#), time, 1);
    let tumbling = "TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)";
    // 90 s is in a window that ends at 100 s and waits for 5 s more; the WHERE drops one, one has no group.
    let expected = vec![late(Some("b"), 1, 2, 50_000), late(None, 1, 3, 60_000), late(Some("a"), 1, 6, 100_000)];
    for feeding in [Feeding::Single, Feeding::Batches, Feeding::Restarts] {
        for cut in [false, true] {
            let (found, results, errors) = run(tumbling, feeding, cut);
            assert_eq!(found, expected, "{feeding:?} {cut}");
            // Late, no JSON, no group.
            assert_eq!((results, errors), (3, 5), "{feeding:?} {cut}");
        }
    }
}

#[test]
fn every_kind_of_window_has_late_records() {
    for (windows, expected) in [
        ("HOPPING (SIZE 20 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 0 SECONDS)", 3),
        ("SESSION (10 SECONDS, GRACE PERIOD 0 SECONDS)", 3),
        ("TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS)", 4),
        ("TUMBLING (SIZE 10 SECONDS)", 0),
    ] {
        let (single, ..) = run(windows, Feeding::Single, false);
        assert_eq!(single.len(), expected, "{windows}: {single:?}");
        assert_eq!(run(windows, Feeding::Restarts, true).0, single, "{windows}");
    }
}

const BOTH: &str = "CREATE STREAM A (K STRING KEY, V INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
                    CREATE STREAM B (ID INT, R STRING) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');";

/// Topic, key, value, time: half a minute is kept of each side.
const PAIRS: [(&str, Option<&str>, &str, i64); 9] = [
    ("a", Some("x"), r#"{"V":1}"#, 100_000),
    ("b", None, r#"{"ID":1,"R":"x"}"#, 105_000),
    ("a", Some("x"), r#"{"V":2}"#, 200_000),
    // Late, for the left side is at 200 s: whom it would have met comes next.
    ("a", Some("y"), r#"{"V":3}"#, 150_000),
    // Not late: the right side is at 105 s.
    ("b", None, r#"{"ID":2,"R":"y"}"#, 150_000),
    ("b", None, r#"{"ID":3,"R":"x"}"#, 202_000),
    // Late, for the right side is at 202 s.
    ("b", None, r#"{"ID":4,"R":"x"}"#, 171_000),
    // What is joined by nothing is not late either.
    ("b", None, r#"{"ID":5,"R":null}"#, 1_000),
    ("a", Some("x"), r#"{"V":6}"#, 169_999),
];

/// The late records of a join and its results.
fn run_join((kind, key): (&str, &str), feeding: Feeding, cut: bool) -> (Vec<Late>, usize) {
    let mut session = Session::new(0);
    let query = format!(
        "SELECT {key}, V, ID FROM A {kind} JOIN B WITHIN 10 SECONDS GRACE PERIOD 10 SECONDS ON A.K = B.R WHERE V < 1000"
    );
    session.script(&format!("{BOTH}\nCREATE STREAM J AS {query} LATE RECORDS INTO L;")).unwrap();
    session.script("CREATE STREAM AFTERWARDS AS SELECT ROWKEY, A_V, B_ID FROM L;").unwrap();
    let mut driver = Driver::new();
    for query in &session.queries {
        match cut {
            true => driver.add_cut(&query.id, &query.stages).unwrap(),
            false => query.stages.iter().for_each(|stage| driver.add(&query.id, stage).unwrap()),
        }
    }
    let record = |key: Option<&str>, value: &str, timestamp: i64| TopicRecord {
        key: key.map(|key| key.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        timestamp,
        headers: Vec::new(),
    };
    let records = PAIRS.map(|(topic, key, value, time)| (topic.to_owned(), record(key, value, time)));
    driver.run(records.to_vec(), feeding).unwrap();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    let late: Vec<_> = driver.topic("L").to_vec();
    assert_eq!(driver.topic("AFTERWARDS").len(), late.len());
    let late = late.iter().map(|r| (text(&r.key), text(&r.value).unwrap_or_default(), r.timestamp, r.headers.len()));
    (late.collect(), driver.topic("J").len())
}

#[test]
fn late_records_of_a_join_are_those_of_both_sides() {
    let late = |key: &str, value: &str, time| (Some(key.to_owned()), value.to_owned(), time, 0);
    let expected = vec![
        late("y", r#"{"A_K":"y","A_V":3,"B_ID":null,"B_R":null}"#, 150_000),
        late("x", r#"{"A_K":null,"A_V":null,"B_ID":4,"B_R":"x"}"#, 171_000),
        late("x", r#"{"A_K":"x","A_V":6,"B_ID":null,"B_R":null}"#, 169_999),
    ];
    for kind in [("", "A.K AS K"), ("LEFT", "A.K AS K"), ("FULL OUTER", "ROWKEY")] {
        for feeding in [Feeding::Single, Feeding::Batches, Feeding::Restarts] {
            for cut in [false, true] {
                let (mut found, results) = run_join(kind, feeding, cut);
                if cut {
                    // Through a topic of its own the right side is read in turn with the left one, by time.
                    found.sort_by_key(|late| expected.iter().position(|one| one == late));
                }
                assert_eq!(found, expected, "{kind:?} {feeding:?} {cut}");
                assert!(results >= 1, "{kind:?} {feeding:?} {cut}: {results}");
            }
        }
    }
}

#[test]
fn tests_in_sql_see_them() {
    let mut session = Session::new(0);
    let query = "SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY K";
    session.script(&format!("{SOURCE}\nCREATE TABLE T AS {query} LATE RECORDS INTO L;")).unwrap();
    session.script("CREATE STREAM AFTERWARDS AS SELECT K, N FROM L;").unwrap();
    let mut driver = Driver::new();
    for query in &session.queries {
        driver.put(&query.id, &query.stages).unwrap();
    }
    for timestamp in [100_000, 1] {
        let value = Some(br#"{"G":1,"N":1}"#.to_vec());
        driver.pipe("s", TopicRecord { key: Some(b"a".to_vec()), value, timestamp, headers: Vec::new() }).unwrap();
    }
    assert_eq!(driver.topic("L").iter().map(|r| r.timestamp).collect::<Vec<_>>(), [1]);
    assert_eq!((driver.topic("T").len(), driver.topic("AFTERWARDS").len()), (1, 1));
}
