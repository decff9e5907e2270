//! `ksqldb` of crates.io: statements, answers by its types, rows of a push query over HTTP/2, whose end closes the query.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt;
use ksqldb::KsqlDB;
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    v: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("which server?")?;
    let client = KsqlDB::new(url.replace("http://", ""), reqwest::Client::builder(), false)?;
    let none = HashMap::new();
    let stream = "CREATE STREAM RS_S (ID INT KEY, V STRING) WITH (KAFKA_TOPIC='rs_s', VALUE_FORMAT='JSON', PARTITIONS=2);";
    let created = client.create(stream, &none, None).await?;
    assert_eq!(created[0].info.response_type, "currentStatus");
    assert_eq!(created[0].command_status.as_ref().ok_or("no status")?.message, "Stream created");
    let listed = client.list_streams("LIST STREAMS EXTENDED;", &none, None).await?;
    assert!(listed[0].source_descriptions.iter().any(|s| s.name == "RS_S" && s.topic == "rs_s"), "{listed:?}");
    for value in ["a", "b"] {
        let insert = format!("INSERT INTO RS_S (ID, V) VALUES (1, '{value}');");
        assert_eq!(client.execute_statement_raw(&insert, &none, None).await?, serde_json::json!([]));
    }

    let earliest: HashMap<String, String> = [("auto.offset.reset".to_owned(), "earliest".to_owned())].into();
    let mut rows = Box::pin(client.select::<Row>("SELECT V FROM RS_S EMIT CHANGES;", &earliest).await?);
    for want in ["a", "b"] {
        let row = tokio::time::timeout(Duration::from_secs(20), rows.next()).await?.ok_or("no row")??;
        assert_eq!(row, Row { v: want.to_owned() });
    }
    drop(rows);
    let mut left = 1;
    for _ in 0..100 {
        let queries = client.execute_statement_raw("SHOW QUERIES;", &none, None).await?;
        left = queries[0]["queries"].as_array().ok_or("no list")?.len();
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(left, 0, "the query goes on without its client");

    let missing = client.drop("DROP STREAM NOWHERE;", &none, None).await;
    assert!(missing.is_err_and(|e| e.to_string().contains("NOWHERE")));
    let dropped = client.drop("DROP STREAM RS_S DELETE TOPIC;", &none, None).await?;
    assert_eq!(dropped[0].info.response_type, "currentStatus");
    println!("done");
    Ok(())
}
