//! Validation of whole requests in a sandbox: what a later statement sees of the ones before, and that nothing leaks.

use std::collections::BTreeMap;

use super::*;
use crate::request::validate_all;
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
    check_in(&Properties::new(), sql)
}

/// The same on a server with these defaults.
fn check_in(defaults: &Properties, sql: &str) -> String {
    let topics = Fixed([("t", TopicShape { partitions: 4, replicas: Some(1) })].into());
    let is_push_query = |id: &str| id == "transient_S_1";
    let registry = Registry::none();
    let sandbox = Sandbox::new(State::default(), &topics, (defaults, &registry), 0, &is_push_query);
    let statements = millstream_sql::parse(sql).unwrap();
    match validate_all(&statements, sandbox, Session::default()) {
        Ok(()) => String::new(),
        Err(e) => e.json(),
    }
}

const S: &str = "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

#[test]
fn later_statements_see_earlier_ones() {
    for sql in [
        format!("{S} CREATE STREAM O AS SELECT * FROM S; INSERT INTO S VALUES ('a', 1); DESCRIBE O; DROP STREAM O;"),
        format!("{S} CREATE STREAM O AS SELECT * FROM S; TERMINATE CSAS_O_1; TERMINATE ALL;"),
        format!("{S} CREATE STREAM O WITH (KAFKA_TOPIC='new') AS SELECT * FROM S; CREATE STREAM P (N INT) WITH (KAFKA_TOPIC='new', VALUE_FORMAT='JSON');"),
        // A topic of another shape in the place of one that is deleted before.
        format!("{S} DROP STREAM S DELETE TOPIC; {}", S.replace("VALUE_FORMAT", "PARTITIONS=1, VALUE_FORMAT")),
        format!("{S} INSERT INTO S SELECT * FROM S; DROP STREAM IF EXISTS X; PAUSE INSERTQUERY_1; RESUME ALL;"),
        format!("{S} SHOW CREATE STREAM s; SHOW CREATE VIEW s; SHOW STREAMS LIKE 's%'; LIST TABLES LIKE '%';"),
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
        ("SHOW CREATE VIEW S;".into(), 40001, "Could not find STREAM/TABLE 'S' in the Metastore"),
        (format!("{S} SHOW CREATE TABLE S;"), 40001, "type is STREAM, but statement was SHOW CREATE TABLE"),
        ("TERMINATE CSAS_O_1;".into(), 40001, "Unknown queryId: CSAS_O_1"),
        ("SET 'no.such' = '1';".into(), 40001, "Unknown property: no.such"),
        (format!("{S} SELECT * FROM S EMIT CHANGES;"), 40002, "'/query':\\n\\t* PRINT\\n\\t* SELECT"),
    ] {
        let error = check(&sql);
        assert!(error.contains(&format!("\"error_code\":{code}")) && error.contains(part), "{sql}\n{error}");
    }
}

