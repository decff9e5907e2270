//! What statements tell about sources, queries, topics, functions and settings.

use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, unique};

/// A server with a stream over a topic and a query over the stream that has read its two records.
async fn with_query(service: &Service) -> (TestServer, String, String) {
    let server = service.start().await;
    let topic = unique("told");
    let entities = server
        .ksql(&format!(
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1); \
             SET 'auto.offset.reset' = 'earliest'; \
             CREATE STREAM O WITH (KAFKA_TOPIC='{topic}-o') AS SELECT K, N FROM S; \
             INSERT INTO S VALUES ('a', 1); INSERT INTO S VALUES ('b', 2);"
        ))
        .await;
    let id = entities[1]["commandStatus"]["queryId"].as_str().unwrap().to_owned();
    assert_eq!(service.read(&format!("{topic}-o"), 2).len(), 2);
    (server, topic, id)
}

/// Asks again until the answer is as wanted: groups and offsets settle after the records are there.
async fn eventually(server: &TestServer, sql: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..100 {
        let answer = server.ksql(sql).await.remove(0);
        if wanted(&answer) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.ksql(sql).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_explained() {
    let Some(broker) = bootstrap("queries_are_explained") else { return };
    let service = Service::new(broker);
    let (server, topic, id) = with_query(&service).await;
    let offsets = |e: &Value| e["queryDescription"]["tasksMetadata"][0]["topicOffsets"][0].clone();
    let explained =
        eventually(&server, &format!("EXPLAIN {id};"), |e| offsets(e)["committedOffset"] == offsets(e)["endOffset"])
            .await;
    let query = &explained["queryDescription"];
    assert_eq!(query["sources"], json!(["S"]));
    assert_eq!(query["sinks"], json!(["O"]));
    assert_eq!(query["state"], "RUNNING");
    assert_eq!(query["overriddenProperties"], json!({"auto.offset.reset": "earliest"}));
    assert_eq!(query["ksqlHostQueryStatus"], json!({server.address.to_string(): "RUNNING"}));
    assert_eq!(offsets(&explained)["topicPartitionEntity"], json!({"topic": topic, "partition": 0}));
    assert!(offsets(&explained)["committedOffset"].as_i64().unwrap() >= 2, "{explained:#}");
    assert!(query["executionPlan"].as_str().unwrap().starts_with(" > [ SINK ] | Schema: K STRING KEY, N INTEGER"));

    let shown = server.ksql("SHOW QUERIES EXTENDED; EXPLAIN SELECT N FROM S EMIT CHANGES;").await;
    assert_eq!(shown[0]["queryDescriptions"][0]["id"], *id);
    assert_eq!(shown[1]["queryDescription"]["fields"][0]["name"], "N");
    let push = server.select("SELECT N FROM S EMIT CHANGES;", json!({})).await;
    let push_id = push.header["queryId"].as_str().unwrap();
    let explained = server.ksql(&format!("EXPLAIN `{push_id}`;")).await;
    assert_eq!(explained[0]["queryDescription"]["queryType"], "PUSH");
    assert_eq!(explained[0]["queryDescription"]["fields"][0]["name"], "N");
    drop(push);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_sources_are_described_with_their_readers() {
    let Some(broker) = bootstrap("topics_and_sources_are_described_with_their_readers") else { return };
    let service = Service::new(broker);
    let (server, topic, id) = with_query(&service).await;
    let of = |e: &Value| -> Value {
        e["topics"].as_array().unwrap().iter().find(|t| t["name"] == topic.as_str()).cloned().unwrap()
    };
    let topics = eventually(&server, "SHOW TOPICS EXTENDED;", |e| of(e)["consumerCount"] == 1).await;
    assert_eq!(of(&topics), json!({"name": topic, "replicaInfo": [1], "consumerCount": 1, "consumerGroupCount": 1}));

    let all = server.ksql("DESCRIBE STREAMS EXTENDED; DESCRIBE STREAMS; DESCRIBE S EXTENDED;").await;
    let descriptions = all[0]["sourceDescriptions"].as_array().unwrap();
    assert_eq!(descriptions.len(), 2);
    let sink = &descriptions[0];
    assert_eq!(sink["writeQueries"][0]["id"], *id);
    assert_eq!(sink["queryOffsetSummaries"][0]["groupId"], format!("_confluent-ksql-{}query_{id}", service.id));
    assert_eq!(sink["queryOffsetSummaries"][0]["topicSummaries"][0]["kafkaTopic"], *topic);
    assert_eq!(all[1]["sourceDescriptions"][0]["extended"], false);
    assert_eq!(all[2]["sourceDescription"]["sourceConstraints"], json!(["O"]));
    assert_eq!(all[2]["sourceDescription"]["readQueries"][0]["id"], *id);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_functions_and_variables_are_listed() {
    let Some(broker) = bootstrap("settings_functions_and_variables_are_listed") else { return };
    let service = Service::new(broker);
    let given = [("processing.guarantee", "at_least_once"), ("ksql.streams.consumer.fetch.max.wait.ms", "20")];
    let server = service.start_with("a", &given).await.unwrap();
    let sql = "SET 'auto.offset.reset' = 'earliest'; SHOW PROPERTIES; SHOW FUNCTIONS; DESCRIBE FUNCTION SUBSTRING; \
               DEFINE v = 'x'; SHOW VARIABLES; UNDEFINE v; UNDEFINE v; SHOW TYPES;";
    let shown = server.ksql(sql).await;
    let property =
        |name: &str| shown[0]["properties"].as_array().unwrap().iter().find(|p| p["name"] == name).cloned().unwrap();
    assert_eq!(property("ksql.streams.auto.offset.reset")["value"], "earliest");
    assert_eq!(property("ksql.streams.processing.guarantee")["value"], "at_least_once");
    assert_eq!(property("ksql.service.id")["value"], *service.id);
    let told = |name: &str| (property(name)["source"].clone(), property(name)["handling"].clone());
    assert_eq!(told("ksql.streams.auto.offset.reset"), (json!("request"), json!("used")));
    assert_eq!(told("ksql.streams.processing.guarantee"), (json!("option"), json!("used")));
    let translated = json!("translated to fetch.wait.max.ms");
    assert_eq!(told("ksql.streams.consumer.fetch.max.wait.ms"), (json!("option"), translated));
    assert_eq!(told("ksql.streams.linger.ms"), (json!("default"), json!("passed")));
    assert_eq!(shown[0]["overwrittenProperties"], json!(["ksql.streams.auto.offset.reset"]));
    assert!(shown[1]["functions"].as_array().unwrap().iter().any(|f| f["name"] == "SUBSTRING"));
    assert_eq!(shown[2]["name"], "SUBSTRING");
    assert_eq!(shown[3]["variables"], json!([{"name": "v", "value": "x"}]));
    assert_eq!(shown[4]["@type"], "warning_entity");
    assert_eq!(shown[4]["message"], "Cannot undefine variable 'v' which was never defined");
    assert_eq!(shown[5]["types"], json!({}));
    server.stop().await;
}
