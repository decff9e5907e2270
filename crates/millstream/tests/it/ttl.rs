//! Tables whose rows have a TTL, on a server: over a topic and from a query, read by pull queries and joins, restarted.

use crate::server::Server;

/// The rows of a pull query without their frame, sorted.
fn rows(server: &Server, sql: &str) -> Vec<String> {
    let shown = server.sql(sql).ok();
    let lines = shown.lines().skip(3).filter(|l| l.starts_with('|'));
    let mut rows: Vec<String> = lines.map(|l| l.replace(' ', "")).collect();
    rows.sort_unstable();
    rows
}

#[track_caller]
fn comes_to(server: &Server, sql: &str, expected: &[&str]) {
    let mut last = Vec::new();
    for _ in 0..100 {
        last = rows(server, sql);
        if last == expected {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{sql}: {last:?}, not {expected:?}");
}

#[test]
fn rows_that_nobody_changes_are_gone() {
    let server = Server::start();
    server
        .sql(
            "CREATE STREAM s (k STRING KEY, n INT) WITH (KAFKA_TOPIC='s', PARTITIONS=1, VALUE_FORMAT='JSON');
             CREATE TABLE t (k STRING PRIMARY KEY, n INT) WITH (KAFKA_TOPIC='t', PARTITIONS=1, VALUE_FORMAT='JSON', \
             TTL='1 HOUR');
             CREATE SOURCE TABLE v (k STRING PRIMARY KEY, n INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TTL='1 HOUR');
             CREATE TABLE counted WITH (TTL='1 HOUR') AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;
             CREATE TABLE copied AS SELECT k, n FROM t;
             CREATE TABLE summed AS SELECT n, COUNT(*) AS c FROM t GROUP BY n;",
        )
        .ok();
    let hour = 3_600_000;
    let insert = |source: &str, time: i64, key: &str, n: i32| {
        server.sql(&format!("INSERT INTO {source} (ROWTIME, k, n) VALUES ({time}, '{key}', {n});")).ok();
    };
    for source in ["s", "t"] {
        insert(source, 0, "a", 1);
        insert(source, 1000, "b", 1);
        insert(source, 2000, "a", 1);
    }
    comes_to(&server, "SELECT k, c FROM counted;", &["|a|2|", "|b|1|"]);
    comes_to(&server, "SELECT k, n FROM copied;", &["|a|1|", "|b|1|"]);
    comes_to(&server, "SELECT n, c FROM summed;", &["|1|2|"]);
    for source in ["s", "t"] {
        insert(source, hour + 1500, "c", 2);
    }
    comes_to(&server, "SELECT k, c FROM counted;", &["|a|2|", "|c|1|"]);
    comes_to(&server, "SELECT k, n FROM copied;", &["|a|1|", "|c|2|"]);
    comes_to(&server, "SELECT n, c FROM summed;", &["|1|1|", "|2|1|"]);
    comes_to(&server, "SELECT k, n FROM v;", &["|a|1|", "|c|2|"]);
    // After a restart of the query what was kept is there, times too.
    server.sql("PAUSE ALL; RESUME ALL;").ok();
    for source in ["s", "t"] {
        insert(source, hour + 2000, "b", 3);
    }
    comes_to(&server, "SELECT k, c FROM counted;", &["|b|1|", "|c|1|"]);
    comes_to(&server, "SELECT k, n FROM copied;", &["|b|3|", "|c|2|"]);
    comes_to(&server, "SELECT n, c FROM summed;", &["|1|0|", "|2|1|", "|3|1|"]);
    comes_to(&server, "SELECT k, n FROM v;", &["|b|3|", "|c|2|"]);
    assert!(server.sql("SHOW WATERMARKS;").ok().contains("ttl"));

    for (sql, why) in [
        ("CREATE STREAM x WITH (TTL='1 HOUR') AS SELECT * FROM s;", "A stream has no TTL."),
        (
            "CREATE TABLE x (k INT PRIMARY KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TTL='soon');",
            "Invalid duration",
        ),
        (
            "CREATE TABLE x WITH (TTL='1 HOUR') AS SELECT k, COUNT(*) FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;",
            "keys have windows",
        ),
        ("CREATE OR REPLACE TABLE counted AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;", "TTL"),
        (
            "SET 'millstream.dialect' = 'ksql'; \
             CREATE TABLE x (k INT PRIMARY KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TTL='1 HOUR');",
            "Invalid config variable(s) in the WITH clause: TTL",
        ),
    ] {
        let said = server.sql(sql).failed(1);
        assert!(said.contains(why), "{sql}\n{said}");
    }
}
