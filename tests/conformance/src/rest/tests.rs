//! Whole cases, made up here, on a real server.

use super::{read, run};

const SOURCE: &str = "CREATE STREAM S (K STRING KEY, N INT) WITH (kafka_topic='s', value_format='JSON', partitions=4);";

/// Runs a case of these statements and members.
fn outcome(statements: &[&str], members: &str) -> Result<(), String> {
    let statements: Vec<String> = statements.iter().map(|s| format!("\"{s}\"")).collect();
    let line = format!(r#"{{"id":"made up","statements":[{}],{members}}}"#, statements.join(",")).replace('\n', " ");
    run(&read(&line).unwrap()[0])
}

#[test]
fn inserted_rows_are_in_their_topic() {
    let outputs = |n: &str, time: &str| {
        let statements = [
            SOURCE,
            "INSERT INTO S (ROWTIME, K, N) VALUES (5, 'a', 1);",
            "INSERT INTO S (ROWTIME, K, N) VALUES (6, 'a', 2);",
        ];
        let record =
            |n: &str, time: &str| format!(r#"{{"topic":"s","key":"a","value":{{"N":{n}}},"timestamp":{time}}}"#);
        let admin = r#"{"admin":{"@type":"currentStatus","statementText|starts_with":"CREATE STREAM S"}}"#;
        outcome(&statements, &format!(r#""outputs":[{},{}],"responses":[{admin}]"#, record("1", "5"), record(n, time)))
    };
    assert_eq!(outputs("2", "6"), Ok(()));
    assert!(outputs("3", "6").unwrap_err().contains("record 1 of s: expected \"a\" -> {\"N\":3}, next is a -> {"));
    assert!(outputs("2", "7").is_err());
}

#[test]
fn a_record_without_a_timestamp_is_given_zero() {
    let record = r#"{"topic":"s","key":"a","value":{"N":1},"timestamp":0}"#;
    let input = r#"{"topic":"s","key":"a","value":{"N":1}}"#;
    assert_eq!(outcome(&[SOURCE], &format!(r#""inputs":[{input}],"outputs":[{record}]"#)), Ok(()));
    let later = record.replace(":0}", ":1}");
    assert!(outcome(&[SOURCE], &format!(r#""inputs":[{input}],"outputs":[{later}]"#)).is_err());
}

#[test]
fn inputs_run_through_queries_into_their_topics() {
    let input = |n: &str, time: &str| format!(r#"{{"topic":"s","key":"a","value":{{"n":{n}}},"timestamp":{time}}}"#);
    let inputs = format!(r#""inputs":[{},{}]"#, input("1", "5"), input("2", "9"));
    let record = |n: &str, time: &str| format!(r#"{{"topic":"O","key":"a","value":{{"M":{n}}},"timestamp":{time}}}"#);
    let outputs = |second: &str| {
        let records = format!(r#"{},{}"#, record("2", "5"), record(second, "9"));
        outcome(
            &[SOURCE, "CREATE STREAM O AS SELECT K, N + 1 AS M FROM S;"],
            &format!(r#"{inputs},"outputs":[{records}]"#),
        )
    };
    assert_eq!(outputs("3"), Ok(()));
    assert!(outputs("4").unwrap_err().contains("record 1 of O"));
}

#[test]
fn queries_answer_with_header_rows_and_an_end() {
    let input = |n: &str| format!(r#"{{"topic":"s","key":"a","value":{{"n":{n}}},"timestamp":5}}"#);
    let row = |n: &str| format!(r#"{{"row":{{"columns":["a",{n}]}}}}"#);
    let select = |first: &str, members: &str| {
        let header = r#"{"header":{"schema":"`K` STRING, `N` INTEGER","queryId|starts_with":""}}"#;
        let rows = [header, &row(first), &row("1"), r#"{"finalMessage":"Limit Reached"}"#].join(",");
        let admin = r#"{"admin":{"@type":"currentStatus"}}"#;
        outcome(
            &[SOURCE, "SELECT * FROM S EMIT CHANGES LIMIT 2;"],
            &format!(r#""inputs":[{},{}],"responses":[{admin},{{"query":[{rows}]}}]{members}"#, input("1"), input("2")),
        )
    };
    assert_eq!(select("2", ""), Ok(()));
    let why = select("3", "").unwrap_err();
    assert!(why.contains("response 1: expected the row [\"a\",3]"), "{why}");
    // The query first, then what it reads.
    let first = r#","input_conditions":{"waitForActivePushQuery":true},"properties":{"auto.offset.reset":"latest"}"#;
    assert_eq!(select("2", first), Ok(()));
    let error = r#","expected_error":{"message":"x"}"#;
    assert!(select("2", error).unwrap_err().contains("nothing failed"));
}

#[test]
fn an_expected_error_must_come_and_be_the_right_one() {
    let error = |entity: &str, message: &str, status: u32| {
        let expected = format!(
            r#""expected_error":{{"type":"io.confluent.ksql.rest.entity.{entity}","message":"{message}","status":{status}}}"#
        );
        outcome(&[SOURCE, "CREATE STREAM O AS SELECT NOPE FROM S;"], &expected)
    };
    assert_eq!(error("KsqlStatementErrorMessage", "NOPE", 400), Ok(()));
    for wrong in [
        error("KsqlStatementErrorMessage", "other words", 400),
        error("KsqlErrorMessage", "NOPE", 400),
        error("KsqlStatementErrorMessage", "NOPE", 500),
    ] {
        assert!(wrong.unwrap_err().contains("but was 400"));
    }
    let none = outcome(&[SOURCE], r#""expected_error":{"message":""}"#);
    assert!(none.unwrap_err().contains("nothing failed"));
    assert!(outcome(&["SHOW NOTHING;"], r#""responses":[]"#).unwrap_err().contains("400"));
}
