//! Queries that keep state: counts go on over restarts and replacements, joins find each other over partitions, and nothing
//! is left of a query that is dropped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

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

/// Returns when a topic has this value so many times: how many others come before is for the epochs to say.
fn comes(service: &Service, topic: &str, value: &str, times: usize) {
    let mut count = times;
    loop {
        let all = service.read(topic, count);
        if all.iter().filter(|found| *found == value).count() >= times {
            return;
        }
        assert!(all.len() >= count, "{value} has not come {times} times: {all:?}");
        count = all.len() + 1;
    }
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
    comes(&service, &out, r#"{"C":2,"S":3}"#, 1);
    server.stop().await;

    service.write(&topic, &[("c", r#"{"PAGE":"x","N":10}"#)]);
    let server = service.start().await;
    comes(&service, &out, r#"{"C":3,"S":13}"#, 1);

    // Replaced in place: what was counted stays, what comes is counted by the new condition.
    create(&server, &query("WHERE N < 100")).await;
    service.write(&topic, &[("d", r#"{"PAGE":"x","N":1000}"#), ("d", r#"{"PAGE":"x","N":20}"#)]);
    comes(&service, &out, r#"{"C":4,"S":33}"#, 1);
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

/// The rows that a pull query gives, sorted.
async fn pull(server: &TestServer, sql: &str) -> Value {
    let body = text(server.post("/query-stream", None, &json!({"sql": sql})).await).await;
    let mut rows: Vec<&str> = body.lines().skip(1).collect();
    rows.sort_unstable();
    rows.into_iter().map(|row| serde_json::from_str::<Value>(row).unwrap()).collect()
}

/// Files below a server's data folder, by their names from there on.
fn files_of(service: &Service, server: &str, below: &str) -> Vec<std::path::PathBuf> {
    let mut folders = vec![service.data_dir(server).join(below)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_copied_and_found_again() {
    let Some(broker) = bootstrap("what_is_kept_is_copied_and_found_again") else { return };
    let service = Service::new(broker);
    let (server, topic) = with_clicks(&service).await;
    let out = format!("{topic}-users");
    let query = format!(
        "CREATE TABLE USERS WITH (KAFKA_TOPIC='{out}') AS SELECT U, COUNT(*) AS C, SUM(N) AS S FROM CLICKS GROUP BY U;"
    );
    create(&server, &query).await;
    service.write(&topic, &[("a", r#"{"PAGE":"x","N":1}"#), ("b", r#"{"PAGE":"x","N":2}"#)]);
    assert_eq!(latest(&service, &out, 2), [r#"{"C":1,"S":1}"#, r#"{"C":1,"S":2}"#]);
    server.stop().await;
    let copies = files_of(&service, "a", "state");
    assert!(
        !copies.is_empty() && copies.iter().all(|file| file.extension().is_some_and(|e| e == "copy")),
        "{copies:?}"
    );

    // From the copies, and what came after them.
    let server = service.start().await;
    service.write(&topic, &[("a", r#"{"PAGE":"x","N":10}"#), ("b", r#"{"PAGE":"x","N":10}"#)]);
    assert_eq!(latest(&service, &out, 4)[2..], [r#"{"C":2,"S":11}"#, r#"{"C":2,"S":12}"#]);
    server.stop().await;

    // Damaged ones are no worse than none.
    for file in files_of(&service, "a", "state") {
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    }
    let server = service.start().await;
    service.write(&topic, &[("a", r#"{"PAGE":"x","N":100}"#)]);
    assert!(latest(&service, &out, 5).contains(&r#"{"C":3,"S":111}"#.to_owned()));
    server.ksql("DROP TABLE USERS;").await;
    assert!(files_of(&service, "a", "state").is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_in_memory_goes_on_on_disk() {
    let Some(broker) = bootstrap("what_has_no_room_in_memory_goes_on_on_disk") else { return };
    let service = Service::new(broker);
    let memory = [("millstream.state.memory.max.bytes", "1")];
    let server = service.start_with("a", &memory).await.unwrap();
    let (topic, profiles, out) = (unique("clicks"), unique("profiles"), unique("joined"));
    server
        .ksql(&format!(
            "CREATE STREAM CLICKS (U STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);
             CREATE TABLE PROFILES (U STRING PRIMARY KEY, CITY STRING) \
             WITH (KAFKA_TOPIC='{profiles}', VALUE_FORMAT='JSON', PARTITIONS=2);"
        ))
        .await;
    // Rows that are remembered, groups with undo, groups in windows, and both sides of a join of tables.
    for sql in [
        "CREATE TABLE CITIES AS SELECT CITY, COUNT(*) AS C FROM PROFILES GROUP BY CITY;".to_owned(),
        "CREATE TABLE SUMS AS SELECT U, SUM(N) AS S FROM CLICKS GROUP BY U;".to_owned(),
        format!(
            "CREATE TABLE SPANS WITH (KAFKA_TOPIC='{out}-spans') AS \
             SELECT U, SUM(N) AS S FROM CLICKS WINDOW TUMBLING (SIZE 3000 DAYS) GROUP BY U;"
        ),
        format!(
            "CREATE TABLE JOINED WITH (KAFKA_TOPIC='{out}') AS SELECT P.U AS U, CITY, S FROM PROFILES P JOIN SUMS ON P.U = SUMS.U;"
        ),
    ] {
        create(&server, &sql).await;
    }
    service.write(&profiles, &[("a", r#"{"CITY":"Ulm"}"#), ("b", r#"{"CITY":"Ulm"}"#)]);
    service.write(&topic, &[("a", r#"{"N":1}"#), ("b", r#"{"N":2}"#)]);
    let has = async |server: &TestServer, sql: &str, expected: Value| {
        for _ in 0..300 {
            if pull(server, sql).await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{sql}: {:#} instead of {expected:#}", pull(server, sql).await);
    };
    has(&server, "SELECT CITY, C FROM CITIES;", json!([["Ulm", 2]])).await;
    has(&server, "SELECT U, CITY, S FROM JOINED;", json!([["a", "Ulm", 1], ["b", "Ulm", 2]])).await;
    service.write(&profiles, &[("a", r#"{"CITY":"Bonn"}"#)]);
    service.write(&topic, &[("b", r#"{"N":20}"#)]);
    has(&server, "SELECT CITY, C FROM CITIES;", json!([["Bonn", 1], ["Ulm", 1]])).await;
    has(&server, "SELECT U, CITY, S FROM JOINED;", json!([["a", "Bonn", 1], ["b", "Ulm", 22]])).await;
    has(&server, "SELECT U, S FROM SPANS;", json!([["a", 1], ["b", 22]])).await;
    assert!(!files_of(&service, "a", "spilled").is_empty());
    server.stop().await;
    assert!(files_of(&service, "a", "state").is_empty());

    let server = service.start_with("a", &memory).await.unwrap();
    service.write(&profiles, &[("b", r#"{"CITY":"Bonn"}"#)]);
    service.write(&topic, &[("a", r#"{"N":100}"#)]);
    has(&server, "SELECT CITY, C FROM CITIES;", json!([["Bonn", 2], ["Ulm", 0]])).await;
    has(&server, "SELECT U, CITY, S FROM JOINED;", json!([["a", "Bonn", 101], ["b", "Bonn", 22]])).await;
    has(&server, "SELECT U, S FROM SPANS;", json!([["a", 101], ["b", 22]])).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_goes_on_without_reading_the_changelog() {
    let Some(broker) = bootstrap("a_standby_goes_on_without_reading_the_changelog") else { return };
    let service = Service::new(broker);
    let standby = [("ksql.streams.num.standby.replicas", "1"), ("auto.offset.reset", "earliest")];
    let first = service.start_with("a", &standby).await.unwrap();
    let (topic, out) = (unique("clicks"), unique("users"));
    first
        .ksql(&format!(
            "CREATE STREAM CLICKS (U STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=2);
             CREATE TABLE USERS WITH (KAFKA_TOPIC='{out}') AS SELECT U, COUNT(*) AS C FROM CLICKS GROUP BY U;"
        ))
        .await;
    let users: Vec<String> = (0..50).map(|n| format!("u{n}")).collect();
    let clicks: Vec<(&str, &str)> = users.iter().map(|user| (user.as_str(), r#"{"N":1}"#)).collect();
    service.write(&topic, &clicks);
    assert_eq!(service.read(&out, 50).len(), 50);
    let second = service.start_with("b", &standby).await.unwrap();
    // Both have a task by then, and have followed the other one's.
    tokio::time::sleep(Duration::from_secs(8)).await;
    let restored = async |server: &TestServer| {
        let (_, metrics) = server.get("/metrics").await;
        let lines = metrics.lines().filter(|line| line.starts_with("millstream_query_restored_records_total{"));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum::<u64>()
    };
    let before = restored(&second).await;
    first.stop().await;
    service.write(&topic, &clicks);
    assert_eq!(service.read(&out, 100).iter().filter(|value| *value == r#"{"C":2}"#).count(), 50);
    assert!(restored(&second).await - before < 10, "a changelog was read");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_share_the_tasks_of_a_query() {
    let Some(broker) = bootstrap("threads_share_the_tasks_of_a_query") else { return };
    let service = Service::new(broker);
    let threads = [("ksql.streams.num.stream.threads", "2"), ("auto.offset.reset", "earliest")];
    let server = service.start_with("a", &threads).await.unwrap();
    let (topic, out) = (unique("clicks"), unique("pages"));
    let created = server
        .ksql(&format!(
            "CREATE STREAM CLICKS (U STRING KEY, PAGE STRING) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=4);
             CREATE TABLE PAGES WITH (KAFKA_TOPIC='{out}') AS SELECT PAGE, COUNT(*) AS C FROM CLICKS GROUP BY PAGE;"
        ))
        .await;
    let clicks: Vec<(String, String)> =
        (0..40).map(|n| (format!("u{n}"), format!(r#"{{"PAGE":"p{}"}}"#, n % 20))).collect();
    let clicks: Vec<(&str, &str)> = clicks.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    service.write(&topic, &clicks);
    comes(&service, &out, r#"{"C":2}"#, 20);
    // One for each thread that there is a processor for, of each of the two parts.
    let expected = std::thread::available_parallelism().unwrap().get().min(2);
    let query = created[1]["commandStatus"]["queryId"].as_str().unwrap();
    let group = format!("_confluent-ksql-{}query_{query}", service.id);
    for group in [group.clone(), format!("{group}-1")] {
        let members = service.admin().members(&group).unwrap();
        let given: usize = members.iter().flat_map(|member| &member.assignment).map(|(_, given)| given.len()).sum();
        assert_eq!((members.len(), given), (expected, 4), "{group}: {members:?}");
    }
    let pages = async |server: &TestServer| {
        let body = json!({"sql": "SELECT COUNT(*) FROM PAGES;"});
        text(server.post("/query-stream", Some("application/json"), &body).await).await
    };
    assert!(pages(&server).await.contains("[20]"));
    server.stop().await;

    // The next run has one thread: what the others had is its own.
    service.write(&topic, &clicks);
    let server = service.start().await;
    comes(&service, &out, r#"{"C":4}"#, 20);
    server.stop().await;
}