#[test]
fn all_problems_of_a_request_are_told_at_once() {
    let error = check(&format!(
        "{S}\nDESCRIBE NOPE;\nCREATE STREAM O AS SELECT X, Y FROM S;\nSELECT * FROM O EMIT CHANGES;\nSHOW STREAMS;\nTERMINATE Q;"
    ));
    let error: serde_json::Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["statementText"], "DESCRIBE NOPE;");
    let found: Vec<(u64, u64)> = error["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["line"].as_u64().unwrap_or(0), d["code"].as_u64().unwrap()))
        .collect();
    // The query of line 4 is over a stream that there is only none of because of line 3.
    assert_eq!(found, [(2, 40001), (3, 40001), (3, 40001), (6, 40001)], "{error:#}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("Could not find STREAM/TABLE 'NOPE' in the Metastore\nline 3:"), "{message}");
}

#[test]
fn settings_of_a_request() {
    for (sql, want) in [
        (
            "SET 'ksql.create.or.replace.enabled' = 'false';
             CREATE OR REPLACE STREAM S (N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
            "CREATE OR REPLACE is switched off",
        ),
        ("UNSET 'no.such';", "Unknown property: no.such"),
        ("SET 'ksql.service.id' = 'x';", "Cannot override property 'ksql.service.id'"),
        ("SET 'auto.offset.reset' = 'none';", "'none' is not valid for this property within KSQL"),
        ("DEFINE a = 'b'; UNDEFINE a; UNDEFINE a; SHOW VARIABLES; SHOW PROPERTIES; SHOW TYPES; SHOW FUNCTIONS;", ""),
        ("DESCRIBE FUNCTION abs; DESCRIBE STREAMS; DESCRIBE TABLES EXTENDED;", ""),
        ("DESCRIBE FUNCTION nope;", "Can't find any functions with the name 'NOPE'"),
        ("ALTER SYSTEM 'auto.offset.reset' = 'latest';", "ksql.runtime.feature.shared.enabled"),
    ] {
        let error = check(sql);
        assert!(error.contains(want) && error.is_empty() == want.is_empty(), "{sql}: {error}");
    }
    let off = check(&format!("{S} SET 'ksql.insert.into.values.enabled' = 'false'; INSERT INTO S VALUES ('a', 1);"));
    assert!(off.contains("The server has disabled INSERT INTO ... VALUES functionality."), "{off}");
}

#[test]
fn only_queries_are_explained() {
    for (sql, want) in [
        (format!("{S} EXPLAIN SELECT N FROM S EMIT CHANGES;"), ""),
        (format!("{S} EXPLAIN CREATE STREAM O AS SELECT * FROM S;"), ""),
        (format!("{S} CREATE STREAM O AS SELECT * FROM S; EXPLAIN CSAS_O_1;"), ""),
        ("EXPLAIN `transient_S_1`;".into(), ""),
        (
            "EXPLAIN CSAS_O_1;".into(),
            "Query with id:CSAS_O_1 does not exist, use SHOW QUERIES to view the full set of queries.",
        ),
        ("EXPLAIN SHOW STREAMS;".into(), "The provided statement does not run a ksql query"),
        (format!("{S} EXPLAIN SELECT X FROM S EMIT CHANGES;"), "SELECT column 'X' cannot be resolved."),
    ] {
        let error = check(&sql);
        assert!(error.contains(want) && error.is_empty() == want.is_empty(), "{sql}: {error}");
    }
}

#[test]
fn a_server_runs_so_many_queries() {
    let defaults = [("ksql.query.persistent.active.limit".to_owned(), "1".to_owned())].into();
    let one = format!("{S} CREATE STREAM O AS SELECT * FROM S;");
    assert_eq!(check_in(&defaults, &one), "");
    assert_eq!(check_in(&defaults, &format!("{one} CREATE OR REPLACE STREAM O AS SELECT * FROM S WHERE N > 1;")), "");
    assert_eq!(check_in(&defaults, &format!("{one} TERMINATE ALL; INSERT INTO O SELECT * FROM S;")), "");
    let error = check_in(&defaults, &format!("{one} INSERT INTO O SELECT * FROM S;"));
    assert!(error.contains("\"error_code\":40000"), "{error}");
    assert!(error.contains("Current persistent query count: 1. Configured limit: 1."), "{error}");
}

#[test]
fn platform_topics_are_not_written_by_insert() {
    let error = check(
        "CREATE STREAM C (S STRING) WITH (KAFKA_TOPIC='_confluent-x', VALUE_FORMAT='JSON', PARTITIONS=1); INSERT INTO C VALUES ('x');",
    );
    assert!(error.contains("Cannot insert values into read-only topic: _confluent-x"), "{error}");
    let error = check(
        "CREATE STREAM C (S STRING) WITH (KAFKA_TOPIC='_confluent-x', VALUE_FORMAT='JSON', PARTITIONS=1); \
         CREATE STREAM D (S STRING) WITH (KAFKA_TOPIC='d', VALUE_FORMAT='JSON', PARTITIONS=1); \
         INSERT INTO C SELECT * FROM D;",
    );
    assert!(error.contains("Cannot insert into read-only topic: _confluent-x"), "{error}");
}
