//! Statements from text to plans, and what is said about those that make none.

mod analysed;
mod changes;
mod errors;
mod extensions;
mod headers;
mod joins;
mod pull;
mod queries;
mod refused_queries;
mod schemas;
mod stateful;
mod views;
mod with;

use serde_json::json;

use crate::testing::{apply, catalog, run};
use crate::topology::PseudoColumn;
use crate::{Catalog, Plan};

const ORDERS: &str = "CREATE STREAM ORDERS (ID STRING KEY, PRICE DOUBLE, N INT, TS BIGINT, ITEM STRUCT<NAME STRING, QTY INT>) \
                      WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON', PARTITIONS = 4);";

fn planned(catalog: &Catalog, sql: &str) -> Plan {
    let statement = millstream_sql::parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql))).remove(0);
    crate::plan(&statement, catalog, &crate::Settings::default()).unwrap_or_else(|e| panic!("{}", e[0].render(sql)))
}

#[test]
fn create_stream_registers_a_source() {
    let sql = "CREATE STREAM S (V INT, \"k\" BIGINT KEY, TS TIMESTAMP) WITH (kafka_topic='t', value_format='json', \
               partitions='3', replicas=-1, retention_ms=1000, timestamp='ts');";
    let Plan::CreateSource { source, topic } = planned(&Catalog::default(), sql) else { panic!() };
    assert_eq!(source.schema.to_string(), "`k` BIGINT KEY, `V` INTEGER, `TS` TIMESTAMP");
    assert_eq!((source.key_format.to_owned().format.name(), source.key_format.wrapped()), ("KAFKA", false));
    assert_eq!((source.value_format.format.name(), source.value_format.wrapped()), ("JSON", true));
    assert_eq!((source.timestamp.as_ref().map(|t| t.column.as_str()), source.statement.as_str()), (Some("TS"), sql));
    assert_eq!(
        (topic.name.as_str(), topic.partitions, topic.replicas, topic.retention_ms),
        ("t", Some(3), Some(-1), Some(1000))
    );
}

#[test]
fn single_values_and_several_keys() {
    let source = |sql: &str| match planned(&Catalog::default(), sql) {
        Plan::CreateSource { source, .. } => source,
        other => panic!("{other:?}"),
    };
    let s = source("CREATE STREAM S (V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false);");
    assert!(!s.value_format.wrapped());
    assert_eq!(s.key_format.format.name(), "KAFKA");
    let s = source("CREATE STREAM S (A INT KEY, B STRING KEY, V INT) WITH (KAFKA_TOPIC='t', FORMAT='JSON');");
    assert_eq!((s.key_format.format.name(), s.key_format.wrapped()), ("JSON", true));
    let s = source("CREATE STREAM S (V STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='KAFKA', KEY_FORMAT='NONE');");
    assert_eq!((s.value_format.wrapped(), s.key_format.format.name()), (false, "NONE"));
    let t = source("CREATE TABLE T (ID INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');");
    assert_eq!(t.schema.key_count(), 1);
}

#[test]
fn names_that_exist_are_left_alone_or_replaced() {
    let catalog = catalog(ORDERS);
    let again = ORDERS.replace("STREAM ORDERS", "STREAM IF NOT EXISTS ORDERS");
    let Plan::Nothing { message } = planned(&catalog, &again) else { panic!() };
    assert_eq!(message, "Cannot add stream `ORDERS`: A stream with the same name already exists.");
    let wider = ORDERS.replace("CREATE", "CREATE OR REPLACE").replace("QTY INT>)", "QTY INT>, EXTRA INT)");
    let Plan::CreateSource { source, .. } = planned(&catalog, &wider) else { panic!() };
    assert!(source.schema.find("EXTRA").is_some());
    let Plan::Nothing { message } = planned(&catalog, "DROP STREAM IF EXISTS NOPE;") else { panic!() };
    assert_eq!(message, "Source `NOPE` does not exist.");
}

