//! Files read: order, variables, properties, types, and what is refused.

use super::*;

fn files(texts: &[&str]) -> Vec<SqlFile> {
    let file = |(i, text): (usize, &&str)| SqlFile { path: format!("{i}.sql").into(), text: (*text).to_owned() };
    texts.iter().enumerate().map(file).collect()
}

fn ids(loaded: &Loaded) -> Vec<String> {
    loaded.objects.iter().map(|object| object.id.to_string()).collect()
}

fn said(texts: &[&str]) -> Vec<String> {
    let files = files(texts);
    load(&files, &[]).findings.iter().map(|finding| finding.render(&files)).collect()
}

#[test]
fn variables_and_properties_are_the_files_own() {
    let texts = [
        "DEFINE t = 'one'; SET 'auto.offset.reset' = 'earliest';\n\
         CREATE STREAM a (x INT) WITH (KAFKA_TOPIC='${t}', VALUE_FORMAT='JSON');\n\
         UNSET 'auto.offset.reset'; CREATE STREAM b (x INT) WITH (KAFKA_TOPIC='${u}', VALUE_FORMAT='JSON');",
        "CREATE STREAM c (x INT) WITH (KAFKA_TOPIC='${t}', VALUE_FORMAT='JSON');",
    ];
    let loaded = load(&files(&texts), &[("T".into(), "given".into()), ("u".into(), "two".into())]);
    assert_eq!(loaded.findings, []);
    assert_eq!(ids(&loaded), ["a", "b", "c"]);
    let topics: Vec<&str> = loaded.objects.iter().map(|o| o.needs_topic().unwrap()).collect();
    assert_eq!(topics, ["one", "two", "given"]);
    let set: Vec<usize> = loaded.objects.iter().map(|o| o.properties.len()).collect();
    assert_eq!(set, [1, 0, 0]);
}

#[test]
fn types_may_come_later() {
    let texts = [
        "CREATE STREAM s (a outer_t) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON'); CREATE TYPE outer_t AS ARRAY<inner_t>;",
        "CREATE TYPE inner_t AS STRUCT<n INT>;",
    ];
    let loaded = load(&files(&texts), &[]);
    assert_eq!(loaded.findings, []);
    assert_eq!(ids(&loaded), ["s", "outer_t", "inner_t"]);
    let said = said(&["CREATE STREAM s (a nope) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"]);
    assert!(said.len() == 1 && said[0].contains("0.sql:1:20: error: Cannot resolve unknown type: NOPE"), "{said:?}");
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    let said = said(&[
        "--@doc: fine\nCREATE STREAM a (x INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\n  SELEC;\n--@nope: x\n\
         DROP STREAM a;",
        "CREATE TABLE a (x INT PRIMARY KEY) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\nSET 'ksql.suppress.enabled' = 'maybe';",
    ]);
    let starts = [
        "0.sql:4:1: error: Unknown directive '--@nope'.",
        "0.sql:5:1: error: DROP describes nothing",
        "1.sql:2:1: error: Invalid value maybe",
        "0.sql:3:3: error:",
        "1.sql:1:1: error: table 'a' is described twice.",
    ];
    assert_eq!(said.len(), starts.len(), "{said:#?}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}");
    }
    assert!(said[4].ends_with("Hint: The first time in 0.sql:2:1."), "{}", said[4]);
}

#[test]
fn inserts_have_names_or_are_what_they_say() {
    let one = "INSERT INTO t SELECT * FROM s;";
    let texts = [
        one,
        "INSERT INTO t WITH (QUERY_ID='copy') SELECT * FROM s EMIT CHANGES;",
        "insert into t select * from s emit changes;",
    ];
    let files = files(&texts);
    let loaded = load(&files, &[]);
    assert_eq!(
        ids(&loaded),
        ["INSERT INTO T SELECT * FROM S EMIT CHANGES", "copy", "INSERT INTO T SELECT * FROM S EMIT CHANGES"]
    );
    assert!(
        loaded.findings.len() == 1 && loaded.findings[0].diagnostic.message.contains("twice"),
        "{:?}",
        loaded.findings
    );
}
