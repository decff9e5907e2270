//! Statements over made-up records, run in every way that must give the same.

// Each test binary uses a part of it.
#![allow(dead_code)]

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sqltest::session::Session;
use millstream_sqltest::triple::{drive, drive_cut};

/// Topic, key (nothing: null), value (nothing: null), time.
pub(crate) type Given = (&'static str, &'static str, &'static str, i64);

pub(crate) const SOURCES: &str =
    "CREATE STREAM S (K STRING KEY, A INT, B STRING, D DECIMAL(6, 2), F BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
     CREATE STREAM R (K STRING KEY, A INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON');
     CREATE TABLE T (K STRING PRIMARY KEY, A INT, B STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
     CREATE TABLE U (K STRING PRIMARY KEY, A INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');";

/// The records of X, as `key value @time`, when these have come in: one by one, in batches and with restarts the same; in
/// the parts that run over several partitions the same in any order.
#[track_caller]
pub(crate) fn results(statement: &str, given: &[Given]) -> Vec<String> {
    let bytes = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
    let record = |(topic, key, value, timestamp): &Given| {
        let record = TopicRecord { key: bytes(key), value: bytes(value), timestamp: *timestamp, headers: Vec::new() };
        ((*topic).to_owned(), record)
    };
    let mut session = Session::new(0);
    session.script(&format!("{SOURCES}\n{statement};")).unwrap_or_else(|e| panic!("{statement}: {e}"));
    let inputs: Vec<_> = given.iter().map(record).collect();
    let [single, batches, restarts] = [Feeding::Single, Feeding::Batches, Feeding::Restarts]
        .map(|feeding| told(&drive(&session, &[], inputs.clone(), feeding).unwrap()));
    assert_eq!(single, batches, "in batches");
    assert_eq!(single, restarts, "with restarts");
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(single.clone()), sorted(told(&drive_cut(&session, inputs).unwrap())), "cut");
    single
}

/// What is said when a statement is refused.
#[track_caller]
pub(crate) fn refused(statement: &str) -> String {
    match Session::new(0).script(&format!("{SOURCES}\n{statement};")) {
        Ok(_) => panic!("not refused: {statement}"),
        Err(error) => error.to_string(),
    }
}

fn told(driver: &Driver) -> Vec<String> {
    let text = |bytes: &Option<Vec<u8>>| {
        bytes.as_deref().map_or("null".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    driver.topic("X").iter().map(|r| format!("{} {} @{}", text(&r.key), text(&r.value), r.timestamp)).collect()
}
