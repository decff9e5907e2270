//! What the language has beyond ksqlDB's: SELECT without FROM, sub-queries, UNION ALL, rows in one INSERT.

use serde_json::json;

use crate::client::{Service, TestServer, bootstrap, text, unique};

async fn with_streams(service: &Service) -> (TestServer, [String; 2]) {
    let server = service.start().await;
    let topics = [unique("left"), unique("right")];
    for (name, topic) in ["A", "B"].iter().zip(&topics) {
        server
            .ksql(&format!(
                "CREATE STREAM {name} (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"
            ))
            .await;
    }
    (server, topics)
}

#[tokio::test(flavor = "multi_thread")]
async fn constants_are_answered_at_once() {
    let Some(broker) = bootstrap("constants_are_answered_at_once") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let lines = server.select("SELECT 1 + 1 AS N, 'x' || 'y' UNION ALL SELECT 3, NULL;", json!({})).await;
    assert_eq!(lines.header["columnNames"], json!(["N", "KSQL_COL_0"]));
    assert_eq!(lines.all().await, [json!([2, "xy"]), json!([3, null])]);
    let explained = server.ksql("EXPLAIN SELECT 1 AS N;").await;
    assert_eq!(explained[0]["queryDescription"]["fields"][0]["name"], "N", "{explained:?}");
    let body = json!({"sql": "SELECT 1;", "properties": {"millstream.dialect": "ksql"}});
    let error = text(server.post("/query-stream", None, &body).await).await;
    assert!(error.contains("Syntax Error"), "{error}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_topics_in_one_answer() {
    let Some(broker) = bootstrap("several_topics_in_one_answer") else { return };
    let service = Service::new(broker);
    let (server, topics) = with_streams(&service).await;
    server.ksql("INSERT INTO A (K, N) VALUES ('a', 1), ('b', 2), ('c', 3);").await;
    service.write(&topics[1], &[("d", r#"{"N":20}"#)]);
    let union = "SELECT K, N FROM A WHERE N > 1 UNION ALL SELECT K, N / 10 FROM B";
    let mut rows = server.select(&format!("{union};"), json!({})).await.all().await;
    rows.sort_by_key(ToString::to_string);
    assert_eq!(rows, [json!(["b", 2]), json!(["c", 3]), json!(["d", 2])]);
    let push = format!("{union} EMIT CHANGES LIMIT 3;");
    let mut pushed = server.select(&push, json!({"auto.offset.reset": "earliest"})).await.all().await;
    pushed.sort_by_key(ToString::to_string);
    assert_eq!(pushed, rows);
    let nested = "WITH P AS (SELECT N * 2 AS M FROM A) SELECT M FROM (SELECT M FROM P WHERE M > 2) Q;";
    assert_eq!(server.select(nested, json!({})).await.all().await, [json!([4]), json!([6])]);
    server.stop().await;
}
