//! Statements about connectors, against a made-up worker and against a real one where there is one.

use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, unique};
use crate::connect::{SINK, SOURCE, start};

/// The worker for tests that `scripts/connect` starts; says loudly when there is none.
fn real_worker(test: &str) -> Option<String> {
    let found = std::env::var("MILLSTREAM_TEST_CONNECT").ok();
    if found.is_none() {
        println!(
            "\n*** SKIPPED: {test}: set MILLSTREAM_TEST_CONNECT to a Kafka Connect worker's URL (scripts/connect) ***\n"
        );
    }
    found
}

async fn refused(server: &TestServer, sql: &str, status: u16, code: u64, part: &str) -> Value {
    let (got, body) = server.try_ksql(json!({"ksql": sql})).await;
    assert_eq!((got.as_u16(), body["error_code"].as_u64()), (status, Some(code)), "{sql}\n{body:#}");
    assert!(body["message"].as_str().unwrap().contains(part), "{sql}\n{body:#}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn connectors_are_passed_on() {
    let Some(broker) = bootstrap("connectors_are_passed_on") else { return };
    let service = Service::new(broker);
    let url = format!("http://{}/", start().await);
    let server = service.start_with("a", &[("ksql.connect.url", url.as_str())]).await.unwrap();
    let topic = unique("connected");
    server
        .ksql(&format!("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);"))
        .await;
    let create = format!(
        "CREATE SOURCE CONNECTOR `in` WITH ('connector.class'='{SOURCE}', 'tasks.max'=1, 'topic'='{topic}', 'secret'='hush');"
    );
    let created = server.ksql(&create).await.remove(0);
    assert_eq!(created["@type"], "connector_info");
    assert_eq!(created["info"]["name"], "in");
    assert_eq!(created["info"]["type"], "source");
    assert_eq!(created["info"]["config"]["tasks.max"], "1");
    assert_eq!(created["info"]["config"]["secret"], "hush");
    let text = created["statementText"].as_str().unwrap();
    assert!(text.contains("[string]") && !text.contains("hush"), "{text}");
    let body = refused(&server, &create, 409, 40900, "Connector in already exists").await;
    assert!(!body.to_string().contains("hush"), "{body}");
    let again = server.ksql(&create.replace("CONNECTOR `in`", "CONNECTOR IF NOT EXISTS `in`")).await.remove(0);
    assert_eq!(
        (again["@type"].as_str(), again["message"].as_str()),
        (Some("warning_entity"), Some("Connector in already exists"))
    );

    server.ksql(&format!("CREATE SINK CONNECTOR OUT WITH ('connector.class'='{SINK}', 'topics'='{topic}');")).await;
    let listed =
        server.ksql("SHOW CONNECTORS; SHOW SOURCE CONNECTORS; SHOW SINK CONNECTORS; SHOW CONNECTOR PLUGINS;").await;
    let names = |e: &Value| -> Vec<String> {
        e["connectors"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&listed[0]), ["OUT", "in"]);
    assert_eq!(names(&listed[1]), ["in"]);
    assert_eq!(names(&listed[2]), ["OUT"]);
    assert_eq!(listed[0]["connectors"][1]["state"], "WARNING (0/1 tasks RUNNING)");
    assert_eq!(listed[3]["connectorsPlugins"][1], json!({"className": SOURCE, "type": "source", "version": "4.1.1"}));

    let described = server.ksql("DESCRIBE CONNECTOR `in`;").await.remove(0);
    assert_eq!(described["connectorClass"], SOURCE);
    assert_eq!(described["status"]["tasks"][0]["msg"], "boom");
    assert_eq!(described["topics"], json!([topic]));
    assert_eq!(described["sources"][0]["name"], "S");

    let dropped = server.ksql("DROP CONNECTOR `in`; DROP CONNECTOR IF EXISTS `in`;").await;
    assert_eq!(dropped[0]["connectorName"], "in");
    assert_eq!(dropped[1]["message"], "Connector 'in' does not exist.");
    refused(&server, "DROP CONNECTOR `in`;", 404, 40400, "Failed to drop connector: {\"error_code\":404").await;
    refused(&server, "DESCRIBE CONNECTOR NOPE;", 404, 40400, "Failed to query connector status: ").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_configurations_create_nothing() {
    let Some(broker) = bootstrap("wrong_configurations_create_nothing") else { return };
    let service = Service::new(broker);
    let url = format!("http://{}", start().await);
    let server = service.start_with("a", &[("ksql.connect.url", url.as_str())]).await.unwrap();
    let create = |with: &str| format!("CREATE SOURCE CONNECTOR C WITH ({with});");
    let missing = "Validation error: topic - Missing required configuration \"topic\" which has no default value.";
    let wrong = create(&format!("'connector.class'='{SOURCE}'"));
    refused(&server, &wrong, 400, 40001, missing).await;
    refused(&server, &create("'topic'='t'"), 400, 40001, "contains no connector type").await;
    refused(&server, &create("'connector.class'='no.Such'"), 500, 50000, "Failed to find any class").await;
    // One wrong statement of a request: the right one before it is not done either.
    let right = format!("CREATE SOURCE CONNECTOR R WITH ('connector.class'='{SOURCE}', 'topic'='t');");
    refused(&server, &format!("{right} {wrong}"), 400, 40001, missing).await;
    assert_eq!(server.ksql("SHOW CONNECTORS;").await[0]["connectors"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_connect_the_error_names_its_address() {
    let Some(broker) = bootstrap("without_connect_the_error_names_its_address") else { return };
    let service = Service::new(broker);
    let server = service.start_with("a", &[("ksql.connect.url", "http://127.0.0.1:1")]).await.unwrap();
    refused(&server, "SHOW CONNECTORS;", 500, 50000, "Failed to list connectors: 127.0.0.1:1: ").await;
    refused(&server, "SHOW CONNECTOR PLUGINS;", 500, 50000, "Failed to list connector plugins: ").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_worker_understands_us() {
    let Some(broker) = bootstrap("a_real_worker_understands_us") else { return };
    let Some(url) = real_worker("a_real_worker_understands_us") else { return };
    let service = Service::new(broker);
    let server = service.start_with("a", &[("ksql.connect.url", url.as_str())]).await.unwrap();
    let (topic, name) = (unique("lines"), unique("file"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in.txt");
    std::fs::write(&file, "one\ntwo\n").unwrap();
    server
        .ksql(&format!(
            "CREATE STREAM L (LINE STRING) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='KAFKA', PARTITIONS=1);"
        ))
        .await;
    let config = format!("'connector.class'='{SOURCE}', 'tasks.max'=1, 'file'='{}'", file.display());
    let create = |config: &str| format!("CREATE SOURCE CONNECTOR `{name}` WITH ({config});");
    refused(&server, &create(&config), 400, 40001, "Validation error: ").await;
    let text = "'key.converter'='org.apache.kafka.connect.storage.StringConverter', \
                'value.converter'='org.apache.kafka.connect.storage.StringConverter'";
    let created = server.ksql(&create(&format!("{config}, 'topic'='{topic}', {text}"))).await.remove(0);
    assert_eq!(
        (created["info"]["name"].as_str(), created["info"]["type"].as_str()),
        (Some(name.as_str()), Some("source"))
    );
    let rows = server.select("SELECT * FROM L EMIT CHANGES LIMIT 2;", json!({"auto.offset.reset": "earliest"})).await;
    assert_eq!(rows.all().await, [json!(["one"]), json!(["two"])]);

    let plugins = server.ksql("SHOW CONNECTOR PLUGINS;").await.remove(0);
    assert!(plugins["connectorsPlugins"].as_array().unwrap().iter().any(|p| p["className"] == SOURCE), "{plugins:#}");
    let listed = server.ksql("SHOW SOURCE CONNECTORS;").await.remove(0);
    let mine = listed["connectors"].as_array().unwrap().iter().find(|c| c["name"] == name.as_str()).cloned().unwrap();
    assert_eq!(
        (mine["className"].as_str(), mine["state"].as_str()),
        (Some(SOURCE), Some("RUNNING (1/1 tasks RUNNING)"))
    );
    let described = server.ksql(&format!("DESCRIBE CONNECTOR `{name}`;")).await.remove(0);
    assert_eq!(described["topics"], json!([topic]));
    assert_eq!(described["sources"][0]["name"], "L");
    let dropped = server.ksql(&format!("DROP CONNECTOR `{name}`; DROP CONNECTOR IF EXISTS `{name}`;")).await;
    assert_eq!(dropped[1]["@type"], "warning_entity");
    server.stop().await;
}
