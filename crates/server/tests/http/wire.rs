//! What clients of all kinds send: request targets, content types, fields that nobody knows, HTTP/2; and the end of a
//! cluster.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, bootstrap, text, unique};

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_as_they_come() {
    let Some(broker) = bootstrap("requests_are_taken_as_they_come") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    // A proxy's form of a request: the whole URL as the target.
    let absolute =
        server.raw("GET http://localhost:1/info HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n").await;
    assert!(absolute.starts_with("HTTP/1.1 200 ") && absolute.contains("KsqlServerInfo"), "{absolute}");
    let body = r#"{"ksql":"SHOW STREAMS;","streamsProperties":null,"requestProperties":{"a":[1]},"unknown":{"x":1}}"#;
    for content_type in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"] {
        let request = format!(
            "POST /ksql HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{content_type}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = server.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"@type\":\"streams\""), "{answer}");
        assert!(answer.to_lowercase().contains("content-type: application/json\r\n"), "{answer}");
    }
    let (status, body) = server.get("/no/such/thing").await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, "Not Found"));
    let (status, body) = server.get("/").await;
    assert_eq!((status.as_u16(), body.as_str()), (307, ""));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_a_frame_of_http2() {
    let Some(broker) = bootstrap("each_row_is_a_frame_of_http2") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("Framed");
    server
        .ksql(&format!("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"))
        .await;
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", r#"{"N":2}"#)]);
    let frames = server.frames_over_http2("/query-stream", &json!({"sql": "SELECT N FROM S;"})).await;
    assert_eq!(frames[1..], ["[1]\n", "[2]\n"], "{frames:?}");
    assert!(frames[0].starts_with("{\"queryId\":") && frames[0].ends_with("}\n"), "{frames:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_terminated() {
    let Some(broker) = bootstrap("a_cluster_is_terminated") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("Ended");
    server
        .ksql(&format!(
            "CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
             CREATE STREAM O WITH (KAFKA_TOPIC='{topic}-o') AS SELECT N FROM S;"
        ))
        .await;
    let bad = server.post("/ksql/terminate", None, &json!({"deleteTopicList": ["[x"]})).await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
    assert!(text(bad).await.contains("Invalid pattern: [x"));
    let answer = server.post("/ksql/terminate", None, &json!({"deleteTopicList": [format!("{topic}.*")]})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let entities: Value = serde_json::from_str(&text(answer).await).unwrap();
    assert_eq!(entities[0]["@type"], "currentStatus");
    assert_eq!(entities[0]["statementText"], "TERMINATE CLUSTER;");
    assert_eq!(entities[0]["commandId"], "cluster/TerminateCluster/terminate");
    let (status, body) = server.get("/info").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, r#"{"@type":"generic_error","error_code":50304,"message":"The server is shut down"}"#);
    assert_eq!(server.get("/chc/live").await.0, StatusCode::OK);
    let admin = service.admin();
    let topics = tokio::task::spawn_blocking(move || {
        for _ in 0..100 {
            let names: Vec<String> = admin.topics().unwrap().into_iter().map(|t| t.name).collect();
            if !names.iter().any(|name| name.contains("command_topic") && name.contains(&service.id)) {
                return names;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the command topic is still there")
    });
    let topics = topics.await.unwrap();
    assert!(topics.contains(&topic) && !topics.contains(&format!("{topic}-o")), "{topics:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_on_in_http2() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let Some(broker) = bootstrap("a_connection_goes_on_in_http2") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"ksql":"SHOW STREAMS;"}"#;
    let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__";
    let length = body.len();
    let request = format!("POST /ksql HTTP/1.1\r\nHost: t\r\n{upgrade}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("upgrade: h2c\r\n"), "{head}");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    // GET /info on a stream of the client's own: indexed method and scheme, path as it is.
    stream.write_all(b"\0\0\x09\x01\x05\0\0\0\x03\x82\x86\x04\x05/info").await.unwrap();
    let mut bodies: [(u32, Vec<u8>, bool); 2] = [(1, Vec::new(), false), (3, Vec::new(), false)];
    while !bodies.iter().all(|(_, _, ended)| *ended) {
        let mut frame = [0; 9];
        let read = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read_exact(&mut frame)).await;
        read.unwrap().unwrap();
        let mut payload = vec![0; u32::from_be_bytes([0, frame[0], frame[1], frame[2]]) as usize];
        stream.read_exact(&mut payload).await.unwrap();
        let of = u32::from_be_bytes(frame[5..].try_into().unwrap());
        if let Some((_, body, ended)) = bodies.iter_mut().find(|(stream, ..)| *stream == of) {
            *ended |= matches!(frame[3], 0 | 1) && frame[4] & 1 == 1;
            if frame[3] == 0 {
                body.extend_from_slice(&payload);
            }
        }
    }
    let [asked, later] = bodies.map(|(_, body, _)| String::from_utf8(body).unwrap());
    assert!(asked.contains("\"@type\":\"streams\""), "{asked}");
    assert!(later.contains("KsqlServerInfo"), "{later}");
    server.stop().await;
}
