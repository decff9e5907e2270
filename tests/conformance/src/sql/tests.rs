//! Whole cases, made up here: what passes, and what must not.

use super::{read, run};

const SOURCE: &str = r#"{"kind":"statement","text":"CREATE STREAM s (id INT KEY, n INT) WITH (kafka_topic='s', value_format='JSON');"},
    {"kind":"statement","text":"CREATE STREAM o AS SELECT id, n + 1 AS m FROM s WHERE n > 0;"}"#;

fn outcome(line: &str) -> Result<(), String> {
    run(&read(&line.replace('\n', " ")).unwrap()[0], 7)
}

/// A test with these steps behind the source and its query.
fn steps(expected: &str, steps: &[(&str, &str)]) -> Result<(), String> {
    let step = |(kind, text): &(&str, &str)| format!(r#",{{"kind":"{kind}","text":"{text}"}}"#);
    let steps: String = steps.iter().map(step).collect();
    outcome(&format!(r#"{{"id":"made up"{expected},"steps":[{SOURCE}{steps}]}}"#))
}

const INSERT: (&str, &str) = ("statement", "INSERT INTO s (rowtime, id, n) VALUES (5, 1, 2);");

#[test]
fn assertions_read_a_topic_in_order() {
    let hold = ("assert", "ASSERT VALUES o (rowtime, id, m) VALUES (5, 1, 3);");
    assert_eq!(steps("", &[INSERT, hold]), Ok(()));
    assert_eq!(steps("", &[INSERT, INSERT, hold, ("assert", "ASSERT VALUES o (m) VALUES (3);")]), Ok(()));
    for (wrong, part) in [
        ("ASSERT VALUES o (m) VALUES (4);", "Expected: M=4, actual: M=3"),
        ("ASSERT VALUES o (rowtime, m) VALUES (6, 3);", "Expected: ROWTIME=6, M=3, actual: ROWTIME=5, M=3"),
        ("ASSERT NULL VALUES o (id) KEY (1);", "Expected: a tombstone with ID=1, actual: ID=1"),
        ("ASSERT NULL VALUES o (id, m) KEY (1, 3);", "Unexpected value columns specified in ASSERT NULL VALUES."),
        ("ASSERT VALUES nope (m) VALUES (3);", "Unknown stream or table: `NOPE`"),
    ] {
        let why = steps("", &[INSERT, ("assert", wrong)]).unwrap_err();
        assert!(why.contains(part) && why.contains(wrong), "{why}");
    }
    let why = steps("", &[INSERT, hold, hold]).unwrap_err();
    assert!(why.contains("all 1 have been read already"), "{why}");
}

#[test]
fn an_expected_error_must_come_and_be_the_right_one() {
    let expected =
        |class: &str, message: &str| format!(r#","expected_error":"{class}","expected_message":"{message}""#);
    let wrong = ("assert", "ASSERT VALUES o (m) VALUES (4);");
    let mismatch = "Expected record does not match actual";
    assert_eq!(steps(&expected("java.lang.AssertionError", mismatch), &[INSERT, wrong]), Ok(()));
    let why = steps(&expected("java.lang.AssertionError", "other words"), &[INSERT, wrong]).unwrap_err();
    assert!(why.contains("Not the expected failure"), "{why}");
    assert!(steps(&expected("io.confluent.ksql.util.KsqlException", mismatch), &[INSERT, wrong]).is_err());
    let why = steps(&expected("java.lang.AssertionError", mismatch), &[INSERT]).unwrap_err();
    assert!(why.contains("Nothing failed"), "{why}");
}

#[test]
fn a_triple_passes_fails_or_is_refused() {
    let triple = |expect: &str, output: &str| {
        let statements = "CREATE STREAM s (id INT KEY, n INT) WITH (kafka_topic='s', value_format='JSON'); \
                          CREATE STREAM o AS SELECT id, n FROM s;";
        let input = r#"{\"inputs\":[{\"topic\":\"s\",\"key\":1,\"value\":{\"N\":2}}]}"#;
        outcome(&format!(
            r#"{{"id":"made up","expect":["{expect}"],"statements_text":"{statements}","input_text":"{input}",
                "output_text":"{}"}}"#,
            output.replace('"', "\\\"")
        ))
    };
    let right = r#"{"outputs":[{"topic":"O","key":1,"value":{"N":2}}]}"#;
    assert_eq!(triple("pass", right), Ok(()));
    assert!(triple("pass", &right.replace(":2", ":3")).unwrap_err().contains("expected the value"));
    assert!(triple("pass", "{").is_err());
    for malformed in ["{", "{}", r#"{"outputs":[]}"#, r#"{"outputs":[{"key":1}]}"#] {
        assert_eq!(triple("throws", malformed), Ok(()), "{malformed}");
    }
    assert!(triple("throws", right).is_err());
}
