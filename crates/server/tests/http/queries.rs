//! SELECTs through `/query-stream`.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::json;

use crate::client::{Service, TestServer, bootstrap, text, unique};

const NO_ROWS: [serde_json::Value; 0] = [];

async fn with_stream(service: &Service) -> (TestServer, String) {
    let server = service.start().await;
    let topic = unique("rows");
    server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT, A ARRAY<DOUBLE>) \
             WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);"
        ))
        .await;
    (server, topic)
}

#[tokio::test(flavor = "multi_thread")]
async fn push_query_until_its_limit() {
    let Some(broker) = bootstrap("push_query_until_its_limit") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_stream(&service).await;
    service.write(&topic, &[("early", r#"{"N":1}"#)]);
    let sql = "SELECT K, N + 1 AS M, A FROM S WHERE N <> 3 EMIT CHANGES LIMIT 2;";
    let lines = server.select(sql, json!({})).await;
    assert_eq!(lines.header["columnNames"], json!(["K", "M", "A"]));
    assert_eq!(lines.header["columnTypes"], json!(["STRING", "INTEGER", "ARRAY<DOUBLE>"]));
    // It starts with what comes.
    service.write(&topic, &[("a", r#"{"N":2,"A":[1,null]}"#), ("b", r#"{"N":3}"#), ("c", "null"), ("d", r#"{"N":4}"#)]);
    assert_eq!(lines.all().await, [json!(["a", 3, [1.0, null]]), json!(["d", 5, null])]);

    let from_start = server.select(sql, json!({"auto.offset.reset": "earliest"})).await.all().await;
    assert_eq!(from_start[0], json!(["early", 2, null]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_query_ends_at_the_end() {
    let Some(broker) = bootstrap("pull_query_ends_at_the_end") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_stream(&service).await;
    assert_eq!(server.select("SELECT * FROM S;", json!({})).await.all().await, NO_ROWS);
    service.write(&topic, &[("a", r#"{"N":2}"#), ("bad", "{"), ("b", r#"{"N":3}"#)]);
    let rows = server.select("SELECT * FROM S;", json!({})).await.all().await;
    assert_eq!(rows, [json!(["a", 2, null]), json!(["b", 3, null])]);

    let post = async |accept: &str| {
        let response = server.post("/query-stream", Some(accept), &json!({"sql": "SELECT N FROM S LIMIT 1;"})).await;
        (response.status(), text(response).await)
    };
    let (_, body) = post("application/json").await;
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value[0]["columnNames"], json!(["N"]));
    assert_eq!(value[1], json!([2]));
    assert_eq!(value.as_array().unwrap().len(), 2, "{body}");
    let (_, body) = post("application/vnd.ksql.v1+json").await;
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value[0]["header"]["schema"], "`N` INTEGER");
    assert_eq!(value[1], json!({"row": {"columns": [2]}}));
    assert_eq!(value[2], json!({"finalMessage": "Limit Reached"}));
    assert_eq!(post("text/html").await.0, StatusCode::NOT_ACCEPTABLE);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_before_the_first_row() {
    let Some(broker) = bootstrap("errors_before_the_first_row") else { return };
    let service = Service::new(broker);
    let (server, _) = with_stream(&service).await;
    let check = async |body: serde_json::Value, code: u64, part: &str| {
        let response = server.post("/query-stream", None, &body).await;
        let status = u64::from(response.status().as_u16());
        let error = text(response).await;
        assert_eq!(status, code / 100, "{error}");
        assert!(error.contains(&format!("\"error_code\":{code}")) && error.contains(part), "{error}");
    };
    check(json!({"sql": "SELECT NOPE FROM S EMIT CHANGES;"}), 40000, "NOPE").await;
    check(json!({"sql": "SELECT NOPE FROM S;"}), 40001, "NOPE").await;
    check(json!({"sql": "SELECT * FROM NOPE EMIT CHANGES;"}), 40001, "NOPE").await;
    check(json!({"sql": "SHOW STREAMS;"}), 40001, "/ksql").await;
    check(json!({"sql": "SELECT * FROM S;", "properties": {"no.such": 1}}), 40000, "no.such").await;
    check(json!({"ksql": "SELECT * FROM S;"}), 40000, "sql").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_end_with_their_client_and_by_close() {
    let Some(broker) = bootstrap("queries_end_with_their_client_and_by_close") else { return };
    let service = Service::new(broker);
    let (server, _) = with_stream(&service).await;
    let running = async || server.ksql("SHOW QUERIES;").await[0]["queries"].as_array().unwrap().len();
    let abandoned = server.select("SELECT * FROM S EMIT CHANGES;", json!({})).await;
    let closed = server.select("SELECT * FROM S EMIT CHANGES;", json!({})).await;
    let terminated = server.select("SELECT * FROM S EMIT CHANGES;", json!({})).await;
    assert_eq!(running().await, 3);

    let id = closed.header["queryId"].as_str().unwrap().to_owned();
    assert_eq!(server.post("/close-query", None, &json!({"queryId": id})).await.status(), StatusCode::OK);
    assert_eq!(closed.all().await, NO_ROWS);
    let id = terminated.header["queryId"].as_str().unwrap().to_owned();
    let entities = server.ksql(&format!("TERMINATE `{id}`;")).await;
    assert_eq!(entities[0]["wasTerminated"], true);
    assert_eq!(terminated.all().await, NO_ROWS);

    drop(abandoned);
    for _ in 0..100 {
        if running().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(running().await, 0);
    // One that still runs does not hold up the stop.
    let last = server.select("SELECT * FROM S EMIT CHANGES;", json!({})).await;
    server.stop().await;
    assert_eq!(last.all().await, NO_ROWS);
}
