//! `/ws/query`: rows and lines as text frames, and how a socket ends.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Service, TestServer, bootstrap, unique};

/// What a socket said: its text frames, then code and reason of its end.
struct Said {
    frames: Vec<Value>,
    code: u16,
    reason: String,
}

/// Percent-encodes everything.
fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Opens a socket for that query string and reads it to its end.
async fn socket(server: &TestServer, query: &str) -> Said {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "GET /ws/query?{query} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    let mut frames = Vec::new();
    loop {
        let opcode = stream.read_u8().await.unwrap() & 0x0F;
        let length = match stream.read_u8().await.unwrap() {
            126 => usize::from(stream.read_u16().await.unwrap()),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.unwrap();
        match opcode {
            1 => frames.push(serde_json::from_slice(&payload).unwrap()),
            8 => {
                let (code, reason) = payload.split_first_chunk::<2>().unwrap();
                return Said {
                    frames,
                    code: u16::from_be_bytes(*code),
                    reason: String::from_utf8(reason.to_vec()).unwrap(),
                };
            }
            other => panic!("frame of kind {other}"),
        }
    }
}

async fn asked(server: &TestServer, request: &Value) -> Said {
    socket(server, &format!("version=1&request={}", encoded(&request.to_string()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_as_frames() {
    let Some(broker) = bootstrap("rows_come_as_frames") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("Socketed");
    let create = format!(
        "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"
    );
    server.ksql(&create).await;
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", r#"{"N":2}"#)]);
    let said = asked(
        &server,
        &json!({"ksql": "SELECT K, N FROM ${s} EMIT CHANGES LIMIT 2;", "sessionVariables": {"s": "S"},
            "streamsProperties": {"auto.offset.reset": "earliest"}, "commandSequenceNumber": 0}),
    )
    .await;
    assert_eq!(said.frames[0][0]["name"], "K");
    assert_eq!(said.frames[0][1]["schema"]["type"], "INTEGER");
    let rows = [json!({"row": {"columns": ["a", 1]}}), json!({"row": {"columns": ["b", 2]}})];
    assert_eq!(said.frames[1..3], rows);
    assert_eq!(said.frames[3..], [json!({"error": "done"})]);
    assert_eq!((said.code, said.reason.as_str()), (1000, "done"));
    let said = asked(&server, &json!({"ksql": "SELECT K, N FROM S;"})).await;
    assert_eq!((&said.frames[1..3], said.code), (&rows[..], 1000));
    let standard = "SELECT DISTINCT a.k, b.n FROM s a JOIN s b ON a.n = b.n ORDER BY 1;";
    let said = asked(&server, &json!({"ksql": standard})).await;
    assert_eq!((&said.frames[1..3], said.code), (&rows[..], 1000));
    let print = json!({"ksql": format!("PRINT '{topic}' FROM BEGINNING LIMIT 1;")});
    let said = asked(&server, &print).await;
    assert_eq!((said.frames[0].as_str(), said.code), (Some("Key format: KAFKA_STRING"), 1000));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_say_why_they_close() {
    let Some(broker) = bootstrap("sockets_say_why_they_close") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    for (query, code, part) in [
        ("", 1003, "missing request"),
        ("version=2&request=x", 1003, "invalid api version: 2"),
        ("request=x", 1003, "JSON"),
        (&format!("request={}", encoded(r#"{"ksql":"SELECT * FROM NOPE;"}"#)), 1003, "NOPE does not exist"),
        (&format!("request={}", encoded(r#"{"ksql":"SHOW TABLES;"}"#)), 1003, "SELECT and PRINT"),
        (&format!("request={}", encoded(r#"{"ksql":"SHOW TABLES;","commandSequenceNumber":99}"#)), 1013, "Timed out"),
    ] {
        let said = socket(&server, query).await;
        assert_eq!(said.code, code, "{query}: {}", said.reason);
        assert!(said.reason.contains(part), "{query}: {}", said.reason);
        assert_eq!(said.frames, [json!({"error": said.reason})]);
    }
    let (status, _) = server.get("/ws/query?request=x").await;
    assert!(status.is_client_error(), "{status}: no upgrade was asked for");
    server.stop().await;
}
