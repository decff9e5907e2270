//! Queries that keep state: counts go on over restarts and replacements, joins find each other over partitions, and nothing
//! is left of a query that is dropped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, unique};

/// A server with a stream of clicks over two partitions.
async fn with_clicks(service: &Service) -> (TestServer, String) {
    let server = service.start().await;
    let topic = unique("clicks");
    server
        .ksql(&format!(
            "CREATE STREAM CLICKS (U STRING KEY, PAGE STRING, N INT) \
             WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);"
        ))
        .await;
    (server, topic)
}

async fn create(server: &TestServer, sql: &str) -> Value {
    let body = json!({"ksql": sql, "streamsProperties": {"auto.offset.reset": "earliest"}});
    let (status, answer) = server.try_ksql(body).await;
    assert_eq!(status.as_u16(), 200, "{answer:#}");
    answer
}

/// The last value that a topic has for each of these keys, once it has `count` records.
fn latest(service: &Service, topic: &str, count: usize) -> Vec<String> {
    let mut all = service.read(topic, count);
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_go_on_over_restarts_and_replacements() {
    let Some(broker) = bootstrap("counts_go_on_over_restarts_and_replacements") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_clicks(&service).await;
    let out = format!("{topic}-pages");
    let query = |condition: &str| {
        format!(
            "CREATE OR REPLACE TABLE PAGES WITH (KAFKA_TOPIC='{out}') AS \
             SELECT PAGE, COUNT(*) AS C, SUM(N) AS S FROM CLICKS {condition} GROUP BY PAGE;"
        )
    };
    create(&server, &query("")).await;
    service.write(&topic, &[("a", r#"{"PAGE":"x","N":1}"#), ("b", r#"{"PAGE":"x","N":2}"#)]);
    let first = latest(&service, &out, 2);
    assert!(first.contains(&r#"{"C":2,"S":3}"#.to_owned()), "{first:?}");
    server.stop().await;

    service.write(&topic, &[("c", r#"{"PAGE":"x","N":10}"#)]);
    let server = service.start().await;
    assert!(latest(&service, &out, 3).contains(&r#"{"C":3,"S":13}"#.to_owned()));

    // Replaced in place: what was counted stays, what comes is counted by the new condition.
    create(&server, &query("WHERE N < 100")).await;
    service.write(&topic, &[("d", r#"{"PAGE":"x","N":1000}"#), ("d", r#"{"PAGE":"x","N":20}"#)]);
    assert!(latest(&service, &out, 4).contains(&r#"{"C":4,"S":33}"#.to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_meet_over_partitions_and_leave_nothing_behind() {
    let Some(broker) = bootstrap("joins_meet_over_partitions_and_leave_nothing_behind") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_clicks(&service).await;
    let (pages, out) = (unique("pages"), format!("{topic}-joined"));
    create(
        &server,
        &format!(
            "CREATE TABLE PAGES (PAGE STRING PRIMARY KEY, TITLE STRING) \
             WITH (KAFKA_TOPIC='{pages}', VALUE_FORMAT='JSON', PARTITIONS=2);"
        ),
    )
    .await;
    for page in ["x", "y", "z"] {
        service.write(&pages, &[(page, &format!(r#"{{"TITLE":"page {page}"}}"#))]);
    }
    let created = create(
        &server,
        &format!(
            "CREATE STREAM JOINED WITH (KAFKA_TOPIC='{out}') AS SELECT C.PAGE, U, TITLE FROM CLICKS C \
             LEFT JOIN PAGES P ON C.PAGE = P.PAGE;"
        ),
    )
    .await;
    let id = created[0]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    // The table has been read by the time that the clicks come.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let users = ["a", "b", "c", "d", "e", "f"];
    for (user, page) in users.into_iter().zip(["x", "y", "z", "x", "y", "?"]) {
        service.write(&topic, &[(user, &format!(r#"{{"PAGE":"{page}","N":1}}"#))]);
    }
    let expected = [
        r#"{"U":"a","TITLE":"page x"}"#,
        r#"{"U":"b","TITLE":"page y"}"#,
        r#"{"U":"c","TITLE":"page z"}"#,
        r#"{"U":"d","TITLE":"page x"}"#,
        r#"{"U":"e","TITLE":"page y"}"#,
        r#"{"U":"f","TITLE":null}"#,
    ];
    assert_eq!(latest(&service, &out, 6), expected);

    let own = |service: &Service| -> Vec<String> {
        let topics = service.admin().topics().unwrap().into_iter().map(|t| t.name);
        topics.filter(|name| name.contains(&service.id) && name.contains(&id)).collect()
    };
    assert_eq!(own(&service).len(), 2, "a repartition topic and a changelog: {:?}", own(&service));
    server.ksql("DROP STREAM JOINED;").await;
    for _ in 0..100 {
        if own(&service).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(own(&service), [""; 0]);
    server.stop().await;
}
