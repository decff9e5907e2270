//! Columns made of the records' headers.

use serde_json::json;

use super::errors::says;
use super::planned;
use crate::testing::{apply, catalog, run};
use crate::{Catalog, Plan, Settings, plan};

const ALL: &str = "CREATE STREAM S (H ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS, K STRING KEY, V BIGINT) \
                   WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');";
const ONE: &str = "CREATE STREAM O (K STRING KEY, A BYTES HEADER('a'), V BIGINT, B BYTES HEADER('b')) \
                   WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');";

#[test]
fn they_stand_last_and_become_values_of_a_sink() {
    let mut catalog = catalog(&format!("{ALL}\n{ONE}"));
    let schema = |catalog: &Catalog, name: &str| catalog.get(name).unwrap().schema.to_string();
    assert_eq!(
        schema(&catalog, "S"),
        "`K` STRING KEY, `V` BIGINT, `H` ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>> HEADERS"
    );
    assert_eq!(schema(&catalog, "O"), "`K` STRING KEY, `V` BIGINT, `A` BYTES HEADER('a'), `B` BYTES HEADER('b')");
    for sql in ["CREATE STREAM X AS SELECT * FROM S;", "CREATE STREAM Y AS SELECT K, V, B AS C FROM O;"] {
        apply(&planned(&catalog, sql), &mut catalog);
    }
    assert_eq!(schema(&catalog, "X"), "`K` STRING KEY, `V` BIGINT, `H` ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>>");
    assert_eq!(schema(&catalog, "Y"), "`K` STRING KEY, `V` BIGINT, `C` BYTES");
}

#[test]
fn they_are_columns_like_any_other() {
    let catalog = catalog(ALL);
    let sql = "CREATE STREAM X AS SELECT K, V FROM S WHERE H[1]->KEY = 'abc';";
    let Plan::CreateAs { topology, .. } = planned(&catalog, sql) else { panic!() };
    assert_eq!(topology.stages[0].source.used, [0, 1, 2]);
    let record = |key: &str| json!({"K": "k", "V": 1, "H": [{"KEY": key, "VALUE": "IQ=="}]});
    let rows = run(&topology, &[record("abc"), record("def")]).rows;
    assert_eq!(rows, [json!({"K": "k", "V": 1})]);
}

#[test]
fn there_are_rules_for_declaring_them() {
    let create =
        |columns: &str| format!("CREATE STREAM S (V INT, {columns}) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
    let all = "ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS";
    for (columns, expected) in [
        (format!("H {all}, I {all}"), "Schema already contains a HEADERS column."),
        ("H BYTES HEADER('blah'), I BYTES HEADER('blah')".into(), "Schema already contains a HEADER('blah') column."),
        (format!("H {all}, I BYTES HEADER('a')"), "Schema already contains a HEADERS column."),
        (format!("I BYTES HEADER('a'), H {all}"), "Schema already contains a HEADER('a') column."),
        (
            "H INT HEADERS".into(),
            "Invalid type for HEADERS column: expected ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>>, got INTEGER",
        ),
        ("H INT HEADER('a')".into(), "Invalid type for HEADER('a') column: expected BYTES, got INTEGER"),
    ] {
        says(&Catalog::default(), &create(&columns), &[expected]);
    }
}

#[test]
fn they_can_be_switched_off() {
    let settings = Settings::of([("ksql.headers.columns.enabled", "false")]);
    let findings = plan(&millstream_sql::parse(ONE).unwrap()[0], &Catalog::default(), &settings).unwrap_err();
    let messages: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages, ["Cannot create Stream because schema with headers columns is disabled."]);
}

#[test]
fn nothing_is_inserted_beside_them() {
    let catalog = catalog(ONE);
    let refused = "Cannot insert into O because it has header columns";
    says(&catalog, "INSERT INTO O (K, V) VALUES ('a', 1);", &[refused]);
}
