//! Whole cases, made up here: what passes, and what must not.

use crate::case::read;

use super::run;

/// Runs a case of these members over a stream `S` with a key `K` and a number `N`.
fn outcome(query: &str, members: &str) -> Result<(), String> {
    let source = "CREATE STREAM S (K STRING KEY, N INT) WITH (kafka_topic='s', value_format='JSON');";
    let line = format!(r#"{{"id":"made up","statements":["{source}","{query}"],{members}}}"#);
    run(&read(&line).unwrap()[0], None)
}

const QUERY: &str = "CREATE STREAM O AS SELECT K, N + 1 AS M FROM S WHERE N > 0;";
const INPUTS: &str = r#""inputs":[{"topic":"s","key":"a","value":{"n":1},"timestamp":5},{"topic":"s","value":{"n":0}},
    {"topic":"s","key":null,"value":{"N":3}}]"#;

fn with_outputs(outputs: &str) -> Result<(), String> {
    let members = format!(r#"{INPUTS},"outputs":[{outputs}]"#).replace('\n', " ");
    outcome(QUERY, &members)
}

#[test]
fn outputs_are_compared_in_order_with_key_value_and_time() {
    let first = r#"{"topic":"O","key":"a","value":{"M":2},"timestamp":5}"#;
    let second = r#"{"topic":"O","value":{"M":4}}"#;
    assert_eq!(with_outputs(&format!("{first},{second}")), Ok(()));
    assert_eq!(with_outputs(""), Ok(()));
    for (outputs, part) in [
        (first.to_owned(), "Expected <1> records but it was <2>"),
        (format!("{second},{first}"), "record 0 of O: expected the key null"),
        (format!("{first},{second}").replace("\"M\":4", "\"M\":4.0,\"X\":1"), "record 1 of O: expected the value"),
        (format!("{first},{second}").replace(":5", ":6"), "expected the timestamp 6"),
        (second.replace("\"O\"", "\"P\""), "Unknown topic: P"),
    ] {
        let why = with_outputs(&outputs).unwrap_err();
        assert!(why.contains(part), "{outputs}\n{why}");
    }
}

#[test]
fn an_expected_error_must_come_and_be_the_right_one() {
    let error = |class: &str, message: &str| {
        format!(r#""inputs":[],"expected_exception":{{"type":"io.confluent.ksql.util.{class}","message":"{message}"}}"#)
    };
    let unknown = "CREATE STREAM O AS SELECT K, NOPE FROM S;";
    assert_eq!(outcome(unknown, &error("KsqlStatementException", "NOPE")), Ok(()));
    assert!(outcome(unknown, &error("KsqlStatementException", "another text")).is_err());
    assert!(outcome(unknown, &error("ParseFailedException", "NOPE")).is_err());
    assert!(outcome(unknown, r#""inputs":[]"#).is_err());
    assert!(outcome(QUERY, &error("KsqlException", "")).unwrap_err().contains("nothing failed"));
}

#[test]
fn sources_are_checked_in_the_end() {
    let post = |schema: &str| {
        let source = format!(r#"{{"name":"O","type":"stream","schema":"{schema}","keyFormat":{{"format":"KAFKA"}}}}"#);
        let topics = r#"{"blacklist":".*-repartition","topics":[{"name":"O","partitions":4}]}"#;
        let members = format!(r#"{INPUTS},"post":{{"sources":[{source}],"topics":{topics}}}"#);
        outcome(QUERY, &members.replace('\n', " "))
    };
    assert_eq!(post("K STRING KEY, M INT"), Ok(()));
    assert!(post("K STRING, M INT").unwrap_err().contains("expected the schema"));
}
