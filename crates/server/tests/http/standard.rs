//! SELECTs that end in standard SQL: what ksqlDB does not have, over tables, windowed tables and streams.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Service, TestServer, bootstrap, text, unique};

/// A server with two tables, a windowed table and a stream.
async fn with_sources(service: &Service) -> TestServer {
    let server = service.start().await;
    let (people, orders, clicks) = (unique("people"), unique("orders"), unique("clicks"));
    server
        .ksql(&format!(
            "CREATE STREAM PEOPLE_FEED (ID INT KEY, NAME STRING, AGE INT, HOME STRUCT<CITY STRING, ZIP INT>)
               WITH (KAFKA_TOPIC='{people}', VALUE_FORMAT='JSON', PARTITIONS=2);
             CREATE SOURCE TABLE PEOPLE (ID INT PRIMARY KEY, NAME STRING, AGE INT, HOME STRUCT<CITY STRING, ZIP INT>)
               WITH (KAFKA_TOPIC='{people}', VALUE_FORMAT='JSON');
             CREATE TABLE RAW (ID INT PRIMARY KEY, NAME STRING) WITH (KAFKA_TOPIC='{people}', VALUE_FORMAT='JSON');
             CREATE STREAM ORDERS_FEED (ID BIGINT KEY, WHO INT, PRICE DECIMAL(6, 2))
               WITH (KAFKA_TOPIC='{orders}', VALUE_FORMAT='JSON', PARTITIONS=1);
             CREATE SOURCE TABLE ORDERS (ID BIGINT PRIMARY KEY, WHO INT, PRICE DECIMAL(6, 2))
               WITH (KAFKA_TOPIC='{orders}', VALUE_FORMAT='JSON');
             CREATE STREAM CLICKS (WHO INT KEY, N INT, TS BIGINT)
               WITH (KAFKA_TOPIC='{clicks}', VALUE_FORMAT='JSON', PARTITIONS=2, TIMESTAMP='TS');
             SET 'auto.offset.reset'='earliest';
             CREATE TABLE COUNTS AS SELECT WHO, COUNT(*) AS C FROM CLICKS WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY WHO;"
        ))
        .await;
    server
        .ksql(
            "INSERT INTO PEOPLE_FEED (ID, NAME, AGE, HOME) VALUES
               (1, 'ada', 36, STRUCT(CITY := 'rome', ZIP := 1)), (2, 'bob', 20, STRUCT(CITY := 'oslo', ZIP := 2)),
               (3, 'eve', 20, STRUCT(CITY := 'rome', ZIP := 3));
             INSERT INTO PEOPLE_FEED (ID, NAME, AGE) VALUES (3, 'eve', NULL);
             INSERT INTO ORDERS_FEED (ID, WHO, PRICE) VALUES (10, 1, 1.50), (11, 1, 2.25), (12, 2, 3.00), (13, 9, 1.00);
             INSERT INTO CLICKS (WHO, N, TS) VALUES (1, 5, 1000), (1, 7, 2000), (2, 1, 3000), (1, 9, 12000);",
        )
        .await;
    server
}

async fn rows(server: &TestServer, sql: &str) -> Vec<Value> {
    server.select(sql, json!({})).await.all().await
}