#[test]
fn create_as_feeds_a_sink() {
    let catalog = catalog(ORDERS);
    let sql = "CREATE STREAM BIG WITH (TIMESTAMP = 'due', PARTITIONS = 2) AS SELECT PRICE * 2, ID AS ORDER_ID, TS AS DUE, \
               ITEM->NAME, ROWTIME AS R FROM ORDERS WHERE N > 1 EMIT CHANGES;";
    let Plan::CreateAs { source, topic, topology, .. } = planned(&catalog, sql) else { panic!() };
    assert_eq!(
        source.schema.to_string(),
        "`ORDER_ID` STRING KEY, `KSQL_COL_0` DOUBLE, `DUE` BIGINT, `NAME` STRING, `R` BIGINT"
    );
    assert_eq!((source.topic.as_str(), source.reads.as_slice()), ("BIG", &["ORDERS".to_owned()][..]));
    assert_eq!(
        (source.timestamp.as_ref().map(|t| t.column.as_str()), source.query_id.as_deref(), topic.partitions),
        (Some("DUE"), None, Some(2))
    );
    let stage = &topology.stages[0];
    assert_eq!(stage.source.used, [0, 1, 2, 3, 4]);
    assert_eq!(stage.source.pseudo, [PseudoColumn::RowTime]);
    let sink = stage.sink.as_ref().unwrap();
    assert_eq!((sink.timestamp.as_ref().map(|t| t.position), &sink.schema), (Some(2), &source.schema));
    let record = |n: i32| json!({"ID": "a", "PRICE": 1.5, "N": n, "TS": 9, "ITEM": {"NAME": "x"}, "ROWTIME": 5});
    let rows = run(&topology, &[record(1), record(2)]).rows;
    assert_eq!(rows, [json!({"ORDER_ID": "a", "KSQL_COL_0": 3.0, "DUE": 9, "NAME": "x", "R": 5})]);
}

#[test]
fn only_used_columns_are_decoded() {
    let mut catalog = catalog(ORDERS);
    let Plan::CreateAs { topology, .. } =
        planned(&catalog, "CREATE STREAM A AS SELECT ID, N FROM ORDERS WHERE ITEM->QTY > 1;")
    else {
        panic!()
    };
    assert_eq!(topology.stages[0].source.used, [0, 2, 4]);
    assert_eq!(topology.stages[0].source.rows.fields().len(), 3);
    // The column that gives event time is decoded whether or not the query names it.
    let timed = "CREATE STREAM TIMED (ID STRING KEY, A INT, TS BIGINT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TIMESTAMP='TS');";
    apply(&planned(&catalog, timed), &mut catalog);
    let Plan::Select { topology, .. } = planned(&catalog, "SELECT ID FROM TIMED EMIT CHANGES;") else { panic!() };
    assert_eq!(
        (topology.stages[0].source.used.as_slice(), topology.stages[0].source.timestamp.as_ref().map(|t| t.position)),
        (&[0, 2][..], Some(1))
    );
    let Plan::Select { topology, .. } = planned(&catalog, "SELECT 1 AS ONE FROM ORDERS EMIT CHANGES;") else {
        panic!()
    };
    assert!(topology.stages[0].source.used.is_empty());
    assert_eq!(run(&topology, &[json!({}), json!({})]).rows, [json!({"ONE": 1}), json!({"ONE": 1})]);
}

#[test]
fn formats_are_inherited_or_chosen() {
    let mut catalog = catalog("CREATE STREAM J (K INT KEY, V INT) WITH (KAFKA_TOPIC='j', FORMAT='JSON');");
    let Plan::CreateAs { source, .. } = planned(&catalog, "CREATE STREAM A AS SELECT * FROM J;") else { panic!() };
    assert_eq!((source.key_format.format.name(), source.value_format.format.name()), ("JSON", "JSON"));
    let sql = "CREATE STREAM B WITH (FORMAT='KAFKA', KAFKA_TOPIC='Other') AS SELECT * FROM J;";
    let plan = planned(&catalog, sql);
    apply(&plan, &mut catalog);
    let Plan::CreateAs { source, .. } = plan else { panic!() };
    assert_eq!(
        (source.value_format.format.name(), source.value_format.wrapped(), source.topic.as_str()),
        ("KAFKA", false, "Other")
    );
    let Plan::CreateAs { source, .. } =
        planned(&catalog, "CREATE STREAM C WITH (KEY_FORMAT='JSON') AS SELECT * FROM B;")
    else {
        panic!()
    };
    assert_eq!((source.key_format.format.name(), source.value_format.format.name()), ("JSON", "KAFKA"));
}

#[test]
fn generated_names() {
    let catalog = catalog(
        "CREATE STREAM S (K STRING KEY, B INT, A STRUCT<B INT>, C STRUCT<B INT, D INT>, KSQL_COL_1 INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
    );
    let names = |items: &str| match planned(&catalog, &format!("SELECT {items} FROM S EMIT CHANGES;")) {
        Plan::Select { columns, .. } => columns.into_iter().map(|c| c.name).collect::<Vec<_>>().join(" "),
        other => panic!("{other:?}"),
    };
    assert_eq!(names("B, A->B, C->B"), "B B_1 B_2");
    assert_eq!(names("1, B + 1, S.B, 2"), "KSQL_COL_0 KSQL_COL_2 B KSQL_COL_3");
    assert_eq!(names("*"), "K B A C KSQL_COL_1");
    assert_eq!(names("C->*, S.*"), "B_1 D K B A C KSQL_COL_1");
    assert_eq!(names("ROWTIME, K AS `k`, ROWOFFSET, A->B AS X"), "ROWTIME k ROWOFFSET X");
}

