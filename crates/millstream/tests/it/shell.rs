//! `millstream sql` through pipes: transcripts, and what it exits with.

use crate::call::{Called, call};
use crate::server::Server;

const SETUP: &str =
    "CREATE STREAM s (id STRING KEY, price DOUBLE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s (rowtime, id, price) VALUES (1000, 'a', 1.5), (2000, 'b, c', NULL);
";

fn started() -> Server {
    let server = Server::start();
    server.sql(SETUP).ok();
    server
}

/// Types this into a shell that is no terminal.
fn typed(server: &Server, options: &[&str], text: &str) -> Called {
    let args: Vec<&str> = ["sql", &server.url].iter().chain(options).copied().collect();
    call(&args, text, server.folder.path())
}

#[test]
fn a_transcript() {
    let server = started();
    let text = "SHOW STREAMS;\ndefine what = 's'; set 'auto.offset.reset' = 'earliest';\nSELECT *\n  FROM ${what};\n\
                output vertical\nSELECT * FROM s;\noutput csv;\nSELECT * FROM s;\noutput JSON\nSELECT id FROM s LIMIT 1;\n\
                output\nshow variables";
    let out = typed(&server, &[], text).ok();
    let (before, json) = out.split_once("Output format set to JSON\n").unwrap();
    let want = " Stream Name         | Kafka Topic                 | Key Format | Value Format | Windowed
------------------------------------------------------------------------------------------
 S                   | s                           | KAFKA      | JSON         | false
------------------------------------------------------------------------------------------
Successfully changed local property 'auto.offset.reset' to 'earliest'. Use the UNSET command to revert your change.
+------------------------------------------------+------------------------------------------------+
|ID                                              |PRICE                                           |
+------------------------------------------------+------------------------------------------------+
|a                                               |1.5                                             |
|b, c                                            |null                                            |
+------------------------------------------------+------------------------------------------------+
Output format set to VERTICAL
-[ row 1 ]-----
ID    | a
PRICE | 1.5
-[ row 2 ]-----
ID    | b, c
PRICE | null
Output format set to CSV
ID,PRICE
a,1.5
\"b, c\",
";
    // The columns of a list are as wide as they must be: services have topics and streams of their own there.
    let squeezed =
        |text: &str| text.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ").replace("--", "");
    assert_eq!(squeezed(before).replace('-', ""), squeezed(want).replace('-', ""));
    let lines: Vec<&str> = json.lines().collect();
    assert!(lines[0].starts_with("{\"queryId\":") && lines[1] == "[\"a\"]", "{json}");
    assert!(lines[2] == "Current output format: JSON" && lines[3].contains("\"name\":\"what\""), "{json}");
}

#[test]
fn limits_of_the_command_line() {
    let server = started();
    let select = "SET 'auto.offset.reset' = 'earliest'; SELECT id FROM s EMIT CHANGES;";
    let limited = typed(&server, &["-e", select, "--query-row-limit", "1", "--output", "CSV"], "");
    assert_eq!((limited.code, limited.err.as_str()), (0, "Limit Reached\nQuery terminated\n"));
    assert!(limited.out.ends_with("ID\na\n"), "{limited:?}");
    let timed = typed(&server, &["-e", select, "--query-timeout", "5000", "--output", "CSV"], "");
    assert_eq!((timed.code, timed.err.as_str()), (0, "Query timeout reached\nQuery terminated\n"));
    assert!(timed.out.ends_with("ID\na\n\"b, c\"\n"), "{timed:?}");
}

#[test]
fn the_shells_own_commands() {
    let server = started();
    std::fs::write(server.folder.path().join("x.sql"), "SHOW TYPES;").unwrap();
    let text = format!(
        "help\nversion\nserver\nserver {}\nrequest-pipelining\nrequest-pipelining ON\nspool 'out.txt'\nrun script 'x.sql'\n\
         spool off\nset cli wrap off\nset cli column-width 4\nSELECT * FROM s;\nexit\nSHOW NOTHING;\n",
        server.url
    );
    let out = typed(&server, &[], &text).ok();
    let url = &server.url;
    for want in [
        "    spool 'file' | OFF             write everything into a file, too\n",
        &format!("CLI {0}, server {0} at {url}\n{url}\nServer now: {url} (version {0})\n", env!("CARGO_PKG_VERSION")),
        "Current request-pipelining configuration: OFF\nRequest pipelining turned ON\nSession will be spooled to out.txt\n",
        "Spool written to out.txt\n+----+----+\n|ID  |PRIC|\n+----+----+\n|a   |1.5 |\n|b, c|null|\n+----+----+\n",
    ] {
        assert!(out.contains(want), "{want}\nis not in\n{out}");
    }
    let spooled = std::fs::read_to_string(server.folder.path().join("out.txt")).unwrap();
    assert_eq!(spooled, "Session will be spooled to out.txt\n Type Name | Schema\n--------------------\n");
}

#[test]
fn configuration_and_exit_codes() {
    let server = started();
    std::fs::write(server.folder.path().join("c.properties"), "# mine\nauto.offset.reset=earliest\nssl.x=y\n").unwrap();
    let query = ["-e", "SELECT id FROM s EMIT CHANGES LIMIT 1;", "--config-file", "c.properties", "--output", "CSV"];
    let called = typed(&server, &query, "");
    assert_eq!((called.code, called.out.as_str()), (0, "ID\na\n"), "{called:?}");
    assert_eq!(called.err, "Ignored in c.properties: ssl.x\n");
    assert!(typed(&server, &["--config-file", "nope"], "").failed(2).contains("cannot read nope"));
    assert!(typed(&server, &["-u", "me"], "").failed(2).contains("needs a password"));
    assert!(typed(&server, &["-e", "SHOW NOTHING;"], "").failed(1).contains("line 1:6"));
    let stopped = typed(&server, &[], "output xml\nSHOW TYPES;\n");
    assert_eq!((stopped.code, stopped.out.as_str()), (1, ""), "a pipe ends with what is wrong first");
    assert!(typed(&server, &["-x"], "").failed(2).contains("unexpected argument"));
}
