//! TTL: rows of tables that nobody changes are deleted, at a time that records alone decide, whatever the sizes of batches and
//! however often a query starts anew.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sqltest::session::Session;

const SOURCES: &str = "CREATE STREAM S (K STRING KEY, G STRING, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
    CREATE TABLE T (K STRING PRIMARY KEY, G STRING, N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TTL='100 MILLISECONDS');
    CREATE TABLE P (K STRING PRIMARY KEY, G STRING, N INT) WITH (KAFKA_TOPIC='p', VALUE_FORMAT='JSON');";

/// Key, group and number (none: a deletion), time.
type Given = (&'static str, Option<(&'static str, i32)>, i64);

/// The records of X, as texts: key, value, time.
fn run(sql: &str, topic: &str, records: &[Given], feeding: Feeding, cut: bool) -> Vec<(String, String, i64)> {
    let mut session = Session::new(0);
    session.script(&format!("{SOURCES}\n{sql}")).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let mut driver = Driver::new();
    for query in &session.queries {
        match cut {
            true => driver.add_cut(&query.id, &query.stages).unwrap(),
            false => query.stages.iter().for_each(|stage| driver.add(&query.id, stage).unwrap()),
        }
    }
    let record = |(key, row, timestamp): &Given| TopicRecord {
        key: Some(key.as_bytes().to_vec()),
        value: row.map(|(group, n)| format!(r#"{{"G":"{group}","N":{n}}}"#).into_bytes()),
        timestamp: *timestamp,
        headers: Vec::new(),
    };
    let inputs = records.iter().map(|given| (topic.to_owned(), record(given))).collect();
    driver.run(inputs, feeding).unwrap();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or("-".into(), |b| String::from_utf8(b.clone()).unwrap());
    driver.topic("X").iter().map(|r| (text(&r.key), text(&r.value), r.timestamp)).collect()
}

#[track_caller]
fn check(sql: &str, topic: &str, records: &[Given], expected: &[(&str, &str, i64)]) {
    for feeding in [Feeding::Single, Feeding::Batches, Feeding::Restarts] {
        for cut in [false, true] {
            let found = run(sql, topic, records, feeding, cut);
            let found: Vec<(&str, &str, i64)> = found.iter().map(|(k, v, t)| (k.as_str(), v.as_str(), *t)).collect();
            assert_eq!(found, expected, "{sql}\n{feeding:?} {cut}");
        }
    }
}

const GROUPS: [Given; 7] = [
    ("1", Some(("a", 1)), 0),
    ("2", Some(("b", 2)), 50),
    ("3", Some(("a", 3)), 60),
    ("4", Some(("b", 4)), 149),
    ("5", Some(("c", 5)), 160),
    ("6", Some(("a", 6)), 170),
    ("7", Some(("c", 7)), 600),
];

#[test]
fn groups_are_gone_and_begin_anew() {
    check(
        "CREATE TABLE X WITH (TTL='100 MILLISECONDS') AS SELECT G, SUM(N) AS S FROM S GROUP BY G;",
        "s",
        &GROUPS,
        &[
            ("a", r#"{"S":1}"#, 0),
            ("b", r#"{"S":2}"#, 50),
            ("a", r#"{"S":4}"#, 60),
            ("b", r#"{"S":6}"#, 149),
            ("a", "-", 160),
            ("c", r#"{"S":5}"#, 160),
            ("a", r#"{"S":6}"#, 170),
            ("b", "-", 249),
            ("c", "-", 260),
            ("a", "-", 270),
            ("c", r#"{"S":7}"#, 600),
        ],
    );
}

#[test]
fn having_sees_a_group_go() {
    check(
        "CREATE TABLE X WITH (TTL='100 MILLISECONDS') AS SELECT G, SUM(N) AS S FROM S GROUP BY G HAVING SUM(N) > 3;",
        "s",
        &GROUPS[..5],
        &[("a", r#"{"S":4}"#, 60), ("b", r#"{"S":6}"#, 149), ("a", "-", 160), ("c", r#"{"S":5}"#, 160)],
    );
}

const ROWS: [Given; 6] = [
    ("1", Some(("a", 1)), 0),
    ("2", Some(("a", 2)), 20),
    ("1", Some(("b", 3)), 40),
    ("3", Some(("b", 4)), 130),
    ("2", Some(("a", 5)), 135),
    ("4", Some(("a", 6)), 500),
];

#[test]
fn rows_of_a_table_over_a_topic_are_taken_back() {
    check(
        "CREATE TABLE X AS SELECT K, N FROM T;",
        "t",
        &ROWS,
        &[
            ("1", r#"{"N":1}"#, 0),
            ("2", r#"{"N":2}"#, 20),
            ("1", r#"{"N":3}"#, 40),
            ("2", "-", 120),
            ("3", r#"{"N":4}"#, 130),
            ("2", r#"{"N":5}"#, 135),
            ("1", "-", 140),
            ("3", "-", 230),
            ("2", "-", 235),
            ("4", r#"{"N":6}"#, 500),
        ],
    );
    // Groups lose them.
    let sums = run(
        "CREATE TABLE X AS SELECT G, SUM(N) AS S, COUNT(*) AS C FROM T GROUP BY G;",
        "t",
        &ROWS,
        Feeding::Single,
        false,
    );
    let last = |key: &str| sums.iter().rev().find(|(k, ..)| k == key).map(|(_, value, _)| value.as_str());
    assert_eq!((last("a"), last("b")), (Some(r#"{"S":6,"C":1}"#), Some(r#"{"S":0,"C":0}"#)), "{sums:?}");
}

#[test]
fn results_without_groups_are_deleted() {
    check(
        "CREATE TABLE X WITH (TTL='100 MILLISECONDS') AS SELECT K, N FROM P WHERE N > 1;",
        "p",
        &[ROWS[0], ROWS[1], ("2", None, 30), ROWS[2], ROWS[3], ("3", Some(("b", 0)), 140), ROWS[5]],
        &[
            ("2", r#"{"N":2}"#, 20),
            ("2", "-", 30),
            ("1", r#"{"N":3}"#, 40),
            ("3", r#"{"N":4}"#, 130),
            ("1", "-", 140),
            ("3", "-", 140),
            ("4", r#"{"N":6}"#, 500),
        ],
    );
}

#[test]
fn groups_of_tables_lose_what_they_were_and_no_more() {
    // The group of a row is gone: its next change makes a new one, and takes nothing back from that.
    check(
        "CREATE TABLE X WITH (TTL='100 MILLISECONDS') AS SELECT G, SUM(N) AS S FROM P GROUP BY G;",
        "p",
        &[ROWS[0], ("2", Some(("b", 2)), 200), ("1", Some(("a", 5)), 210), ("1", Some(("b", 7)), 220)],
        &[
            ("a", r#"{"S":1}"#, 0),
            ("a", "-", 100),
            ("b", r#"{"S":2}"#, 200),
            ("a", r#"{"S":5}"#, 210),
            ("a", r#"{"S":0}"#, 220),
            ("b", r#"{"S":9}"#, 220),
        ],
    );
}

#[test]
fn a_stream_does_not_find_what_is_gone() {
    let mut session = Session::new(0);
    session
        .script(&format!("{SOURCES}\nCREATE STREAM X AS SELECT S.K AS K, T.N AS N FROM S LEFT JOIN T ON S.K = T.K;"))
        .unwrap();
    for feeding in [Feeding::Single, Feeding::Batches, Feeding::Restarts] {
        let mut driver = Driver::new();
        for query in &session.queries {
            query.stages.iter().for_each(|stage| driver.add(&query.id, stage).unwrap());
        }
        let record = |topic: &str, key: &str, n: i32, timestamp: i64| {
            let (key, value) = (Some(key.as_bytes().to_vec()), Some(format!(r#"{{"N":{n}}}"#).into_bytes()));
            (topic.to_owned(), TopicRecord { key, value, timestamp, headers: Vec::new() })
        };
        // Time is that of the table's own records: those of the stream alone let nothing go.
        let inputs = vec![
            record("t", "a", 1, 0),
            record("s", "a", 0, 10),
            record("s", "a", 0, 500),
            record("t", "b", 2, 100),
            record("s", "a", 0, 110),
            record("s", "b", 0, 120),
        ];
        driver.run(inputs, feeding).unwrap();
        let values =
            driver.topic("X").iter().map(|r| String::from_utf8_lossy(r.value.as_deref().unwrap()).into_owned());
        let expected = [r#"{"N":1}"#, r#"{"N":1}"#, r#"{"N":null}"#, r#"{"N":2}"#];
        assert_eq!(values.collect::<Vec<_>>(), expected, "{feeding:?}");
    }
}
