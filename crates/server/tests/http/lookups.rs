//! Pull queries by key that come again with another key: what they answer is what they answered the first time.

use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

/// Keeps a query from being known by its text.
const ANEW: &str = " /* anew */";

/// Status, Content-Type, Transfer-Encoding and body, without the id of the query.
async fn answer(server: &TestServer, (path, accept): (&str, Option<&str>), sql: &str, props: &Value) -> [String; 4] {
    let body = match path {
        "/query" => json!({"ksql": sql, "streamsProperties": props}),
        _ => json!({"sql": sql, "properties": props}),
    };
    let response = server.post(path, accept, &body).await;
    let status = response.status().to_string();
    let header = |name| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (kind, transfer) = (header("content-type"), header("transfer-encoding"));
    let mut body = text(response).await.replace(ANEW, "");
    if let Some((before, id)) = body.split_once("\"queryId\":\"query_") {
        body = format!("{before}{}", id.split_once('"').unwrap().1);
    }
    [status, kind, transfer, body]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_is_answered_as_before() {
    let Some(broker) = bootstrap("what_comes_again_is_answered_as_before") else { return };
    let service = Service::new(broker);
    let server = service.start_with("a", &[("auto.offset.reset", "earliest")]).await.unwrap();
    for (table, ty, keys) in [
        ("T", "STRING", &["'a'", "'b'", "'it''s'", "'5'"][..]),
        ("I", "INT", &["7", "-7", "8"]),
        ("B", "BIGINT", &["7", "3000000000"]),
    ] {
        let topic = unique("keys");
        server
            .ksql(&format!(
                "CREATE STREAM F{table} (K {ty} KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);
                 CREATE SOURCE TABLE {table} (K {ty} PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');"
            ))
            .await;
        for (n, key) in keys.iter().enumerate() {
            server.ksql(&format!("INSERT INTO F{table} (K, N) VALUES ({key}, {n});")).await;
        }
    }
    let protobuf = "application/vnd.ksql.v1+protobuf";
    let forms = [
        ("/query", None),
        ("/query-stream", None),
        ("/query-stream", Some("application/json")),
        ("/query-stream", Some(protobuf)),
    ];
    let sets = [json!({}), json!({"auto.offset.reset": "earliest"}), json!({"millstream.dialect": "ksql"})];
    let mut rows = 0;
    for form in forms {
        for (shape, keys) in [
            ("SELECT * FROM T WHERE K = {}{};", &["'a'", "'b'", "'none'", "'it''s'", "'5'", "'a'", "5", "NULL"][..]),
            ("select n * 2 as m, 'x' as x, k from t where {} = k{}", &["'a'", "'b'"]),
            ("SELECT N, ROWTIME > 0 AS R FROM T WHERE `K` = {} LIMIT 1{};", &["'a'", "'b'"]),
            ("SELECT N FROM T WHERE K = {} AND N > 0{};", &["'a'", "'b'"]),
            ("SELECT COUNT(*) AS C FROM T WHERE K = {}{};", &["'a'", "'none'"]),
            ("SELECT N FROM T WHERE N = {}{};", &["0", "1"]),
            ("SELECT * FROM I WHERE K = {}{};", &["7", "8", "9", "-7", "007", "2147483648", "7.0", "'7'", "7"]),
            ("SELECT * FROM B WHERE K = {}{};", &["7", "3000000000", "8", "99999999999999999999", "7"]),
            ("SELECT * FROM NONE WHERE K = {}{};", &["'a'", "'b'"]),
        ] {
            for (props, key) in sets.iter().flat_map(|props| keys.iter().map(move |key| (props, key))) {
                let sql = |end: &str| shape.replacen("{}", key, 1).replacen("{}", end, 1);
                let (again, anew) = (sql(""), sql(ANEW));
                let again = answer(&server, form, &again, props).await;
                assert_eq!(again, answer(&server, form, &anew, props).await, "{form:?} {shape} {key} {props}");
                rows += usize::from(again[0].starts_with("200") && again[3].lines().count() > 1);
            }
        }
    }
    assert!(rows > 0, "nothing was ever found");
    // A table of that name over another topic has nothing of it.
    let other = unique("other");
    let row = async || answer(&server, forms[1], "SELECT N FROM T WHERE K = 'a';", &json!({})).await[3].lines().count();
    assert_eq!(row().await, 2);
    server.ksql("DROP TABLE T;").await;
    server
        .ksql(&format!(
            "CREATE SOURCE TABLE T (K STRING PRIMARY KEY, N INT)
                 WITH (KAFKA_TOPIC='{other}', VALUE_FORMAT='JSON', PARTITIONS=1);"
        ))
        .await;
    assert_eq!(row().await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_of_a_key_come_again() {
    let Some(broker) = bootstrap("windows_of_a_key_come_again") else { return };
    let service = Service::new(broker);
    let server = service.start_with("a", &[("auto.offset.reset", "earliest")]).await.unwrap();
    let (topic, window) = (unique("feed"), unique("window"));
    server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);
             CREATE TABLE W WITH (KAFKA_TOPIC='{window}') AS
                 SELECT K, SUM(N) AS N FROM S WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY K;"
        ))
        .await;
    // More windows of one key than are answered on the spot, and few of another.
    let rows: Vec<String> = (0..100).map(|i| format!("({}, 'many', {i})", 1000 * i)).collect();
    for row in rows.iter().map(String::as_str).chain(["(0, 'few', 1)", "(5000, 'few', 2)"]) {
        server.ksql(&format!("INSERT INTO S (ROWTIME, K, N) VALUES {row};")).await;
    }
    let count = async |key: &str, end: &str| {
        let sql = format!("SELECT WINDOWSTART, WINDOWEND, N FROM W WHERE K = '{key}'{end};");
        server.select(&sql, json!({})).await.all().await
    };
    for _ in 0..200 {
        if count("few", ANEW).await.len() == 2 && count("many", ANEW).await.len() == 100 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for _ in 0..3 {
        assert_eq!(count("few", "").await, [json!([0, 1000, 1]), json!([5000, 6000, 2])]);
        let many = count("many", "").await;
        assert_eq!((many.len(), &many), (100, &count("many", ANEW).await));
    }
    server.stop().await;
}
