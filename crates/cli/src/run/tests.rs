//! Scripts against a canned server on loopback.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::Output;

/// Runs a script against a server that gives these answers (status and body) in order; returns the exit code, what was
/// printed to either side, and the request lines and bodies that the server saw.
async fn play(script: &str, output: Output, answers: &[(&str, &str)]) -> (u8, String, String, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<(String, String)> = answers.iter().map(|(s, b)| ((*s).to_owned(), (*b).to_owned())).collect();
    let server = tokio::spawn(async move {
        let mut seen = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            seen.push(request(&mut stream).await);
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = SqlOptions {
        output,
        variables: vec![("Given".into(), "S".into())],
        ..SqlOptions::new(url, Input::Text(script.into()))
    };
    let code = run(&options, &mut out, &mut err).await;
    server.abort();
    let seen = server.await.unwrap_or_default();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap(), seen)
}

/// `POST /path body`
async fn request(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 1024];
        let n = stream.read(&mut piece).await.unwrap();
        bytes.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            if body.len() == length {
                let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
                return format!("{line} {body}");
            }
        }
    }
}

const CREATED: &str = r#"[{"@type":"currentStatus","statementText":"x","commandId":"stream/`S`/create","commandStatus":{"status":"SUCCESS","message":"Stream created","queryId":null},"commandSequenceNumber":8,"warnings":[]}]"#;

#[tokio::test]
async fn statements_queries_and_properties() {
    let script = "DROP STREAM S; SET 'auto.offset.reset' = 'earliest'; SELECT * FROM S EMIT CHANGES LIMIT 1";
    let rows = "{\"queryId\":\"q\",\"columnNames\":[\"N\"],\"columnTypes\":[\"BIGINT\"]}\n[1]\n";
    let answers = [("200 OK", CREATED), ("200 OK", "[]"), ("200 OK", rows)];
    let (code, out, err, seen) = play(script, Output::Json, &answers).await;
    assert_eq!((code, err.as_str()), (EXIT_OK, ""));
    assert_eq!(out, format!("{CREATED}\n{rows}"));
    assert_eq!(
        seen,
        [
            r#"POST /ksql {"ksql":"DROP STREAM S;","streamsProperties":{}}"#,
            r#"POST /ksql {"commandSequenceNumber":8,"ksql":"               SET 'auto.offset.reset' = 'earliest';","streamsProperties":{}}"#,
            &format!(
                r#"POST /query-stream {{"properties":{{"auto.offset.reset":"earliest"}},"sql":"{}SELECT * FROM S EMIT CHANGES LIMIT 1;"}}"#,
                " ".repeat(53)
            ),
        ]
    );
}

#[test]
fn a_missing_last_semicolon_is_added() {
    let check = |text: &str, want: &str| assert_eq!(completed(text), want);
    check("SHOW STREAMS", "SHOW STREAMS;");
    check("SHOW STREAMS;\n", "SHOW STREAMS;");
    check("SHOW STREAMS; -- all", "SHOW STREAMS; -- all");
    check("DROP STREAM ${s}; -- all", "DROP STREAM ${s}; -- all");
    check("SHOW STREAMS; PRINT ${t}", "SHOW STREAMS; PRINT ${t};");
    check("SHOW STREAMS -- all", "SHOW STREAMS -- all\n;");
    check("", "");
}

#[tokio::test]
async fn a_failed_statement_ends_the_script() {
    let error = r#"{"@type":"statement_error","error_code":40001,"message":"line 1:6: no","statementText":"DROP STREAM X;","entities":[],"diagnostics":[{"message":"no such stream","line":1,"column":13,"endLine":1,"endColumn":14}]}"#;
    let (code, out, err, _) = play("DROP STREAM X;", Output::Tabular, &[("400 Bad Request", error)]).await;
    assert_eq!((code, out.as_str()), (EXIT_FAILED, ""));
    assert_eq!(err, "line 1:13: no such stream\nDROP STREAM X;\n            ^\n");
}