#[test]
fn select_pushes_or_pulls() {
    let catalog = catalog(ORDERS);
    let Plan::Select { columns, limit, push, topology, .. } =
        planned(&catalog, "SELECT O.N, ROWTIME, O.ID FROM ORDERS AS O WHERE O.PRICE > 250 EMIT CHANGES LIMIT 3;")
    else {
        panic!()
    };
    let shown: Vec<String> = columns.iter().map(|c| format!("{} {}", c.name, c.ty)).collect();
    assert_eq!(shown, ["N INTEGER", "ROWTIME BIGINT", "ID STRING"]);
    assert_eq!((limit, push), (Some(3), true));
    assert!(topology.stages[0].sink.is_none());
    let Plan::Select { limit, push, .. } = planned(&catalog, "SELECT * FROM ORDERS;") else { panic!() };
    assert_eq!((limit, push), (None, false));
}

#[test]
fn insert_values_makes_one_row() {
    let catalog = catalog(
        "CREATE STREAM S (K STRING KEY, I INT, L BIGINT, N DECIMAL(4, 2), D DOUBLE, B BOOLEAN, T STRING, Y BYTES, DA DATE, \
         TS TIMESTAMP, A ARRAY<ARRAY<BIGINT>>, M MAP<STRING, INT>, ST STRUCT<FOO BIGINT, BAR ARRAY<BIGINT>, BAZ DOUBLE>) \
         WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
    );
    let insert =
        |columns: &str, values: &str| match planned(&catalog, &format!("INSERT INTO S {columns} VALUES ({values});")) {
            Plan::InsertValues { rows, times, .. } => {
                assert_eq!((rows.num_columns(), rows.num_rows()), (13, 1));
                let fields = rows.schema();
                let given: serde_json::Map<_, _> = fields
                    .fields()
                    .iter()
                    .zip(rows.columns())
                    .map(|(f, c)| (f.name().clone(), crate::testing::value(c, 0)))
                    .filter(|(_, v)| !v.is_null())
                    .collect();
                (serde_json::Value::Object(given), times[0])
            }
            other => panic!("{other:?}"),
        };
    assert_eq!(insert("(I, ROWTIME, K)", "10, 1234, 'key'"), (json!({"I": 10, "K": "key"}), Some(1234)));
    assert_eq!(insert("(I, L, N, D)", "'10', 10, 1, 2"), (json!({"I": 10, "L": 10, "N": "1.00", "D": 2.0}), None));
    assert_eq!(
        insert("(N, D, B, T)", "'1.5', 1.5, 'yes', 12.50"),
        (json!({"N": "1.50", "D": 1.5, "B": true, "T": "12.50"}), None)
    );
    assert_eq!(
        insert("(Y, DA, TS)", "'IQ==', '1970-01-02', '1970-01-01T00:00:01'"),
        (json!({"Y": "IQ==", "DA": 1, "TS": 1000}), None)
    );
    assert_eq!(insert("(I, A)", "-1, ARRAY[ARRAY[1]]"), (json!({"I": -1, "A": [[1]]}), None));
    assert_eq!(
        insert("(ST)", "STRUCT(FOO := 2, BAR := ARRAY[2], BAZ := 2)"),
        (json!({"ST": {"FOO": 2, "BAR": [2], "BAZ": 2.0}}), None)
    );
    // What the column does not have is passed over.
    assert_eq!(
        insert("(ST)", "STRUCT(FOO := 2, NOPE := 'x')"),
        (json!({"ST": {"FOO": 2, "BAR": null, "BAZ": null}}), None)
    );
    assert_eq!(insert("(ST)", "STRUCT()"), (json!({"ST": {"FOO": null, "BAR": null, "BAZ": null}}), None));
    assert_eq!(insert("(M)", "MAP('k1' := CAST(NULL AS INT))"), (json!({"M": {"k1": null}}), None));
    assert_eq!(insert("(T, I)", "UCASE('a' || 'b'), 1 + 2 * 3"), (json!({"T": "AB", "I": 7}), None));
    assert_eq!(insert("(K, T)", "NULL, 'x'"), (json!({"T": "x"}), None));
    let all = "'k', 1, 2, 3, 4, true, 't', NULL, NULL, NULL, NULL, NULL, NULL";
    assert_eq!(insert("", all).0["N"], json!("3.00"));
}

#[test]
fn drop_takes_what_nothing_reads() {
    let mut catalog = catalog(ORDERS);
    apply(&planned(&catalog, "CREATE STREAM A AS SELECT * FROM ORDERS;"), &mut catalog);
    let Plan::Drop { source, delete_topic } = planned(&catalog, "DROP STREAM A DELETE TOPIC;") else { panic!() };
    assert_eq!((source.name.as_str(), delete_topic), ("A", true));
}
