//! Validation of whole requests in a sandbox: what a later statement sees of the ones before, and that nothing leaks.

use std::collections::BTreeMap;

use super::*;
use crate::topics::{NewTopic, TopicShape};

/// Topics that exist; creating one for real would be a mistake here.
struct Fixed(BTreeMap<&'static str, TopicShape>);

impl Topics for Fixed {
    fn describe(&self, name: &str) -> Result<Option<TopicShape>, String> {
        Ok(self.0.get(name).copied())
    }

    fn retention_ms(&self, _name: &str) -> Result<Option<i64>, String> {
        Ok(None)
    }

    fn create(&mut self, topic: &NewTopic) -> Result<bool, String> {
        Err(format!("{} was created for real", topic.name))
    }
}

/// Validates a request on an empty catalog with one topic `t` of 4 partitions; the first error's body, or "".
fn check(sql: &str) -> String {
    let topics = Fixed([("t", TopicShape { partitions: 4, replicas: Some(1) })].into());
    let defaults = Properties::new();
    let is_push_query = |id: &str| id == "transient_S_1";
    let mut sandbox = Sandbox::new(State::default(), &topics, &defaults, 0, &is_push_query);
    let mut session = Session::new(&BTreeMap::new()).unwrap();
    let statements = millstream_sql::parse(sql).unwrap();
    for statement in &statements {
        if let Err(e) = validate(statement, &mut sandbox, &mut session) {
            return e.json();
        }
    }
    String::new()
}

const S: &str = "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

#[test]
fn later_statements_see_earlier_ones() {
    for sql in [
        format!("{S} CREATE STREAM O AS SELECT * FROM S; INSERT INTO S VALUES ('a', 1); DESCRIBE O; DROP STREAM O;"),
        format!("{S} CREATE STREAM O AS SELECT * FROM S; TERMINATE CSAS_O_1; TERMINATE ALL;"),
        format!("{S} CREATE STREAM O WITH (KAFKA_TOPIC='new') AS SELECT * FROM S; CREATE STREAM P (N INT) WITH (KAFKA_TOPIC='new', VALUE_FORMAT='JSON');"),
        "SET 'auto.offset.reset' = 'earliest'; UNSET 'auto.offset.reset'; SHOW STREAMS; SHOW ALL TOPICS; SHOW QUERIES; SHOW TABLES EXTENDED;".into(),
        "TERMINATE `transient_S_1`;".into(),
    ] {
        assert_eq!(check(&sql), "", "{sql}");
    }
}

#[test]
fn what_is_wrong_is_found_before_anything_runs() {
    for (sql, code, part) in [
        (format!("{S} {S}"), 40001, "already exists"),
        (format!("{S} CREATE STREAM O AS SELECT NOPE FROM S;"), 40001, "NOPE"),
        (
            "CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='none', VALUE_FORMAT='JSON');".into(),
            40001,
            "Topic 'none' does not exist",
        ),
        (
            "CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='t', PARTITIONS=1, VALUE_FORMAT='JSON');".into(),
            40001,
            "expects 1 partitions (topic has 4)",
        ),
        (format!("{S} CREATE STREAM O AS SELECT * FROM S; DROP STREAM S;"), 40001, "O"),
        ("INSERT INTO S VALUES ('a', 1);".into(), 40001, "S"),
        ("DESCRIBE S;".into(), 40001, "Could not find STREAM/TABLE 'S' in the Metastore"),
        ("TERMINATE CSAS_O_1;".into(), 40001, "Unknown queryId: CSAS_O_1"),
        ("SET 'no.such' = '1';".into(), 40001, "Unknown property: no.such"),
        (format!("{S} SELECT * FROM S EMIT CHANGES;"), 40002, "/query-stream"),
        ("SHOW QUERIES EXTENDED;".into(), 40001, "not supported yet"),
        ("SHOW TOPICS EXTENDED;".into(), 40001, "not supported yet"),
    ] {
        let error = check(&sql);
        assert!(error.contains(&format!("\"error_code\":{code}")) && error.contains(part), "{sql}\n{error}");
    }
}

#[test]
fn platform_topics_are_not_written_by_insert() {
    let error = check(
        "CREATE STREAM C (S STRING) WITH (KAFKA_TOPIC='_confluent-x', VALUE_FORMAT='JSON', PARTITIONS=1); INSERT INTO C VALUES ('x');",
    );
    assert!(error.contains("read-only topic: _confluent-x"), "{error}");
}