#[tokio::test]
async fn an_error_among_rows_is_a_failure() {
    let rows = "{\"queryId\":\"q\",\"columnNames\":[\"N\"],\"columnTypes\":[\"BIGINT\"]}\n{\"@type\":\"generic_error\",\"error_code\":50000,\"message\":\"broke\"}\n";
    let (code, _, err, _) = play("SELECT * FROM S;", Output::Tabular, &[("200 OK", rows)]).await;
    assert_eq!((code, err.as_str()), (EXIT_FAILED, "broke\n"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_apart() {
    let run = async |url: &str, input: Input| {
        let mut err = Vec::new();
        let options = SqlOptions::new(url, input);
        let code = run(&options, &mut Vec::new(), &mut err).await;
        (code, String::from_utf8(err).unwrap())
    };
    let (code, err) = run("localhost", Input::Text("SHOW STREAMS;".into())).await;
    assert_eq!(code, EXIT_USAGE, "{err}");
    let (code, err) = run("http://127.0.0.1:1", Input::File("no/such/file.sql".into())).await;
    assert_eq!(code, EXIT_USAGE, "{err}");
    let (code, err) = run("http://127.0.0.1:1", Input::Text("SHOW STREAMS;".into())).await;
    assert!(code == EXIT_FAILED && err.contains("cannot reach 127.0.0.1:1"), "{err}");
    let (code, err) = run("http://127.0.0.1:1", Input::Text("SHOW STREAM;".into())).await;
    assert!(code == EXIT_FAILED && err.contains("line 1:") && err.contains('^'), "{err}");
}

#[tokio::test]
async fn variables_are_the_shells_own() {
    let script =
        "DROP STREAM ${given}; DEFINE X = 'T'; SHOW VARIABLES; UNDEFINE given; UNDEFINE given; DROP STREAM ${x};";
    let (code, out, err, seen) = play(script, Output::Tabular, &[("200 OK", "[]"), ("200 OK", "[]")]).await;
    assert_eq!((code, err.as_str()), (EXIT_OK, ""));
    assert_eq!(
        out,
        " Variable Name | Value\n-----------------------\n given         | S\n x             | T\n-----------------------\n\
         Cannot undefine variable 'given' which was never defined\n"
    );
    assert!(seen[0].contains("DROP STREAM S;") && seen[1].contains("DROP STREAM T;"), "{seen:?}");
}

#[tokio::test]
async fn variables_can_be_switched_off() {
    let off = "SET 'ksql.variable.substitution.enable' = 'false';";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("off.sql");
    std::fs::write(&file, off).unwrap();
    // Whether it was switched off in the text or in one before it.
    for before in [off.to_owned(), format!("RUN SCRIPT '{}';", file.display())] {
        let script = format!("{before} SHOW TYPES;");
        let (code, _, err, seen) = play(&script, Output::Json, &[("200 OK", "[]"), ("200 OK", "[]")]).await;
        assert_eq!((code, err.as_str()), (EXIT_OK, ""));
        assert!(seen[1].contains(r#""streamsProperties":{"ksql.variable.substitution.enable":"false"}"#), "{seen:?}");
    }
    let script = format!("{off} INSERT INTO S (K) VALUES ('${{given}}');");
    let (_, _, _, seen) = play(&script, Output::Json, &[("200 OK", "[]"), ("200 OK", "[]")]).await;
    assert!(seen[1].contains("'${given}'"), "{seen:?}");
}

#[tokio::test]
async fn topics_are_printed_line_by_line() {
    let lines = "Key format: KAFKA_STRING\nValue format: JSON\nrowtime: N/A, key: a, value: {}, partition: 0\n";
    let (code, out, _, seen) = play("PRINT 't' FROM BEGINNING LIMIT 1;", Output::Tabular, &[("200 OK", lines)]).await;
    assert_eq!((code, out.as_str()), (EXIT_OK, lines));
    assert!(seen[0].starts_with("POST /query-stream"), "{seen:?}");
}

#[tokio::test]
async fn scripts_run_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("inner.sql"), "DEFINE v = 'S'; DROP STREAM ${v}; -- no more").unwrap();
    std::fs::write(path("loop.sql"), format!("RUN SCRIPT '{}';", path("loop.sql"))).unwrap();
    let script = format!("RUN SCRIPT '{}'; SHOW STREAMS;", path("inner.sql"));
    let (code, _, err, seen) = play(&script, Output::Tabular, &[("200 OK", "[]"), ("200 OK", "[]")]).await;
    assert_eq!((code, err.as_str()), (EXIT_OK, ""));
    assert!(seen[0].contains("DROP STREAM S;") && seen[1].contains("SHOW STREAMS;"), "{seen:?}");
    let (code, _, err, _) = play(&format!("RUN SCRIPT '{}';", path("loop.sql")), Output::Tabular, &[]).await;
    assert!(code == EXIT_FAILED && err.contains("more than 16 levels deep"), "{err}");
    let (code, _, err, _) = play("RUN SCRIPT 'no/such/file.sql';", Output::Tabular, &[]).await;
    assert!(code == EXIT_FAILED && err.contains("Cannot read script 'no/such/file.sql'"), "{err}");
}

#[tokio::test]
async fn types_that_only_the_server_knows_are_asked_for() {
    let types = r#"[{"@type":"type_list","types":{"ADDRESS":{"type":"STRUCT","fields":[{"name":"NR","schema":{"type":"INTEGER","fields":null,"memberSchema":null}}],"memberSchema":null}}}]"#;
    let script = "CREATE STREAM S (A ADDRESS) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";
    let (code, _, err, seen) = play(script, Output::Tabular, &[("200 OK", types), ("200 OK", CREATED)]).await;
    assert_eq!((code, err.as_str()), (EXIT_OK, ""), "{seen:?}");
    assert!(seen[0].contains("SHOW TYPES;") && seen[1].contains("A ADDRESS"), "{seen:?}");
    let (code, _, err, _) = play("CREATE TYPE A AS NOPE;", Output::Tabular, &[("200 OK", "[]")]).await;
    assert!(code == EXIT_FAILED && err.contains("unknown type"), "{err}");
}
