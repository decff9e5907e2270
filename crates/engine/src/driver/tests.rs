//! Hand-made stages on records in memory: cascades, bad records, and sizes of batches that must not show.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use datafusion_expr::Operator as Op;
use datafusion_physical_expr::expressions::{BinaryExpr, Column as ColumnExpr, Literal};
use millstream_plan::topology::{Projection, SinkNode, SourceNode, Stage, Step};
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType};

use super::{Driver, Feeding, TopicRecord};

/// Reads `N` from `from`, writes `100 / N`, or null where that fails, to `to`.
fn divide(from: &str, to: &str) -> Stage {
    let schema = Schema::new([Column { name: "N".into(), ty: SqlType::Integer, role: Role::Value }]);
    let rows = Arc::new(ArrowSchema::new(vec![Field::new("N", DataType::Int32, true)]));
    let json = FormatSpec::value(Format::Json);
    let none = FormatSpec::key(Format::None, 0);
    let left = Arc::new(Literal::new(100.into()));
    let expr = Arc::new(BinaryExpr::new(left, Op::Divide, Arc::new(ColumnExpr::new("N", 0))));
    let column = schema.columns()[0].clone();
    Stage {
        source: SourceNode {
            topic: from.into(),
            key_format: none,
            value_format: json,
            window: None,
            schema: schema.clone(),
            used: vec![0],
            pseudo: vec![],
            timestamp: None,
            rows: Arc::clone(&rows),
        },
        steps: vec![Step::Project { columns: vec![Projection { column, expr, sql: "100 / N".into() }], rows }],
        sink: Some(SinkNode {
            topic: to.into(),
            key_format: none,
            value_format: json,
            window: None,
            schema,
            timestamp: None,
            schemas: millstream_schemas::TopicSchemas::default(),
        }),
    }
}

fn record(topic: &str, value: &str, timestamp: i64) -> (String, TopicRecord) {
    (topic.into(), TopicRecord { key: None, value: Some(value.into()), timestamp, headers: vec![] })
}

fn values(driver: &Driver, topic: &str) -> Vec<(String, i64)> {
    let text = |r: &TopicRecord| String::from_utf8_lossy(r.value.as_deref().unwrap_or_default()).into_owned();
    driver.topic(topic).iter().map(|r| (text(r), r.timestamp)).collect()
}

fn run(feeding: Feeding) -> Driver {
    let mut driver = Driver::new();
    driver.set_now(7);
    driver.add("Q1", &divide("a", "b")).expect("runs");
    driver.add("Q2", &divide("b", "c")).expect("runs");
    driver.append("a", record("a", r#"{"N":50}"#, 1).1);
    let inputs = [r#"{"N":4}"#, "no json", r#"{"N":0}"#, r#"{"N":10}"#];
    let inputs = inputs.iter().enumerate().map(|(i, v)| record("a", v, i as i64)).collect();
    driver.run(inputs, feeding).expect("runs");
    driver
}

#[test]
fn results_cascade_and_what_fails_is_in_the_ledger() {
    let driver = run(Feeding::Single);
    let row = |n: &str, time| (format!(r#"{{"N":{n}}}"#), time);
    assert_eq!(driver.topic("a").len(), 5);
    // What stood in the topic before the inputs is not theirs.
    assert_eq!(values(&driver, "b"), [row("25", 0), row("null", 2), row("10", 3)]);
    assert_eq!(values(&driver, "c"), [row("4", 0), row("null", 2), row("10", 3)]);
    let ledger: Vec<String> = driver.ledger().iter().map(|e| String::from_utf8_lossy(&e.json).into_owned()).collect();
    assert_eq!(ledger.len(), 2, "{ledger:?}");
    assert!(ledger[0].contains("deserializationError") && ledger[0].contains("\"offset\":2"), "{}", ledger[0]);
    assert!(ledger[1].contains("100 / N") && ledger[1].contains("\"time\":7"), "{}", ledger[1]);
}

#[test]
fn sizes_of_batches_do_not_show() {
    let (single, batches) = (run(Feeding::Single), run(Feeding::Batches));
    for topic in ["a", "b", "c"] {
        assert_eq!(single.topic(topic), batches.topic(topic), "{topic}");
    }
    assert_eq!(single.topics().count(), 3);
}

#[test]
fn headers_go_with_the_results_of_their_records() {
    for feeding in [Feeding::Single, Feeding::Batches] {
        let mut driver = Driver::new();
        driver.add("Q1", &divide("a", "b")).expect("runs");
        driver.add("Q2", &divide("b", "c")).expect("runs");
        let header = |key: &str, value: Option<&str>| (key.to_owned(), value.map(|v| v.as_bytes().to_vec()));
        let headers = [
            vec![],
            vec![header("a", Some("1")), header("b", None), header("a", None)],
            vec![],
            vec![header("", Some(""))],
        ];
        let inputs = headers.iter().enumerate().map(|(i, headers)| {
            let (topic, plain) = record("a", &format!(r#"{{"N":{}}}"#, i + 1), 5);
            (topic, TopicRecord { headers: headers.clone(), ..plain })
        });
        driver.run(inputs.collect(), feeding).expect("runs");
        for topic in ["b", "c"] {
            let found: Vec<_> = driver.topic(topic).iter().map(|r| r.headers.clone()).collect();
            assert_eq!(found, headers, "{topic}");
        }
    }
}

#[test]
fn a_topic_without_inputs_is_read_from_its_start_and_a_loop_ends() {
    let mut driver = Driver::new();
    driver.add("LOOP", &divide("a", "a")).expect("runs");
    driver.append("a", record("a", r#"{"N":20}"#, 1).1);
    driver.run(vec![], Feeding::Batches).expect("runs");
    assert_eq!(values(&driver, "a").len(), 2);
}

#[test]
fn what_is_piped_goes_depth_first_through_queries_that_come_change_and_go() {
    let mut driver = Driver::new();
    let pipe = |driver: &mut Driver, n: i64| {
        let (topic, record) = record("a", &format!(r#"{{"N":{n}}}"#), n);
        driver.pipe(&topic, record).expect("runs");
    };
    driver.append("a", record("a", r#"{"N":1}"#, 0).1);
    driver.put("Q2", &[divide("b", "d")]).expect("runs");
    driver.put("Q1", &[divide("a", "b")]).expect("runs");
    pipe(&mut driver, 4);
    // Replaced: it goes on with what comes, elsewhere.
    driver.put("Q2", &[divide("b", "c")]).expect("runs");
    pipe(&mut driver, 10);
    driver.remove("Q1");
    pipe(&mut driver, 5);
    let row = |n: &str, time| (format!(r#"{{"N":{n}}}"#), time);
    assert_eq!(values(&driver, "b"), [row("25", 4), row("10", 10)]);
    assert_eq!((values(&driver, "d"), values(&driver, "c")), (vec![row("4", 4)], vec![row("10", 10)]));
    assert_eq!(driver.topic("a").len(), 4);
}

#[test]
fn queries_that_feed_themselves_stop_what_is_piped() {
    let mut driver = Driver::new();
    driver.put("Q1", &[divide("a", "b")]).expect("runs");
    driver.put("Q2", &[divide("b", "a")]).expect("runs");
    let (topic, record) = record("a", r#"{"N":4}"#, 0);
    let stopped = driver.pipe(&topic, record).expect_err("a cycle");
    assert_eq!(stopped.query_id, "Q2");
    assert!(stopped.to_string().contains("a -> b -> a"), "{stopped}");
}
