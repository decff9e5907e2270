//! Several servers, restarts, and other owners' topics.

use std::time::Duration;

use millstream_kafka::Writer;
use millstream_server::StartError;
use serde_json::json;

use crate::client::{Service, bootstrap, unique};

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_statements_and_work() {
    let Some(broker) = bootstrap("servers_share_statements_and_work") else { return };
    let service = Service::new(broker);
    let (a, b) = (service.try_start("a").await.unwrap(), service.try_start("b").await.unwrap());
    let topic = unique("shared");
    a.ksql(&format!("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=4);")).await;
    // B need not have seen it: it catches up before it decides.
    let properties = json!({"auto.offset.reset": "earliest"});
    let created = b
        .try_ksql(json!({"ksql": format!("CREATE STREAM O WITH (KAFKA_TOPIC='{topic}-o') AS SELECT N FROM S;"),
            "streamsProperties": properties, "commandSequenceNumber": 0}))
        .await;
    assert_eq!(created.0.as_u16(), 200, "{:#}", created.1);
    let number = created.1[0]["commandSequenceNumber"].as_i64().unwrap();
    let seen = a.try_ksql(json!({"ksql": "SHOW QUERIES;", "commandSequenceNumber": number})).await;
    assert_eq!(seen.1[0]["queries"].as_array().unwrap().len(), 1);

    let writer = Writer::open(&service.kafka()).unwrap();
    for n in 0..100 {
        writer.write(&topic, Some(n % 4), None, Some(format!("{{\"N\":{n}}}").as_bytes()), None).unwrap();
    }
    assert_eq!(service.read(&format!("{topic}-o"), 100).len(), 100);
    a.ksql("DROP STREAM O; DROP STREAM S;").await;
    for _ in 0..100 {
        if b.ksql("SHOW STREAMS;").await[0]["streams"] == json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(b.ksql("SHOW STREAMS;").await[0]["streams"], json!([]));
    tokio::join!(a.stop(), b.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_goes_on_where_it_stopped() {
    let Some(broker) = bootstrap("a_restarted_server_goes_on_where_it_stopped") else { return };
    let service = Service::new(broker);
    let server = service.start().await;
    let topic = unique("restart");
    server
        .ksql(&format!(
            "SET 'auto.offset.reset'='earliest'; \
             CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
             CREATE STREAM O WITH (KAFKA_TOPIC='{topic}-o') AS SELECT K, N FROM S;"
        ))
        .await;
    service.write(&topic, &[("a", r#"{"N":1}"#)]);
    assert_eq!(service.read(&format!("{topic}-o"), 1), [r#"{"N":1}"#]);
    let again = service.try_start("a").await;
    assert!(matches!(again, Err(StartError::DataDir(_))), "the folder is locked while the first runs");
    server.stop().await;

    service.write(&topic, &[("b", r#"{"N":2}"#)]);
    let server = service.start().await;
    assert_eq!(service.read(&format!("{topic}-o"), 2), [r#"{"N":1}"#, r#"{"N":2}"#]);
    assert_eq!(server.ksql("SHOW QUERIES;").await[0]["queries"][0]["sinks"], json!(["O"]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ksqldbs_command_topic_is_left_alone() {
    let Some(broker) = bootstrap("a_ksqldbs_command_topic_is_left_alone") else { return };
    let service = Service::new(broker);
    let topic = format!("_confluent-ksql-{}_command_topic", service.id);
    service.admin().create_topic(&topic, 1, Some(1), &[]).unwrap();
    let theirs =
        r#"{"statement":"CREATE STREAM X …;","streamsProperties":{},"originalProperties":{},"plan":null,"version":14}"#;
    service.write(&topic, &[("\"stream/`X`/create\"", theirs)]);
    let refused = service.try_start("a").await.err().unwrap();
    assert!(matches!(refused, StartError::Foreign { .. }), "{refused}");
    assert!(refused.to_string().contains("--service-id"), "{refused}");
    assert_eq!(service.read(&topic, 1), [theirs]);
    assert_eq!(service.admin().topic(&format!("{}ksql_processing_log", service.id)).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_the_error_says_what_to_do() {
    // Needs no broker: nobody listens there.
    let service = Service::new("127.0.0.1:1".into());
    let refused = service.start_with("a", &[("millstream.start.wait.ms", "0")]).await.err().unwrap().to_string();
    assert!(refused.contains("--bootstrap-servers"), "{refused}");
}
