//! Statements through `/ksql`, and what they do to topics and records.

use hyper::StatusCode;
use serde_json::json;

use crate::client::{Service, bootstrap, unique};

#[tokio::test(flavor = "multi_thread")]
async fn one_topic_becomes_another() {
    let Some(broker) = bootstrap("one_topic_becomes_another") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("orders");
    let sql = format!(
        "CREATE STREAM S (K STRING KEY, N INT, T STRING) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2); \
         SET 'auto.offset.reset' = 'earliest'; \
         CREATE STREAM BIG WITH (KAFKA_TOPIC='{topic}-big') AS SELECT K, N * 10 AS TEN, UCASE(T) AS T FROM S WHERE N > 1; \
         INSERT INTO S (K, N, T) VALUES ('a', 1, 'x'); INSERT INTO S (K, N, T) VALUES ('b', 2, 'y'); \
         INSERT INTO S (K, N, T, ROWTIME) VALUES ('c', 3, 'z', 1234);"
    );
    let entities = server.ksql(&sql).await;
    let types: Vec<_> = entities.iter().map(|e| e["@type"].as_str().unwrap()).collect();
    assert_eq!(types, ["currentStatus", "currentStatus"], "SET and INSERT answer nothing");
    assert_eq!(entities[0]["commandId"], "stream/`S`/create");
    assert_eq!(entities[0]["commandStatus"]["message"], "Stream created");
    let query = entities[1]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    assert_eq!(query, format!("CSAS_BIG_{}", entities[1]["commandSequenceNumber"]));

    let mut values = service.read(&format!("{topic}-big"), 2);
    values.sort();
    assert_eq!(values, [r#"{"TEN":20,"T":"Y"}"#, r#"{"TEN":30,"T":"Z"}"#]);

    let shown = server.ksql("SHOW STREAMS; SHOW QUERIES; SHOW TOPICS; DESCRIBE BIG EXTENDED;").await;
    let names: Vec<_> = shown[0]["streams"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["BIG", "S"]);
    assert_eq!(shown[1]["queries"][0]["id"], *query);
    assert_eq!(shown[1]["queries"][0]["state"], "RUNNING");
    let topics: Vec<_> = shown[2]["topics"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(topics.contains(&topic.as_str()) && !topics.iter().any(|t| t.starts_with('_')), "{topics:?}");
    assert_eq!(shown[3]["sourceDescription"]["partitions"], 2);
    assert_eq!(shown[3]["sourceDescription"]["writeQueries"][0]["id"], *query);

    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains(&format!("millstream_query_records_out_total{{query=\"{query}\"}} 2")), "{metrics}");
    let lag = format!("millstream_query_lag_records{{query=\"{query}\",topic=\"{topic}\"}} 0");
    assert!(metrics.contains(&lag) && metrics.contains(&format!("lag_seconds{{query=\"{query}\"}} 0\n")), "{metrics}");
    let epochs = metrics.lines().find_map(|l| l.strip_prefix("millstream_query_epoch_seconds_total{")).unwrap();
    assert!(epochs.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 0.0, "{metrics}");

    let ended = server.ksql(&format!("TERMINATE {query}; DROP STREAM BIG DELETE TOPIC; DROP STREAM S;")).await;
    assert_eq!(ended[0]["commandStatus"]["message"], "Query terminated.");
    assert_eq!(service.admin().topic(&format!("{topic}-big")).unwrap(), None);
    assert!(service.admin().topic(&topic).unwrap().is_some());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_wrong_request_is_done() {
    let Some(broker) = bootstrap("nothing_of_a_wrong_request_is_done") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("t");
    let create = format!("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);");
    let check = async |sql: &str, status: u16, code: u64, part: &str| {
        let (got, body) = server.try_ksql(json!({"ksql": sql})).await;
        assert_eq!((got.as_u16(), body["error_code"].as_u64()), (status, Some(code)), "{sql}\n{body:#}");
        assert!(body["message"].as_str().unwrap().contains(part), "{sql}\n{body:#}");
        body
    };
    let sql = format!("{create}\nCREATE STREAM O AS SELECT X FROM S;");
    let body = check(&sql, 400, 40001, "SELECT column 'X' cannot be resolved.").await;
    assert_eq!(body["statementText"], "CREATE STREAM O AS SELECT X FROM S;");
    assert_eq!(body["diagnostics"][0]["line"], 2);
    assert_eq!(
        body["diagnostics"][0]["caret"], "CREATE STREAM O AS SELECT X FROM S;\n                          ^",
        "{body:#}"
    );
    check(&format!("{create} SELECT * FROM S EMIT CHANGES;"), 400, 40002, "'/query':\n\t* PRINT").await;
    check("CREATE STRAEM", 400, 40001, "line 1:").await;
    assert_eq!(service.admin().topic(&topic).unwrap(), None);
    assert_eq!(server.ksql("SHOW STREAMS;").await[0]["streams"], json!([]));

    let (status, body) = server.try_ksql(json!({"ksql": "SHOW STREAMS;", "streamsProperties": {"no.such": "1"}})).await;
    assert_eq!((status.as_u16(), body["error_code"].as_u64()), (400, Some(40000)), "{body}");
    let (status, body) = server.try_ksql(json!({"ksql": "SHOW STREAMS;", "commandSequenceNumber": 1000})).await;
    assert_eq!((status.as_u16(), body["error_code"].as_u64()), (503, Some(50301)), "{body}");
    let (status, body) = server.try_ksql(json!({"x": 1})).await;
    assert_eq!((status.as_u16(), body["error_code"].as_u64()), (400, Some(40000)), "{body}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_endpoints() {
    let Some(broker) = bootstrap("small_endpoints") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let (status, info) = server.get("/info").await;
    assert_eq!(status, StatusCode::OK);
    assert!(info.contains(&format!(r#""ksqlServiceId":"{}","serverStatus":"RUNNING""#, service.id)), "{info}");
    assert!(info.contains(r#""version":"0.29.0","#), "ksqlDB's shell talks to none before 0.10: {info}");
    assert_eq!(server.get_over_http2("/info").await, info, "HTTP/2 without TLS on the same port");
    assert_eq!(server.get("/").await.0, StatusCode::TEMPORARY_REDIRECT);
    let (status, body) = server.get("/healthcheck").await;
    assert!(status == StatusCode::OK && body.contains(r#""isHealthy":true,"details""#), "{body}");
    assert_eq!(server.get("/nowhere").await, (StatusCode::NOT_FOUND, "Not Found".into()));
    let close = server.post("/close-query", None, &json!({"queryId": "x"})).await;
    assert_eq!(close.status(), StatusCode::BAD_REQUEST);
    assert!(service.admin().topic(&format!("{}ksql_processing_log", service.id)).unwrap().is_some());
    server.stop().await;
}
