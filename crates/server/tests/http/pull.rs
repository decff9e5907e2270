//! SELECTs over tables that end: from the tables' rows, in all forms.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

const NO_ROWS: [Value; 0] = [];

/// A server with a table of three rows, one of them changed, over a topic of two partitions.
async fn with_table(service: &Service) -> (TestServer, String) {
    let server = service.start().await;
    let topic = unique("table");
    server
        .ksql(&format!(
            "CREATE STREAM FEED (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);
             CREATE SOURCE TABLE T (K STRING PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');"
        ))
        .await;
    service.write(&topic, &[("a", r#"{"N":1}"#), ("bad", "{"), ("b", r#"{"N":2}"#), ("a", r#"{"N":3}"#)]);
    (server, topic)
}

async fn rows(server: &TestServer, sql: &str) -> Vec<Value> {
    server.select(sql, json!({})).await.all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_asked_for_their_rows() {
    let Some(broker) = bootstrap("tables_are_asked_for_their_rows") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_table(&service).await;
    assert_eq!(rows(&server, "SELECT * FROM T WHERE K = 'a';").await, [json!(["a", 3])]);
    assert_eq!(rows(&server, "SELECT N * 2 AS M, K FROM T WHERE N > 2;").await, [json!([6, "a"])]);
    assert_eq!(rows(&server, "SELECT * FROM T;").await, [json!(["a", 3]), json!(["b", 2])]);
    assert_eq!(rows(&server, "SELECT K FROM T LIMIT 1;").await, [json!(["a"])]);
    assert_eq!(rows(&server, "SELECT K FROM T LIMIT 0;").await, NO_ROWS);
    assert_eq!(rows(&server, "SELECT * FROM T WHERE K = 'none';").await, NO_ROWS);
    // What the server itself wrote before a question is in its answer, every time.
    for n in 0..20 {
        server.ksql(&format!("INSERT INTO FEED (K, N) VALUES ('a', {n});")).await;
        assert_eq!(rows(&server, "SELECT N FROM T WHERE K = 'a';").await, [json!([n])]);
    }
    // What others wrote is in it if it says so, and else soon.
    for n in 0..20 {
        service.write(&topic, &[("c", &format!(r#"{{"N":{n}}}"#))]);
        let at_once = json!({ "millstream.pull.max.staleness.ms": 0 });
        let sql = "SELECT * FROM T WHERE K >= 'b';";
        assert_eq!(server.select(sql, at_once).await.all().await, [json!(["b", 2]), json!(["c", n])]);
    }
    service.write(&topic, &[("c", r#"{"N":70}"#)]);
    while rows(&server, "SELECT N FROM T WHERE K = 'c';").await != [json!([70])] {}

    // A table of that name over another topic has nothing of it.
    server.ksql("DROP TABLE T;").await;
    let other = unique("other");
    server
        .ksql(&format!(
            "CREATE STREAM OTHER (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{other}', VALUE_FORMAT='JSON', PARTITIONS=1);
             CREATE SOURCE TABLE T (K STRING PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='{other}', VALUE_FORMAT='JSON');"
        ))
        .await;
    assert_eq!(rows(&server, "SELECT * FROM T;").await, NO_ROWS);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_pull_queries_have_ksqldbs_forms() {
    let Some(broker) = bootstrap("answers_of_pull_queries_have_ksqldbs_forms") else { return };
    let service = Service::new(broker);
    let (server, _) = with_table(&service).await;
    let sql = "SELECT N, K FROM T WHERE K IN ('a', 'b');";
    let post = async |path: &str, accept: Option<&str>| {
        let body = if path == "/query" { json!({"ksql": sql}) } else { json!({"sql": sql}) };
        let response = server.post(path, accept, &body).await;
        assert_eq!(response.status(), StatusCode::OK);
        text(response).await
    };
    for (path, accept) in [("/query", None), ("/query-stream", Some("application/vnd.ksql.v1+json"))] {
        let body = post(path, accept).await;
        let (header, rest) = body.split_once(",\n").unwrap();
        let header: Value = serde_json::from_str(header.strip_prefix('[').unwrap()).unwrap();
        assert_eq!(header["header"]["schema"], "`N` INTEGER, `K` STRING KEY");
        assert!(header["header"]["queryId"].as_str().unwrap().starts_with("query_"), "{header}");
        assert_eq!(rest, "{\"row\":{\"columns\":[3,\"a\"]}},\n{\"row\":{\"columns\":[2,\"b\"]}}]");
    }
    let body = post("/query-stream", None).await;
    let lines: Vec<&str> = body.lines().collect();
    assert_eq!(lines[1..], ["[3,\"a\"]", "[2,\"b\"]"]);
    assert_eq!(serde_json::from_str::<Value>(lines[0]).unwrap()["columnTypes"], json!(["INTEGER", "STRING"]));
    let body: Value = serde_json::from_str(&post("/query-stream", Some("application/json")).await).unwrap();
    assert_eq!(body.as_array().unwrap()[1..], [json!([3, "a"]), json!([2, "b"])]);
    // They are no push queries: nothing of them is listed.
    assert_eq!(server.ksql("SHOW QUERIES;").await[0]["queries"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_queries_are_refused_in_ksqldbs_words() {
    let Some(broker) = bootstrap("pull_queries_are_refused_in_ksqldbs_words") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_table(&service).await;
    let plain =
        format!("CREATE TABLE P (K STRING PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');");
    server.ksql(&plain).await;
    let refused = async |sql: &str, properties: Value, part: &str| {
        let response = server.post("/query", None, &json!({"ksql": sql, "streamsProperties": properties})).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{sql}");
        let error: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!((&error["@type"], &error["error_code"]), (&json!("statement_error"), &json!(40001)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    };
    refused("SELECT * FROM P;", json!({}), "The `P` table isn't queryable.").await;
    refused(
        "SELECT * FROM T GROUP BY K;",
        json!({"millstream.dialect": "ksql"}),
        "Pull queries don't support GROUP BY",
    )
    .await;
    let off = json!({"ksql.query.pull.table.scan.enabled": false});
    refused("SELECT * FROM T WHERE N = 1;", off, "WHERE clause missing key column for disjunct: (N = 1)").await;
    refused("SELECT *, ROWOFFSET FROM T;", json!({}), "don't support the following columns").await;
    let (status, error) = server.try_ksql(json!({"ksql": "SELECT * FROM T;"})).await;
    assert_eq!((status, &error["error_code"]), (StatusCode::BAD_REQUEST, &json!(40002)));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_beyond_the_bound_is_not_kept() {
    let Some(broker) = bootstrap("a_table_beyond_the_bound_is_not_kept") else { return };
    let service = Service::new(broker);
    let (server, _) = with_table(&service).await;
    server.stop().await;
    let server = service.start_with("b", &[("millstream.view.max.bytes", "100")]).await.unwrap();
    let response = server.post("/query-stream", None, &json!({"sql": "SELECT * FROM T;"})).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let error = text(response).await;
    assert!(error.contains("millstream.view.max.bytes"), "{error}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_queries_are_asked_for_their_rows() {
    let Some(broker) = bootstrap("tables_of_queries_are_asked_for_their_rows") else { return };
    let service = Service::new(broker);
    let server = service.start_with("a", &[("auto.offset.reset", "earliest")]).await.unwrap();
    let (topic, count, window) = (unique("feed"), unique("count"), unique("window"));
    server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=3);
             CREATE TABLE C WITH (KAFKA_TOPIC='{count}') AS SELECT N, COUNT(*) AS C FROM S GROUP BY N;
             CREATE TABLE W WITH (KAFKA_TOPIC='{window}') AS
                 SELECT K, SUM(N) AS N FROM S WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY K;"
        ))
        .await;
    for (time, key, n) in [(500, "a", 1), (1000, "b", 2), (61_000, "a", 2), (62_000, "a", 3)] {
        server.ksql(&format!("INSERT INTO S (ROWTIME, K, N) VALUES ({time}, '{key}', {n});")).await;
    }
    // What was inserted is in the table as soon as its query has committed.
    let mut found = Vec::new();
    for _ in 0..100 {
        found = rows(&server, "SELECT C, N FROM C WHERE N IN (2, 3, 9);").await;
        if found == [json!([2, 2]), json!([1, 3])] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(found, [json!([2, 2]), json!([1, 3])]);
    let a = "SELECT WINDOWSTART, WINDOWEND, N, ROWTIME FROM W WHERE K = 'a'";
    for _ in 0..100 {
        found = rows(&server, &format!("{a};")).await;
        if found.len() == 2 && found[1][2] == 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(found, [json!([0, 60_000, 1, 500]), json!([60_000, 120_000, 5, 62_000])]);
    let later = format!("{a} AND WINDOWSTART >= '1970-01-01T00:01';");
    assert_eq!(rows(&server, &later).await, [json!([60_000, 120_000, 5, 62_000])]);
    // Another server of the service answers the same.
    let other = service.try_start("b").await.unwrap();
    assert_eq!(rows(&other, &later).await, [json!([60_000, 120_000, 5, 62_000])]);
    other.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_counted_and_put_in_order() {
    let Some(broker) = bootstrap("tables_are_counted_and_put_in_order") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_table(&service).await;
    service.write(&topic, &[("c", r#"{"N":3}"#), ("d", "{}")]);
    for (sql, expected) in [
        ("SELECT K FROM T ORDER BY N DESC NULLS LAST, K;", json!([["a"], ["c"], ["b"], ["d"]])),
        ("SELECT K, N FROM T ORDER BY 2 LIMIT 2 OFFSET 1;", json!([["a", 3], ["c", 3]])),
        ("SELECT K FROM T LIMIT 2 OFFSET 2;", json!([["c"], ["d"]])),
        ("SELECT COUNT(*) AS C, SUM(N) AS S FROM T;", json!([[4, 8]])),
        (
            "SELECT N, COUNT(*) AS C FROM T WHERE K <> 'x' GROUP BY N ORDER BY C DESC, N;",
            json!([[3, 2], [2, 1], [null, 1]]),
        ),
        ("SELECT N FROM T GROUP BY N HAVING COUNT(*) = 1 ORDER BY N;", json!([[2], [null]])),
        (
            "SELECT K FROM T WHERE K = 'a' UNION ALL SELECT K FROM T WHERE K > 'b' ORDER BY K DESC;",
            json!([["d"], ["c"], ["a"]]),
        ),
    ] {
        assert_eq!(json!(rows(&server, sql).await), expected, "{sql}");
    }
    server.stop().await;
}
