//! Types, ALTER, OR REPLACE, PAUSE and RESUME, over restarts.

use std::time::Duration;

use hyper::StatusCode;
use millstream_engine::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::client::{Service, bootstrap, unique};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_query_goes_on_where_it_stopped_and_a_replaced_one_too() {
    let Some(broker) = bootstrap("a_paused_query_goes_on_where_it_stopped_and_a_replaced_one_too") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("paused");
    let out = format!("{topic}-o");
    let entities = server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
             SET 'auto.offset.reset' = 'earliest'; \
             CREATE STREAM O WITH (KAFKA_TOPIC='{out}') AS SELECT K, N FROM S;"
        ))
        .await;
    let id = entities[1]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    service.write(&topic, &[("a", r#"{"N":1}"#)]);
    assert_eq!(service.read(&out, 1), [r#"{"N":1}"#]);

    let paused = server.ksql(&format!("PAUSE {id};")).await;
    assert_eq!(paused[0]["commandStatus"]["message"], "Query paused.");
    let state =
        async |server: &crate::client::TestServer| server.ksql("SHOW QUERIES;").await[0]["queries"][0]["state"].clone();
    assert_eq!(state(&server).await, "PAUSED");
    service.write(&topic, &[("b", r#"{"N":2}"#)]);
    server.stop().await;

    // It stays paused over a restart, and nothing of it was read meanwhile.
    let server = service.start().await;
    assert_eq!(state(&server).await, "PAUSED");
    assert_eq!(service.read(&out, 1), [r#"{"N":1}"#]);
    let replace = format!(
        "CREATE OR REPLACE STREAM O WITH (KAFKA_TOPIC='{out}') AS SELECT K, N, N * 10 AS TEN FROM S WHERE N > 1;"
    );
    let replaced = server.ksql(&replace).await;
    assert_eq!(replaced[0]["commandStatus"]["queryId"], *id);
    server.ksql("RESUME ALL;").await;
    assert_eq!(state(&server).await, "RUNNING");
    assert_eq!(service.read(&out, 2), [r#"{"N":1}"#, r#"{"N":2,"TEN":20}"#]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn types_and_new_columns_are_the_same_after_a_restart() {
    let Some(broker) = bootstrap("types_and_new_columns_are_the_same_after_a_restart") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("typed");
    let sql = format!(
        "CREATE TYPE ADDRESS AS STRUCT<STREET STRING, NR INT>; \
         CREATE STREAM P (A ADDRESS) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
         CREATE STREAM ALL_OF_IT WITH (KAFKA_TOPIC='{topic}-o') AS SELECT * FROM P; \
         ALTER STREAM P ADD COLUMN B ARRAY<ADDRESS>; DROP TYPE ADDRESS; CREATE TYPE IF NOT EXISTS OTHER AS INT;"
    );
    let messages: Vec<Value> = server.ksql(&sql).await.iter().map(|e| e["commandStatus"]["message"].clone()).collect();
    assert_eq!(messages[3], "Stream P altered.");
    assert_eq!(messages[4], "Dropped type 'ADDRESS'");
    server.stop().await;
    let server = service.start().await;
    let shown = server.ksql("DESCRIBE P; DESCRIBE ALL_OF_IT; SHOW TYPES;").await;
    let names = |e: &Value| -> Vec<Value> {
        e["sourceDescription"]["fields"].as_array().unwrap().iter().map(|f| f["name"].clone()).collect()
    };
    assert_eq!(names(&shown[0]), [json!("A"), json!("B")]);
    assert_eq!(names(&shown[1]), [json!("A")]);
    assert_eq!(shown[2]["types"].as_object().unwrap().keys().collect::<Vec<_>>(), ["OTHER"]);
    let again = server.ksql("CREATE TYPE IF NOT EXISTS OTHER AS STRING; DROP TYPE IF EXISTS NOPE;").await;
    assert_eq!(again[0]["@type"], "warning_entity");
    assert_eq!(again[0]["message"], "OTHER is already registered with type INTEGER");
    assert_eq!(again[1]["message"], "Type 'NOPE' does not exist");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_gone_from_what_is_kept() {
    let Some(broker) = bootstrap("variables_are_gone_from_what_is_kept") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("var");
    let body = json!({
        "ksql": "CREATE STREAM ${name} (N INT) WITH (KAFKA_TOPIC='${topic}', VALUE_FORMAT='JSON', PARTITIONS=1);",
        "sessionVariables": {"name": "CHOSEN", "topic": topic}
    });
    let (status, answer) = server.try_ksql(body).await;
    assert_eq!(status.as_u16(), 200, "{answer:#}");
    server.stop().await;
    let server = service.start().await;
    let streams = server.ksql("SHOW STREAMS;").await;
    assert_eq!(streams[0]["streams"][0]["name"], "CHOSEN");
    assert_eq!(streams[0]["streams"][0]["topic"], *topic);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latest_means_after_the_statement() {
    let Some(broker) = bootstrap("latest_means_after_the_statement") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("latest");
    server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
             INSERT INTO S VALUES ('before', 1);"
        ))
        .await;
    // The query has not joined its group yet when the records come.
    server
        .ksql(&format!(
            "CREATE STREAM O WITH (KAFKA_TOPIC='{topic}-o') AS SELECT K, N FROM S; INSERT INTO S VALUES ('after', 2);"
        ))
        .await;
    assert_eq!(service.read(&format!("{topic}-o"), 1), [r#"{"N":2}"#]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_queries_feed_a_stream() {
    let Some(broker) = bootstrap("two_queries_feed_a_stream") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("fed");
    let create = |name: &str| {
        format!(
            "CREATE STREAM {name} (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}-{name}', VALUE_FORMAT='JSON', PARTITIONS=1);"
        )
    };
    let sql = format!(
        "{} {} {} INSERT INTO O SELECT * FROM A; INSERT INTO O WITH (QUERY_ID='b_to_o') SELECT K, N * 10 AS N FROM B; \
         INSERT INTO A VALUES ('a', 1); INSERT INTO B VALUES ('b', 2);",
        create("A"),
        create("B"),
        create("O")
    );
    let entities = server.ksql(&sql).await;
    assert_eq!(entities[3]["commandId"], "stream/`O`/create");
    let first = format!("INSERTQUERY_{}", entities[3]["commandSequenceNumber"]);
    assert_eq!(entities[3]["commandStatus"]["queryId"], *first);
    assert_eq!(entities[4]["commandStatus"]["queryId"], "B_TO_O");
    let mut values = service.read(&format!("{topic}-O"), 2);
    values.sort();
    assert_eq!(values, [r#"{"N":1}"#, r#"{"N":20}"#]);
    let described = server.ksql("DESCRIBE O; DESCRIBE A;").await;
    assert_eq!(described[0]["sourceDescription"]["writeQueries"].as_array().unwrap().len(), 2);
    assert_eq!(described[1]["sourceDescription"]["readQueries"][0]["id"], *first);
    let (status, body) = server.try_ksql(json!({"ksql": "DROP STREAM O;"})).await;
    assert_eq!(status.as_u16(), 400);
    assert!(body["message"].as_str().unwrap().contains("You need to terminate them before dropping O."), "{body:#}");
    server.ksql("TERMINATE ALL; DROP STREAM O;").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_has_the_clients_and_the_epochs_that_its_request_has_set() {
    let Some(broker) = bootstrap("a_query_has_the_clients_and_the_epochs_that_its_request_has_set") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let s = unique("epochs");
    let o = format!("{s}-o");
    let sql = format!(
        "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{s}', VALUE_FORMAT='JSON', PARTITIONS=1); \
         SET 'auto.offset.reset' = 'earliest'; SET 'ksql.streams.commit.interval.ms' = '3000'; \
         SET 'ksql.streams.producer.linger.ms' = '1'; SET 'consumer.max.poll.records' = '1'; \
         CREATE STREAM O WITH (KAFKA_TOPIC='{o}') AS SELECT * FROM S; \
         INSERT INTO S (K, N) VALUES ('a', 1); INSERT INTO S (K, N) VALUES ('b', 2);"
    );
    server.ksql(&sql).await;
    let clock = SystemClock::new();
    let earliest = json!({"auto.offset.reset": "earliest"});
    let rows = server.select("SELECT N FROM O EMIT CHANGES LIMIT 2;", earliest).await.all().await;
    assert!(rows.iter().any(|row| row.to_string().contains('2')), "{rows:?}");
    assert!(clock.monotonic() > Duration::from_millis(1_500), "nothing is seen before the epoch ends");
    let query = server.ksql("SHOW QUERIES;").await[0]["queries"][0]["id"].as_str().unwrap().to_owned();
    let described = server.ksql(&format!("EXPLAIN {query};")).await;
    let overridden = &described[0]["queryDescription"]["overriddenProperties"];
    assert_eq!(overridden["producer.linger.ms"], "1");
    assert_eq!(overridden["consumer.max.poll.records"], "1");
    for (sql, part) in [
        ("SET 'acks' = '0';", "Invalid value 0 for configuration acks: results are written idempotently"),
        ("SET 'linger.ms' = 'soon';", "Invalid value soon for configuration linger.ms"),
        ("SET 'sasl.jaas.config' = 'hush';", "Cannot override property 'sasl.jaas.config'"),
        ("SET 'lingr.ms' = '1';", "Unknown property: lingr.ms"),
    ] {
        let (status, answer) = server.try_ksql(json!({"ksql": sql})).await;
        assert!(status == StatusCode::BAD_REQUEST && answer["message"].as_str().unwrap().contains(part), "{answer}");
    }
    let own = json!({"auto.offset.reset": "earliest", "fetch.max.wait.ms": 10, "consumer.client.id": "me"});
    let rows = server.select("SELECT N FROM O EMIT CHANGES LIMIT 1;", own).await.all().await;
    assert!(!rows.is_empty());
    server.ksql(&format!("TERMINATE {query};")).await;
    server.stop().await;
}
