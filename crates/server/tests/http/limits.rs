//! What a server refuses: what nobody accepts, what is too much, what other origins ask; and what all its answers have.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

/// A server with a stream of one row.
async fn with_stream(service: &Service, properties: &[(&str, &str)]) -> TestServer {
    let server = service.start_with("a", properties).await.unwrap();
    let topic = unique("limited");
    server
        .ksql(&format!("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"))
        .await;
    service.write(&topic, &[("a", r#"{"N":1}"#)]);
    server
}

fn refused(body: &str) -> (u64, String) {
    let error: Value = serde_json::from_str(body).unwrap();
    (error["error_code"].as_u64().unwrap(), error["message"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_accepts_is_not_sent() {
    let Some(broker) = bootstrap("what_nobody_accepts_is_not_sent") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let body = json!({"ksql": "CREATE TYPE NEVER AS STRUCT<A INT>;"});
    for accept in ["text/html", "application/json;q=0", "application/vnd.ksql.v1+protobuf"] {
        let answer = server.post("/ksql", Some(accept), &body).await;
        assert_eq!(
            (answer.status(), text(answer).await.as_str()),
            (StatusCode::NOT_ACCEPTABLE, "Not Acceptable"),
            "{accept}"
        );
    }
    assert_eq!(server.ksql("SHOW TYPES;").await[0]["types"], json!({}), "nothing was done");
    for accept in ["application/vnd.ksql.v1+json", "text/html, */*;q=0.1"] {
        let answer = server.post("/ksql", Some(accept), &json!({"ksql": "SHOW STREAMS;"})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{accept}");
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_as_protobuf() {
    let Some(broker) = bootstrap("rows_as_protobuf") else { return };
    let service = Service::new(broker);
    let server = with_stream(&service, &[]).await;
    let accept = "application/vnd.ksql.v1+protobuf";
    for (path, field, properties) in [("/query", "ksql", "streamsProperties"), ("/query-stream", "sql", "properties")] {
        let body = json!({field: "SELECT N, 'x' AS X FROM S EMIT CHANGES LIMIT 1;", properties: {"auto.offset.reset": "earliest"}});
        let answer = server.post(path, Some(accept), &body).await;
        assert_eq!((answer.status(), answer.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, accept));
        let rows: Vec<Value> = serde_json::from_str(&text(answer).await).unwrap();
        let schema = "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int32 N = 1;\n  string X = 2;\n}\n";
        assert_eq!(rows[0]["header"]["protoSchema"], schema);
        assert_eq!(
            rows[1..],
            [json!({"row": {"protobufBytes": "CAESAXg="}}), json!({"finalMessage": "Limit Reached"})]
        );
    }
    let map = json!({"sql": "SELECT AS_MAP(ARRAY['a'], ARRAY[N]) AS M, MAP(1 := N) AS W FROM S;"});
    let answer = server.post("/query-stream", Some(accept), &map).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(text(answer).await.contains("STRING keys"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused() {
    let Some(broker) = bootstrap("what_is_too_much_is_refused") else { return };
    let service = Service::new(broker);
    let limits = [
        ("ksql.server.command.topic.rate.limit", "0.001"),
        ("ksql.server.command.topic.rate.limit.timeout.ms", "0"),
        ("ksql.max.push.queries", "1"),
        ("ksql.query.pull.max.qps", "1"),
    ];
    let server = with_stream(&service, &limits).await;
    let (status, body) = server.try_ksql(json!({"ksql": "CREATE TYPE T AS STRUCT<A INT>;"})).await;
    assert_eq!((status.as_u16(), body["error_code"].as_u64()), (429, Some(42900)), "{body:#}");
    assert_eq!(server.ksql("SHOW TYPES;").await[0]["types"], json!({}), "questions are not limited");

    let push = "SELECT * FROM S EMIT CHANGES;";
    let running = server.select(push, json!({})).await;
    let second = server.post("/query-stream", None, &json!({"sql": push})).await;
    assert_eq!(second.status(), StatusCode::BAD_REQUEST);
    let (code, message) = refused(&text(second).await);
    assert!(code == 40003 && message.starts_with("Maximum number of push queries exceeded"), "{code} {message}");
    let id = running.header["queryId"].clone();
    assert_eq!(server.post("/close-query", None, &json!({"queryId": id})).await.status(), StatusCode::OK);
    assert!(running.all().await.is_empty());

    let pull = json!({"sql": "SELECT * FROM S;"});
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(server.post("/query-stream", None, &pull).await.status().as_u16());
    }
    assert!(codes.contains(&200) && codes.contains(&429), "{codes:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_and_headers_for_all() {
    let Some(broker) = bootstrap("other_origins_and_headers_for_all") else { return };
    let service = Service::new(broker);
    let properties = [
        ("access.control.allow.origin", "https://ksql.example"),
        ("access.control.allow.methods", "GET,POST"),
        ("response.http.headers.config", "\"set Cache-Control: no-cache, no-store\",add X-Frame-Options: DENY"),
    ];
    let server = service.start_with("a", &properties).await.unwrap();
    let ask = async |method: &str, origin: &str, more: &str| {
        let request =
            format!("{method} /info HTTP/1.1\r\nHost: t\r\nConnection: close\r\nOrigin: {origin}\r\n{more}\r\n");
        server.raw(&request).await.to_lowercase()
    };
    let own = ask("GET", "https://ksql.example", "").await;
    assert!(
        own.starts_with("http/1.1 200 ") && own.contains("access-control-allow-origin: https://ksql.example\r\n"),
        "{own}"
    );
    assert!(
        own.contains("cache-control: no-cache, no-store\r\n") && own.contains("x-frame-options: deny\r\n"),
        "{own}"
    );
    let before = ask("OPTIONS", "https://ksql.example", "Access-Control-Request-Method: POST\r\n").await;
    assert!(
        before.starts_with("http/1.1 204 ") && before.contains("access-control-allow-methods: get,post\r\n"),
        "{before}"
    );
    let other = ask("GET", "https://registry", "").await;
    assert!(other.starts_with("http/1.1 403 ") && other.contains("x-frame-options: deny\r\n"), "{other}");
    assert!(service.start_with("b", &[("response.http.headers.config", "nonsense")]).await.is_err());
    server.stop().await;
}
