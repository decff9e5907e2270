//! Late records as a stream, on a server.

use crate::server::Server;

const SOURCE: &str = "CREATE STREAM s (k STRING KEY, g INT, n INT) WITH (KAFKA_TOPIC='s', PARTITIONS=2, \
                      VALUE_FORMAT='JSON');";
const TABLE: &str = "CREATE TABLE t AS SELECT g, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD \
                     0 SECONDS) WHERE n > 0 GROUP BY g LATE RECORDS INTO too_late;";
const LATE: &str = "SET 'auto.offset.reset'='earliest'; SELECT ROWTIME, k, n FROM too_late EMIT CHANGES LIMIT 2;";

#[test]
fn late_records_are_a_stream() {
    let server = Server::start();
    let refused = |sql: &str, why: &str| {
        let said = server.sql(sql).failed(1);
        assert!(said.contains(why), "{sql}\n{said}");
    };
    server.sql(SOURCE).ok();
    refused(&TABLE.replace("too_late", "s"), "A stream with the same name already exists");
    refused(&TABLE.replace("too_late", "t"), "Late records cannot go into T itself.");
    refused(
        &TABLE.replace("WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS)", ""),
        "requires a WINDOW clause",
    );
    refused(&format!("SET 'millstream.dialect' = 'ksql'; {TABLE}"), "missing ';' at 'LATE'");
    server.sql(TABLE).ok();
    for (time, key, n) in [(100_000, "a", 1), (200_000, "a", 2), (50_000, "b", 3), (60_000, "c", -3), (70_000, "a", 5)]
    {
        server.sql(&format!("INSERT INTO s (ROWTIME, k, g, n) VALUES ({time}, '{key}', 1, {n});")).ok();
    }
    // A push query waits for them.
    let shown = server.sql(LATE).ok();
    let rows: Vec<String> = shown.lines().filter(|l| l.contains("0000")).map(|l| l.replace(' ', "")).collect();
    assert_eq!(rows, ["|50000|b|3|", "|70000|a|5|"], "{shown}");
    let described = server.sql("DESCRIBE t EXTENDED;").ok();
    assert!(described.contains("errors: 2     late-records: 2"), "{described}");
    let queries = server.sql("SHOW QUERIES EXTENDED;").ok();
    assert!(queries.lines().any(|l| l.starts_with("Late records") && l.ends_with(" 2")), "{queries}");
    let watermarks = server.sql("SHOW WATERMARKS ctas_t_2;").ok();
    let last = watermarks.lines().find(|l| l.contains("aggregate") && l.contains("200000"));
    assert!(last.is_some_and(|l| l.contains("1970-01-01T00:03:20.000Z") && l.contains("IDLE")), "{watermarks}");
    assert!(watermarks.lines().any(|l| l.contains("source") && l.contains("s-1")), "{watermarks}");
    refused("SHOW WATERMARKS nope;", "Query with id:NOPE does not exist");
    refused("SET 'millstream.dialect' = 'ksql'; SHOW WATERMARKS;", "Unknown statement 'SHOW'");
    assert!(server.sql("DESCRIBE too_late;").ok().contains("K     | VARCHAR(STRING)  (key)"));
    // It belongs to nobody but whoever made it, and stays when that is gone.
    refused("DROP STREAM too_late;", "The following queries write into this source: [CTAS_T_2]");
    refused("CREATE OR REPLACE STREAM too_late AS SELECT * FROM s;", "it takes the late records of T");
    server.sql("DROP TABLE t;").ok();
    assert!(server.sql(LATE).ok().contains("70000"));
    refused(TABLE, "Cannot add stream 'TOO_LATE'");
    server.sql("DROP STREAM too_late DELETE TOPIC;").ok();
    server.sql(TABLE).ok();
}

#[test]
fn a_pipeline_knows_the_stream_by_its_table() {
    let server = Server::start();
    server
        .write("p/a_reader.sql", "CREATE STREAM moved WITH (ON_ERROR = 'dead-letter') AS SELECT k, n FROM too_late;\n");
    server.write("p/b_table.sql", &format!("{TABLE}\n"));
    server.write("p/c_source.sql", &format!("{SOURCE}\n"));
    server.write(
        "p/d_kept.sql",
        "CREATE TABLE kept WITH (TTL = '1 HOUR') AS SELECT g, COUNT(*) AS c FROM s GROUP BY g;\n",
    );
    let text = server.call("apply p").ok();
    assert!(text.ends_with("Applied.\n") && text.contains("create table t\n"), "{text}");
    for line in ["plan p", "plan p --delete"] {
        let text = server.call(line).ok();
        assert!(text.contains("Nothing to do: the server is as described."), "{line}\n{text}");
    }
}
