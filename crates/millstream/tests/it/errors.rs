//! What becomes of records that a query cannot read, on a server: passed over, put away and taken back, or a query that stops.

use std::time::Duration;

use crate::server::Server;

const SOURCE: &str = "CREATE STREAM s (k STRING KEY, n INT) WITH (KAFKA_TOPIC='s', PARTITIONS=2, VALUE_FORMAT='JSON'); \
                      SET 'auto.offset.reset'='earliest';";

/// How often something is looked at that has yet to come, and the pause between.
const LOOKS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(100);

/// Calls until it gives something; else it tells what there is.
fn until<T>(mut call: impl FnMut() -> Result<T, String>) -> T {
    let mut last = String::new();
    for _ in 0..LOOKS {
        match call() {
            Ok(found) => return found,
            Err(other) => last = other,
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not come: {last}")
}

/// The lines of a topic, sorted, when there are that many.
fn lines(server: &Server, topic: &str, count: usize, more: &str) -> Vec<String> {
    until(|| {
        let read = server.kafka.call(&format!("topic consume {topic} -b -e{more}")).ok();
        let mut lines: Vec<String> = read.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        if lines.len() >= count { Ok(lines) } else { Err(format!("{topic}: {lines:?}")) }
    })
}

fn produce(server: &Server, more: &str, lines: &str) {
    server.kafka.call_with(&format!("topic produce s -k :{more}"), lines).ok();
}

#[test]
fn dead_letters_are_kept_and_taken_back() {
    let server = Server::start();
    let query = "CREATE STREAM o WITH (ON_ERROR = 'dead-letter') AS SELECT k, n + 1 AS n FROM s;";
    server.sql(&format!("{SOURCE} {query}")).ok();
    produce(&server, " -H origin=test", "a:{\"n\": 1}\nb:no JSON\nc:{\"n\": \"many\"}\nd:{\"n\": 2}\n");
    assert_eq!(lines(&server, "O", 2, ""), ["a\t{\"N\":2}", "d\t{\"N\":3}"].map(|l| l.split('\t').nth(1).unwrap()));
    let dead = lines(&server, "O-dead-letters", 2, " -k --print-headers");
    for (line, (key, value)) in dead.iter().zip([("b", "no JSON"), ("c", "{\"n\": \"many\"}")]) {
        assert!(line.ends_with(&format!("{key}\t{value}")), "{line}");
        for header in ["origin:test", "millstream.error.topic:s", "millstream.error.stage:deserializer"] {
            assert!(line.contains(header), "{header} in {line}");
        }
        assert!(line.contains("millstream.error.query:CSAS_O_") && line.contains("millstream.error.offset:"), "{line}");
    }
    let shown = server.sql("SHOW ERRORS;").ok();
    assert_eq!(shown.lines().filter(|l| l.contains("| deserializer | s")).count(), 2, "{shown}");
    let id = shown.split_whitespace().find(|word| word.starts_with("CSAS_O_")).unwrap().to_owned();
    assert_eq!(server.sql(&format!("SHOW ERRORS FOR {id} LIMIT 1;")).ok().matches("deserializer").count(), 1);

    // What is bad is bad again, each time once.
    let replay = || server.sql(&format!("REPLAY ERRORS FOR {id};")).ok();
    assert!(replay().contains("Replayed 2 records of query CSAS_O_"));
    let again = lines(&server, "O-dead-letters", 4, " -k --print-headers");
    assert_eq!(again.iter().filter(|l| l.matches("millstream.error.topic").count() == 1).count(), 4, "{again:?}");
    assert!(replay().contains("Replayed 2 records"), "those of the last replay");
    let source = lines(&server, "s", 8, " -k --print-headers");
    assert_eq!(source.iter().filter(|l| l.starts_with("origin:test\tb\tno JSON")).count(), 3, "{source:?}");

    for (sql, why) in [
        ("SHOW ERRORS FOR nope;", "Query with id:NOPE does not exist"),
        ("REPLAY ERRORS FOR nope;", "Query with id:NOPE does not exist"),
        ("SET 'millstream.dialect' = 'ksql'; SHOW ERRORS;", "Unknown statement 'SHOW'"),
        ("CREATE STREAM x WITH (ON_ERROR = 'ignore') AS SELECT * FROM s;", "one of: skip, stop, dead-letter"),
        ("CREATE STREAM x WITH (DEAD_LETTER_TOPIC = 's') AS SELECT * FROM s;", "which the query reads"),
        ("CREATE STREAM x WITH (ON_ERROR = 'skip', DEAD_LETTER_TOPIC = 'd') AS SELECT * FROM s;", "has no meaning"),
        ("SET 'millstream.dialect' = 'ksql'; CREATE STREAM x WITH (ON_ERROR = 'skip') AS SELECT * FROM s;", "ON_ERROR"),
    ] {
        let said = server.sql(sql).failed(1);
        assert!(said.contains(why), "{sql}\n{said}");
    }
}

#[test]
fn times_that_are_none_are_dead_letters_too() {
    let server = Server::start();
    server
        .sql(&format!(
            "{SOURCE} CREATE STREAM t (k STRING KEY, day STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', \
                         TIMESTAMP='day', TIMESTAMP_FORMAT='yyyy-MM-dd');"
        ))
        .ok();
    server
        .sql("SET 'auto.offset.reset'='earliest'; CREATE STREAM o WITH (DEAD_LETTER_TOPIC = 'bad') AS SELECT * FROM t;")
        .ok();
    produce(&server, "", "a:{\"day\": \"2024-05-01\"}\nb:{\"day\": \"May\"}\nc:{\"day\": \"2024-05-02\"}\n");
    assert_eq!(lines(&server, "O", 2, "").len(), 2);
    let dead = lines(&server, "bad", 1, " -k --print-headers");
    assert!(dead[0].ends_with("b\t{\"day\": \"May\"}") && dead[0].contains("stage:timestamp"), "{dead:?}");
}

#[test]
fn a_query_stops_before_a_record_and_goes_on_when_it_may() {
    let server = Server::start();
    let fail = "SET 'ksql.fail.on.deserialization.error' = 'true';";
    let insert = "INSERT INTO o WITH (QUERY_ID = 'moved', ON_ERROR = 'skip') SELECT * FROM s;";
    server.sql(&format!("{SOURCE} {fail} CREATE STREAM o AS SELECT * FROM s; {insert}")).ok();
    produce(&server, " --partition 1", "a:{\"n\": 1}\nb:no JSON\nc:{\"n\": 2}\n");
    // INSERT INTO says otherwise than its session: it passes the record over.
    assert_eq!(lines(&server, "O", 3, "").len(), 3);
    let queries = until(|| {
        let shown = server.sql("SHOW QUERIES;").ok();
        if shown.contains("ERROR:1") { Ok(shown) } else { Err(shown) }
    });
    let id = queries.split_whitespace().find(|word| word.starts_with("CSAS_O_")).unwrap().to_owned();
    let explained = server.sql(&format!("EXPLAIN {id};")).ok();
    assert!(
        explained.contains("the record at offset 1 of partition 1 of topic s cannot be read (deserializer)"),
        "{explained}"
    );
    // Somebody else resumes it: it stops there again, and nothing comes twice.
    server.sql(&format!("PAUSE {id}; RESUME {id};")).ok();
    until(|| {
        let shown = server.sql("SHOW QUERIES;").ok();
        if shown.contains("ERROR:1") { Ok(()) } else { Err(shown) }
    });
    assert_eq!(lines(&server, "O", 3, "").len(), 3);
    // As it may pass the record over now, it goes on behind what it has committed.
    server.sql("TERMINATE moved; CREATE OR REPLACE STREAM o WITH (ON_ERROR = 'skip') AS SELECT * FROM s;").ok();
    assert_eq!(lines(&server, "O", 4, "").len(), 4);
    assert_eq!(server.sql("SHOW ERRORS FOR moved;").ok().matches("deserializer").count(), 1);
    assert_eq!(server.sql(&format!("SHOW ERRORS FOR {id};")).ok().matches("deserializer").count(), 1);
}
