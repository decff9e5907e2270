//! PRINT, assertions, inserted rows, and the small endpoints.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

async fn with_topic(service: &Service) -> (TestServer, String) {
    let server = service.start().await;
    let topic = unique("Printed");
    server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"
        ))
        .await;
    (server, topic)
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_printed() {
    let Some(broker) = bootstrap("topics_are_printed") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_topic(&service).await;
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", "text"), ("c", r#"{"N":3}"#)]);
    let print = async |path: &str, field: &str, accept: Option<&str>, sql: String| {
        let response = server.post(path, accept, &json!({field: sql})).await;
        (response.status(), text(response).await)
    };
    let whole = format!("PRINT '{topic}' FROM BEGINNING LIMIT 3;");
    for (path, field) in [("/query-stream", "sql"), ("/query", "ksql")] {
        let (status, body) = print(path, field, None, whole.clone()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let lines: Vec<&str> = body.lines().collect();
        assert_eq!(lines[0], "Key format: KAFKA_STRING");
        assert!(lines.contains(&"Value format: KAFKA_STRING"), "{body}");
        assert!(body.contains(", key: a, value: {\"N\":1}, partition: 0\n"), "{body}");
        assert_eq!(lines.iter().filter(|l| l.starts_with("rowtime: ")).count(), 3, "{body}");
    }
    let (_, body) =
        print("/query-stream", "sql", None, format!("PRINT '{topic}' FROM BEGINNING INTERVAL 2 LIMIT 2;")).await;
    assert!(body.contains("key: a") && body.contains("key: c") && !body.contains("key: b"), "{body}");
    let (status, _) = print("/query-stream", "sql", Some("application/json"), whole).await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
    let lower = topic.to_lowercase();
    let (status, body) = print("/query-stream", "sql", None, format!("PRINT '{lower}' LIMIT 1;")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        body.contains(&format!("Could not find topic '{lower}'")) && body.contains(&format!("print {topic};")),
        "{body}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assertions_hold_or_end_the_request() {
    let Some(broker) = bootstrap("assertions_hold_or_end_the_request") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_topic(&service).await;
    let held =
        server.ksql(&format!("ASSERT TOPIC '{topic}' WITH (PARTITIONS=1); ASSERT NOT EXISTS TOPIC '{topic}-x';")).await;
    assert_eq!(held[0]["exists"], true);
    assert_eq!(held[1]["topicName"], format!("{topic}-x"));
    for (sql, part) in [
        (
            format!("ASSERT TOPIC '{topic}' WITH (PARTITIONS=2) TIMEOUT 200 MILLISECONDS;"),
            "expected 2 got 1".to_owned(),
        ),
        (format!("ASSERT NOT EXISTS TOPIC '{topic}' TIMEOUT 0 SECONDS;"), format!("Topic {topic} exists")),
        (format!("ASSERT TOPIC '{topic}-x' TIMEOUT 1 SECONDS;"), format!("Topic {topic}-x does not exist")),
    ] {
        let (status, body) = server.try_ksql(json!({"ksql": sql})).await;
        assert_eq!((status.as_u16(), body["error_code"].as_u64()), (417, Some(41700)), "{sql}\n{body:#}");
        assert!(body["message"].as_str().unwrap().contains(&part), "{body:#}");
    }
    let (status, body) = server.try_ksql(json!({"ksql": "ASSERT SCHEMA SUBJECT x;"})).await;
    assert_eq!((status.as_u16(), body["error_code"].as_u64()), (428, Some(42801)), "{body:#}");
    // It waits for what comes later.
    let late = format!("{topic}-late");
    let assert = json!({"ksql": format!("ASSERT TOPIC '{late}' TIMEOUT 20 SECONDS;")});
    let (asserted, _) = tokio::join!(server.try_ksql(assert), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let (admin, late) = (service.admin(), late.clone());
        tokio::task::spawn_blocking(move || admin.create_topic(&late, 1, Some(1), &[]).unwrap()).await.unwrap()
    });
    assert_eq!(asserted.0, StatusCode::OK, "{:#}", asserted.1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stream_in() {
    let Some(broker) = bootstrap("rows_stream_in") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_topic(&service).await;
    let (status, body) = server
        .post_over_http2(
            "/inserts-stream",
            "{\"target\":\"s\"}\n{\"k\":\"a\",\"n\":1}\n{\"N\":2}\n{\"x\":3}\n{\"N\":4}\n",
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let lines: Vec<Value> = body.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[..2], [json!({"status": "ok", "seq": 0}), json!({"status": "ok", "seq": 1})]);
    assert_eq!((lines[2]["status"].as_str(), lines[2]["seq"].as_u64(), lines.len()), (Some("error"), Some(2), 3));
    assert_eq!(service.read(&topic, 2), [r#"{"N":1}"#, r#"{"N":2}"#]);
    let (status, body) = server.post_over_http2("/inserts-stream", "{\"target\":\"nope\"}\n").await;
    assert!(status == StatusCode::BAD_REQUEST && body.contains("40001"), "{body}");
    let response = server.post("/inserts-stream", None, &json!({"target": "s"})).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(response).await.contains("40004"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_the_older_endpoint() {
    let Some(broker) = bootstrap("rows_of_the_older_endpoint") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_topic(&service).await;
    service.write(&topic, &[("a", r#"{"N":1}"#)]);
    for accept in [None, Some("application/json"), Some("application/vnd.ksql.v1+json")] {
        let response = server.post("/query", accept, &json!({"ksql": "SELECT * FROM S;"})).await;
        let body: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(body[0]["header"]["schema"], "`K` STRING, `N` INTEGER");
        assert_eq!(body[1], json!({"row": {"columns": ["a", 1]}}));
        assert_eq!(body[2], json!({"finalMessage": "Query Completed"}));
    }
    let body = json!({"ksql": "SELECT K FROM ${s} EMIT CHANGES LIMIT 1;",
        "streamsProperties": {"auto.offset.reset": "earliest"}, "sessionVariables": {"s": "S"}});
    let response = server.post("/query", None, &body).await;
    assert!(text(response).await.ends_with("{\"finalMessage\":\"Limit Reached\"}]"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_have_statuses() {
    let Some(broker) = bootstrap("commands_have_statuses") else { return };
    let service = Service::new(broker);
    let (server, _) = with_topic(&service).await;
    let (_, all) = server.get("/status").await;
    assert_eq!(all, r#"{"commandStatuses":{"stream/`S`/create":"SUCCESS"}}"#);
    let (_, one) = server.get("/status/stream/%60S%60/create").await;
    assert_eq!(one, r#"{"status":"SUCCESS","message":"Stream created","queryId":null}"#);
    assert_eq!(server.get("/status/stream/S/create").await.1, one);
    let (status, body) = server.get("/status/stream/X/create").await;
    assert!(status == StatusCode::NOT_FOUND && body.contains("Command not found"), "{body}");
    assert_eq!(server.get("/is_valid_property/auto.offset.reset").await.1, "true");
    assert_eq!(server.get("/is_valid_property/nope").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(server.get("/clusterStatus").await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/chc/live").await, (StatusCode::OK, "{}".into()));
    assert!(server.get("/v1/metadata").await.1.contains(&format!("\"ksql-cluster\":\"{}\"", service.id)));
    server.stop().await;
}
