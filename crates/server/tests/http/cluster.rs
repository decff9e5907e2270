//! Servers that watch each other: who is there, who lives, what each has and how far that is.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

const WATCH: [(&str, &str); 4] = [
    ("ksql.heartbeat.enable", "true"),
    ("ksql.heartbeat.discover.interval.ms", "200"),
    ("ksql.lag.reporting.enable", "true"),
    ("ksql.lag.reporting.send.interval.ms", "200"),
];

/// What a server says of all, once that is as wanted.
async fn status(server: &TestServer, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut told = Value::Null;
    for _ in 0..300 {
        let (status, body) = server.get("/clusterStatus").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        told = serde_json::from_str::<Value>(&body).unwrap()["clusterStatus"].take();
        if wanted(&told) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: {told:#}")
}

/// Partitions of a topic that a server has of a query.
fn partitions(of_host: &Value, query: &str, topic: &str) -> Vec<i64> {
    listed(&of_host["activeStandbyPerQuery"][query]["activePartitions"], topic)
}

/// Those of a list that are of a topic.
fn listed(partitions: &Value, topic: &str) -> Vec<i64> {
    let all = partitions.as_array().cloned().unwrap_or_default();
    all.iter().filter(|p| p["topic"] == topic).map(|p| p["partition"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_know_each_other_and_notice_who_dies() {
    let Some(broker) = bootstrap("servers_know_each_other_and_notice_who_dies") else { return };
    let service = Service::new(broker);
    let (a, b) = (service.start_with("a", &WATCH).await.unwrap(), service.start_with("b", &WATCH).await.unwrap());
    let topic = unique("watched");
    a.ksql(&format!(
        "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=4);"
    ))
    .await;
    let count = format!("CREATE TABLE C WITH (KAFKA_TOPIC='{topic}-c') AS SELECT K, COUNT(*) AS N FROM S GROUP BY K;");
    let (_, created) = a.try_ksql(json!({"ksql": count, "streamsProperties": {"auto.offset.reset": "earliest"}})).await;
    let query = created[0]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", r#"{"N":2}"#), ("a", r#"{"N":3}"#)]);
    assert!(!service.read(&format!("{topic}-c"), 1).is_empty());

    let (own, other) = (a.address.to_string(), b.address.to_string());
    let store = format!("_confluent-ksql-{}query_{query}#0", service.id);
    for server in [&a, &b] {
        let told = status(server, "both live and share the work", |told| {
            [&own, &other].iter().all(|host| {
                let lags = &told[host.as_str()]["hostStoreLags"]["stateStoreLags"][&store];
                told[host.as_str()]["hostAlive"] == true
                    && partitions(&told[host.as_str()], &query, &topic).len() == 2
                    && lags["size"] == 2
            })
        })
        .await;
        let mut all: Vec<i64> =
            [&own, &other].iter().flat_map(|host| partitions(&told[host.as_str()], &query, &topic)).collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3], "{told:#}");
        assert_eq!(told[&own]["activeStandbyPerQuery"][&query]["activeStores"], json!(["0"]));
        assert_eq!(told[&own]["activeStandbyPerQuery"][&query]["standByStores"], json!([]));
    }
    // What one has written of its state is in its changelog, all of it.
    let told = status(&a, "a state has no lag", |told| {
        let hosts = [&own, &other]
            .map(|host| told[host.as_str()]["hostStoreLags"]["stateStoreLags"][&store]["lagByPartition"].clone());
        let lags: Vec<Value> = hosts.iter().flat_map(|host| host.as_object().unwrap().values().cloned()).collect();
        lags.len() == 4
            && lags.iter().all(|lag| lag["offsetLag"] == 0)
            && lags.iter().any(|lag| lag["endOffsetPosition"].as_i64() > Some(0))
    })
    .await;
    assert_eq!(told.as_object().unwrap().len(), 2);

    b.stop().await;
    // Two seconds, the window: what is older does not count.
    let dead = status(&a, "b is dead", |told| told[&other]["hostAlive"] == false && told[&own]["hostAlive"] == true);
    tokio::time::timeout(Duration::from_secs(2), dead).await.unwrap();
    status(&a, "a has all of it", |told| partitions(&told[&own], &query, &topic).len() == 4).await;
    a.ksql("DROP TABLE C; DROP STREAM S;").await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standbys_are_told_of_with_their_lags() {
    let Some(broker) = bootstrap("standbys_are_told_of_with_their_lags") else { return };
    let service = Service::new(broker);
    let mut properties = WATCH.to_vec();
    properties.extend([("ksql.streams.num.standby.replicas", "1"), ("auto.offset.reset", "earliest")]);
    let (a, b) =
        (service.start_with("a", &properties).await.unwrap(), service.start_with("b", &properties).await.unwrap());
    let topic = unique("followed");
    a.ksql(&format!(
        "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=4);"
    ))
    .await;
    let count = format!("CREATE TABLE C WITH (KAFKA_TOPIC='{topic}-c') AS SELECT K, COUNT(*) AS N FROM S GROUP BY K;");
    let created = a.ksql(&count).await;
    let query = created[0]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", r#"{"N":2}"#), ("a", r#"{"N":3}"#)]);

    let (own, other) = (a.address.to_string(), b.address.to_string());
    let store = format!("_confluent-ksql-{}query_{query}#0", service.id);
    for server in [&a, &b] {
        let told = status(server, "each follows what the other one has, and is where that is", |told| {
            [(&own, &other), (&other, &own)].iter().all(|(host, peer)| {
                let of_query = &told[host.as_str()]["activeStandbyPerQuery"][&query];
                let followed = listed(&of_query["standByPartitions"], &topic);
                let lags = &told[host.as_str()]["hostStoreLags"]["stateStoreLags"][&store];
                let by_partition = lags["lagByPartition"].as_object().cloned().unwrap_or_default();
                followed.len() == 2
                    && followed == partitions(&told[peer.as_str()], &query, &topic)
                    && of_query["standByStores"] == json!(["0"])
                    && lags["size"] == 4
                    && by_partition.values().all(|lag| lag["offsetLag"] == 0)
                    && by_partition.values().any(|lag| lag["endOffsetPosition"].as_i64() > Some(0))
            })
        })
        .await;
        assert_eq!(told.as_object().unwrap().len(), 2);
    }

    b.stop().await;
    let told = status(&a, "a has all of it and follows nothing", |told| {
        partitions(&told[&own], &query, &topic).len() == 4
            && told[&own]["activeStandbyPerQuery"][&query]["standByStores"] == json!([])
            && told[&other]["hostAlive"] == false
    })
    .await;
    assert_eq!(told[&other]["activeStandbyPerQuery"], json!({}), "what a dead server followed is of no use");
    a.ksql("DROP TABLE C; DROP STREAM S;").await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_servers_tell_each_other_has_its_own_door() {
    let Some(broker) = bootstrap("what_servers_tell_each_other_has_its_own_door") else { return };
    let service = Service::new(broker);
    let beat = json!({"hostInfo": "127.0.0.1:1", "timestamp": 1});
    let lag = json!({"ksqlHost": "127.0.0.1:1", "hostStoreLags": {"stateStoreLags": {}, "updateTimeMs": 1}});
    let server = service.start_with("a", &WATCH).await.unwrap();
    for (path, body) in [("/heartbeat", &beat), ("/lag", &lag)] {
        assert_eq!(text(server.post(path, None, body).await).await, r#"{"ok":true}"#);
        let wrong = server.post(path, None, &json!({"hostInfo": "x", "ksqlHost": "x", "hostStoreLags": {}})).await;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    }
    server.stop().await;

    let mut apart = WATCH.to_vec();
    apart.push(("ksql.internal.listener", "http://127.0.0.1:0"));
    let server = service.start_with("a", &apart).await.unwrap();
    let internal =
        r#"{"@type":"generic_error","error_code":40005,"message":"Can't call internal endpoint on public listener"}"#;
    for (path, body) in [("/heartbeat", &beat), ("/lag", &lag)] {
        let refused = server.post(path, None, body).await;
        assert_eq!((refused.status(), text(refused).await), (StatusCode::BAD_REQUEST, internal.to_owned()));
    }
    for (path, field) in [("/ksql", "ksql"), ("/query", "ksql"), ("/query-stream", "sql")] {
        let body = json!({field: "SHOW STREAMS;", "requestProperties": {"request.ksql.internal.request": true}});
        assert_eq!(text(server.post(path, None, &body).await).await, internal, "{path}");
    }
    server.stop().await;

    let server = service.start_with("a", &[]).await.unwrap();
    for (path, body) in [("/heartbeat", &beat), ("/lag", &lag)] {
        assert_eq!(server.post(path, None, body).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(server.get("/clusterStatus").await.0, StatusCode::NOT_FOUND);
    server.stop().await;
}