/// An error of `/query`.
async fn refused(server: &TestServer, sql: &str, properties: Value) -> Value {
    let response = server.post("/query", None, &json!({"ksql": sql, "streamsProperties": properties})).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{sql}");
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_sub_queries_windows_and_sets_are_answered() {
    let Some(broker) = bootstrap("joins_sub_queries_windows_and_sets_are_answered") else { return };
    let service = Service::new(broker);
    let server = with_sources(&service).await;
    let cases: [(&str, Value); 16] = [
        (
            "SELECT p.name, o.id, o.price FROM people p JOIN orders o ON p.id = o.who ORDER BY o.id;",
            json!([["ada", 10, 1.5], ["ada", 11, 2.25], ["bob", 12, 3.0]]),
        ),
        (
            "SELECT p.id, o.id FROM people p FULL JOIN orders o ON p.id = o.who ORDER BY p.id, o.id;",
            json!([[1, 10], [1, 11], [2, 12], [3, null], [null, 13]]),
        ),
        ("SELECT COUNT(*) AS n FROM people CROSS JOIN orders;", json!([[12]])),
        (
            "SELECT name FROM people WHERE id IN (SELECT who FROM orders WHERE price > 2) ORDER BY name;",
            json!([["ada"], ["bob"]]),
        ),
        ("SELECT name FROM people p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.who = p.id);", json!([["eve"]])),
        (
            "SELECT name, (SELECT SUM(price) FROM orders o WHERE o.who = p.id) AS spent FROM people p ORDER BY p.id;",
            json!([["ada", 3.75], ["bob", 3.0], ["eve", null]]),
        ),
        (
            "WITH s AS (SELECT who, COUNT(*) AS n FROM orders GROUP BY who) SELECT name, n FROM s JOIN people ON id = who
               WHERE n > 1;",
            json!([["ada", 2]]),
        ),
        (
            "SELECT id, ROW_NUMBER() OVER (PARTITION BY who ORDER BY id DESC) AS r, LAG(id) OVER (ORDER BY id) AS l
               FROM orders ORDER BY id;",
            json!([[10, 2, null], [11, 1, 10], [12, 1, 11], [13, 1, 12]]),
        ),
        ("SELECT DISTINCT age FROM people ORDER BY age;", json!([[20], [36], [null]])),
        ("SELECT id FROM people EXCEPT SELECT who FROM orders;", json!([[3]])),
        ("SELECT id FROM people INTERSECT SELECT who FROM orders ORDER BY 1;", json!([[1], [2]])),
        ("SELECT id FROM people UNION SELECT who FROM orders ORDER BY 1 DESC LIMIT 2;", json!([[9], [3]])),
        ("SELECT MEDIAN(id), STDDEV(id) FROM orders WHERE id < 13;", json!([[11.0, 1.0]])),
        (
            "SELECT p.name, SUM(c.n) AS n, MAX(c.ROWTIME) AS t FROM clicks c JOIN people p ON p.id = c.who
               GROUP BY p.name ORDER BY p.name;",
            json!([["ada", 21, 12000], ["bob", 1, 3000]]),
        ),
        (
            "SELECT p.name, c.WINDOWSTART, c.c FROM counts c JOIN people p ON p.id = c.who ORDER BY 1, 2;",
            json!([["ada", 0, 2], ["ada", 10000, 1], ["bob", 0, 1]]),
        ),
        (
            "SELECT DISTINCT UCASE(name) AS u, home->city FROM people WHERE home->city IS NOT NULL ORDER BY u;",
            json!([["ADA", "rome"], ["BOB", "oslo"]]),
        ),
    ];
    // The windowed table is there as soon as its query has written it.
    for _ in 0..300 {
        if rows(&server, "SELECT * FROM COUNTS;").await.len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for (sql, want) in cases {
        assert_eq!(Value::Array(rows(&server, sql).await), want, "{sql}");
    }
    let stars =
        rows(&server, "SELECT * FROM counts c WHERE c.who IN (SELECT id FROM people WHERE name = 'bob');").await;
    assert_eq!(stars, [json!([2, 0, 10000, 1])]);
    // What was written before a question is in its answer, of both tables.
    for n in 20..25 {
        server.ksql(&format!("INSERT INTO ORDERS_FEED (ID, WHO, PRICE) VALUES ({n}, 3, {n});")).await;
        let sql = "SELECT MAX(o.id) AS m FROM people p JOIN orders o ON p.id = o.who AND p.name = 'eve';";
        assert_eq!(rows(&server, sql).await, [json!([n])]);
    }
    // An order over a stream, too, which our own planner does not have.
    assert_eq!(
        rows(&server, "SELECT who, n FROM clicks ORDER BY n DESC LIMIT 2;").await,
        [json!([1, 9]), json!([1, 7])]
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_forms_of_all_pull_queries() {
    let Some(broker) = bootstrap("answers_have_the_forms_of_all_pull_queries") else { return };
    let service = Service::new(broker);
    let server = with_sources(&service).await;
    let sql =
        "SELECT DISTINCT p.id AS a, price, name FROM people p JOIN orders o ON p.id = o.who ORDER BY price LIMIT 2;";
    let post = async |path: &str, accept: Option<&str>| {
        let body = if path == "/query" { json!({"ksql": sql}) } else { json!({"sql": sql}) };
        let response = server.post(path, accept, &body).await;
        assert_eq!(response.status(), StatusCode::OK);
        text(response).await
    };
    let body = post("/query", None).await;
    let (header, rest) = body.split_once(",\n").unwrap();
    let header: Value = serde_json::from_str(header.strip_prefix('[').unwrap()).unwrap();
    assert_eq!(header["header"]["schema"], "`A` INTEGER, `PRICE` DECIMAL(6, 2), `NAME` STRING");
    assert!(header["header"]["queryId"].as_str().unwrap().starts_with("query_"), "{header}");
    let both = "{\"row\":{\"columns\":[1,1.50,\"ada\"]}},\n{\"row\":{\"columns\":[1,2.25,\"ada\"]}}";
    assert!(rest.starts_with(both), "{rest}");
    let lines = post("/query-stream", None).await;
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[1..], ["[1,1.50,\"ada\"]", "[1,2.25,\"ada\"]"]);
    let header: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(header["columnTypes"], json!(["INTEGER", "DECIMAL(6, 2)", "STRING"]));
    let body: Value = serde_json::from_str(&post("/query-stream", Some("application/json")).await).unwrap();
    assert_eq!(body.as_array().unwrap().len(), 3);
    assert_eq!(server.ksql("SHOW QUERIES;").await[0]["queries"].as_array().unwrap().len(), 1, "only that of COUNTS");

    let explained = server.ksql(&format!("EXPLAIN {sql}")).await;
    let described = &explained[0]["queryDescription"];
    assert_eq!(described["sources"], json!(["ORDERS", "PEOPLE"]));
    assert!(described["executionPlan"].as_str().unwrap().contains("Inner Join: "), "{described}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_answered_says_why() {
    let Some(broker) = bootstrap("what_cannot_be_answered_says_why") else { return };
    let service = Service::new(broker);
    let server = with_sources(&service).await;
    let at = |error: &Value| (error["diagnostics"][0]["line"].clone(), error["diagnostics"][0]["column"].clone());
    let check = async |sql: &str, part: &str, place: (Value, Value)| {
        let error = refused(&server, sql, json!({})).await;
        assert_eq!((&error["@type"], &error["error_code"]), (&json!("statement_error"), &json!(40001)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{sql}: {error}");
        assert_eq!(at(&error), place, "{error}");
        assert_eq!(error["statementText"], sql.trim_start());
    };
    check("SELECT DISTINCT nam FROM people;", "Column 'NAM' cannot be resolved.", (json!(1), json!(17))).await;
    check("\n  SELECT DISTINCT nam FROM people;", "'NAM'", (json!(2), json!(19))).await;
    check("SELECT p.nam FROM people p JOIN orders o ON p.id = o.who;", "P.NAM", (json!(1), json!(8))).await;
    check("SELECT DISTINCT name FROM persons;", "PERSONS does not exist.", (json!(1), json!(27))).await;
    check("SELECT DISTINCT name FROM raw;", "The `RAW` table isn't queryable.", (json!(1), json!(27))).await;
    // What is no standard SQL either keeps the words that it had.
    check("SELECT FROM WHERE;", "Syntax Error", (json!(1), json!(8))).await;
    check("SELECT nam FROM people;", "NAM", (json!(1), json!(8))).await;

    let ksql = json!({"millstream.dialect": "ksql"});
    let error = refused(&server, "SELECT DISTINCT name FROM people;", ksql.clone()).await;
    assert!(error["message"].as_str().unwrap().contains("SELECT DISTINCT"), "{error}");
    let error = refused(&server, "SELECT p.id FROM people p JOIN orders o ON p.id = o.who;", ksql).await;
    assert!(error["message"].as_str().unwrap().contains("Pull queries don't support JOIN clauses."), "{error}");
    for (off, sql, part) in [
        ("ksql.query.pull.table.scan.enabled", "SELECT DISTINCT id FROM people;", "may look at every row"),
        ("ksql.query.pull.stream.enabled", "SELECT DISTINCT n FROM clicks;", "Pull queries on streams are disabled"),
        ("ksql.query.pull.limit.clause.enabled", "SELECT DISTINCT id FROM people LIMIT 1;", "LIMIT clause in pull"),
    ] {
        let error = refused(&server, sql, json!({off: false})).await;
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    let (status, error) = server.try_ksql(json!({"ksql": "SELECT DISTINCT name FROM people;"})).await;
    assert_eq!((status, &error["error_code"]), (StatusCode::BAD_REQUEST, &json!(40002)));
    let (_, error) = server.try_ksql(json!({"ksql": "SELECT DISTINCT FROM WHERE;"})).await;
    assert!(error["message"].as_str().unwrap().contains("Syntax Error"), "{error}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_needs_too_much_memory_ends_alone() {
    let Some(broker) = bootstrap("a_query_that_needs_too_much_memory_ends_alone") else { return };
    let service = Service::new(broker);
    let server = service.start_with("m", &[("millstream.pull.memory.max.bytes", "200000")]).await.unwrap();
    let topic = unique("many");
    server
        .ksql(&format!(
            "CREATE STREAM FEED (K INT KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);
             CREATE SOURCE TABLE T (K INT PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');"
        ))
        .await;
    for n in 0..20 {
        let rows: Vec<String> = (0..100).map(|i| format!("({}, {i})", n * 100 + i)).collect();
        server.ksql(&format!("INSERT INTO FEED (K, N) VALUES {};", rows.join(", "))).await;
    }
    let body = json!({"ksql": "SELECT DISTINCT a.k, b.k AS other FROM t a CROSS JOIN t b;"});
    let failed = text(server.post("/query", None, &body).await).await;
    assert!(failed.contains("millstream.pull.memory.max.bytes"), "{failed}");
    assert_eq!(rows(&server, "SELECT COUNT(DISTINCT n) AS c FROM t;").await, [json!([100])]);
    server.stop().await;
}
