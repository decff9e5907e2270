//! Statements of what ksqlDB has not, as an earlier release has logged them, make the same sources and queries.
//!
//! `fixtures/statements-N.txt` has command records: key and value, a line each; `statements-N.made.txt` what
//! they have made. They are never written anew, but more statements may come behind. `UPDATE=1 cargo test -p
//! millstream-server statements_of` writes what is missing.

use std::fmt::Write as _;

use super::*;
use crate::command::Command;

/// How many times they were written.
const FILES: u32 = 1;

const STATEMENTS: [&str; 9] = [
    "CREATE STREAM clicks (user_id STRING KEY, page STRING, n INT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=2);",
    "CREATE STREAM views (id STRING, page STRING) WITH (KAFKA_TOPIC='views', VALUE_FORMAT='JSON', PARTITIONS=2);",
    "CREATE TABLE sessions (id STRING PRIMARY KEY, user_id STRING) WITH (KAFKA_TOPIC='sessions', VALUE_FORMAT='JSON', PARTITIONS=2, TTL='30 MINUTES');",
    "CREATE TABLE visitors WITH (TTL='1 HOUR') AS SELECT user_id, COUNT(*) AS c FROM clicks GROUP BY user_id;",
    "CREATE TABLE best WITH (KEY_FORMAT='JSON') AS SELECT page, rn, user_id, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY page ORDER BY n DESC) AS rn FROM clicks) WHERE rn <= 3;",
    "CREATE TABLE last_page AS SELECT user_id, page FROM clicks QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ROWTIME DESC) = 1;",
    "CREATE TABLE per_hour AS SELECT page, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 5 MINUTES) GROUP BY page LATE RECORDS INTO late_clicks;",
    "CREATE STREAM viewed AS SELECT c.user_id AS user_id, v.page AS page FROM clicks c JOIN views v WITHIN 1 HOUR GRACE PERIOD 5 MINUTES ON c.user_id = v.id LATE RECORDS INTO late_views;",
    "CREATE STREAM clean WITH (ON_ERROR='dead-letter', DEAD_LETTER_TOPIC='refused') AS SELECT * FROM clicks;",
];

/// What a statement is logged as by this release.
fn logged(state: &State, sql: &str) -> String {
    let statement = state.parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
    let command = Command {
        id: command_id(&statement),
        nonce: "0123456789abcdef".into(),
        statement: sql.into(),
        overrides: Properties::new(),
        defaults: Properties::new(),
        found: Default::default(),
        // None of them joins by a foreign key.
        cutting: Cutting::Gathered,
    };
    [command.key(), command.value()].map(|line| String::from_utf8(line).unwrap() + "\n").concat()
}

/// What the records of a file make: the sources, and the queries that run.
fn made(records: &str) -> String {
    let (mut state, mut lines, mut offset) = (State::default(), records.lines(), 0);
    while let (Some(key), Some(value)) = (lines.next(), lines.next()) {
        let command = Command::read(key.as_bytes(), value.as_bytes()).unwrap();
        let sql = &command.statement;
        let statement = state.parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
        let settings = state.planning(&command.overrides, &command.defaults);
        let planned = state.plan(&statement, &settings).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
        let settings = state.settings(&command.overrides, &command.defaults);
        let (overrides, cutting) = (command.overrides, command.cutting);
        state.apply(Circumstances { offset, overrides, settings, cutting }, &statement, planned);
        offset += 1;
    }
    let mut out = String::new();
    for source in state.catalog.sources() {
        let of = source.late_of.as_ref().map(|of| format!(", late records of {of}")).unwrap_or_default();
        let ttl = source.ttl.map(|ttl| format!(", TTL {ttl} ms")).unwrap_or_default();
        let formats = format!("{}/{}", source.key_format.format, source.value_format.format);
        writeln!(out, "{:?} {} in {} ({formats}): {}{ttl}{of}", source.kind, source.name, source.topic, source.schema)
            .unwrap();
    }
    for query in state.running() {
        let parts = query.parts();
        let topics = parts.iter().filter_map(|part| part.late()).map(|late| format!(", late rows into {}", late.topic));
        writeln!(out, "{}: {} parts{}, {:?}", query.id, parts.len(), topics.collect::<String>(), query.on_error)
            .unwrap();
    }
    out
}

#[test]
fn statements_of_all_versions_make_what_they_made() {
    let path = |name: String| format!("{}/src/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE").is_some();
    for version in 1..=FILES {
        let [records, results] = ["txt", "made.txt"].map(|end| path(format!("statements-{version}.{end}")));
        if update && !std::path::Path::new(&records).exists() {
            let text = STATEMENTS.map(|sql| logged(&State::default(), sql)).concat();
            std::fs::write(&results, made(&text)).unwrap();
            std::fs::write(&records, text).unwrap();
        }
        let found = std::fs::read_to_string(&records).unwrap();
        assert_eq!(made(&found), std::fs::read_to_string(&results).unwrap(), "version {version}");
        assert!(found.lines().count() >= 2 * STATEMENTS.len());
    }
}
