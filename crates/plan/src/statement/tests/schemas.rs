//! Sources and sinks of formats with a schema registry: inferred columns, the schemas that topics are written with, and
//! what is said when a registry has none.

use millstream_schemas::{FoundSchemas, Lookup, Registered, Reused, SchemaIds, SchemaKind, SchemaText, Side as Which};

use crate::{Catalog, Plan, Settings, Source, plan, schema_needs};

const RECORD: &str =
    r#"{"type":"record","name":"R","fields":[{"name":"id","type":"int"},{"name":"Name","type":"string"}]}"#;

fn found(kind: SchemaKind, text: &str) -> Option<Lookup> {
    Some(Lookup::Found(Registered { id: 7, schema: SchemaText::new(kind, text) }))
}

fn planned(sql: &str, catalog: &Catalog, found: FoundSchemas) -> Result<Source, String> {
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    match plan(&statement, catalog, &Settings { found, ..Settings::default() }) {
        Ok(Plan::CreateSource { source, .. } | Plan::CreateAs { source, .. }) => Ok(Source::clone(&source)),
        Ok(other) => panic!("{other:?}"),
        Err(findings) => Err(findings.into_iter().map(|f| f.message).collect::<Vec<_>>().join("\n")),
    }
}

fn value(kind: SchemaKind, text: &str) -> FoundSchemas {
    FoundSchemas { value: found(kind, text), ..FoundSchemas::default() }
}

#[test]
fn what_is_not_declared_is_needed_and_inferred() {
    let needs = |sql: &str| {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let needs = schema_needs(&statement, &Settings::default());
        needs.into_iter().map(|n| (n.side, n.topic, n.id)).collect::<Vec<_>>()
    };
    let with = "WITH (KAFKA_TOPIC='t', FORMAT='AVRO')";
    assert_eq!(
        needs(&format!("CREATE STREAM S {with};")),
        [(Which::Key, "t".into(), None), (Which::Value, "t".into(), None)]
    );
    assert_eq!(needs(&format!("CREATE STREAM S (K INT KEY) {with};")), [(Which::Value, "t".into(), None)]);
    assert_eq!(needs(&format!("CREATE STREAM S (K INT KEY, V INT) {with};")), []);
    assert_eq!(
        needs("CREATE STREAM X WITH (VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=3) AS SELECT * FROM S;"),
        [(Which::Value, "X".into(), Some(3))]
    );

    let none = Catalog::default();
    let sql = "CREATE STREAM S (K STRING KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO'";
    let source = planned(&format!("{sql});"), &none, value(SchemaKind::Avro, RECORD)).unwrap();
    assert_eq!(source.schema.to_string(), "`K` STRING KEY, `ID` INTEGER, `NAME` STRING");
    assert_eq!(source.schemas.value.unwrap().reused, Reused::No);
    let source = planned(&format!("{sql}, VALUE_SCHEMA_ID=7);"), &none, value(SchemaKind::Avro, RECORD)).unwrap();
    assert_eq!(source.schema.to_string(), "`K` STRING KEY, `id` INTEGER, `Name` STRING");
    assert_eq!(source.schemas.value.unwrap().id, Some(7));
    let source = planned(&format!("{sql}, WRAP_SINGLE_VALUE=false);"), &none, value(SchemaKind::Avro, RECORD)).unwrap();
    assert_eq!(source.schema.to_string(), "`K` STRING KEY, `ROWVAL` STRUCT<`ID` INTEGER, `NAME` STRING>");
    let keyed = FoundSchemas { key: found(SchemaKind::Avro, "\"long\""), ..value(SchemaKind::Avro, RECORD) };
    let source = planned("CREATE TABLE T WITH (KAFKA_TOPIC='t', FORMAT='AVRO');", &none, keyed).unwrap();
    assert_eq!(source.schema.to_string(), "`ROWKEY` BIGINT KEY, `ID` INTEGER, `NAME` STRING");
}

#[test]
fn what_a_registry_does_not_have_is_said() {
    let none = Catalog::default();
    let sql = "CREATE STREAM S WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');";
    let refused = |sql: &str, found| planned(sql, &none, found).unwrap_err();
    let missing = FoundSchemas { value: Some(Lookup::Missing("no".into())), ..FoundSchemas::default() };
    assert!(refused(sql, missing).starts_with(
        "Schema for message values on topic 't' does not exist in the Schema Registry.\nSubject: t-value"
    ));
    let failed = FoundSchemas { value: Some(Lookup::Failed("down".into())), ..FoundSchemas::default() };
    assert_eq!(refused(sql, failed), "Schema registry fetch for topic t failed: down");
    assert!(
        refused(sql, value(SchemaKind::Json, "{}"))
            .starts_with("Value schema is not in the expected format. You may want to set VALUE_FORMAT to 'JSON_SR'.")
    );
    assert!(refused(sql, value(SchemaKind::Avro, "\"int\"")).contains("KSQL stream/table schema must be structured"));
}

#[test]
fn sinks_have_schemas_of_their_own_or_fit_the_one_that_is_named() {
    let mut catalog = Catalog::default();
    let source = "CREATE STREAM S (K INT KEY, `id` INT, `Name` STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');";
    catalog.put(std::sync::Arc::new(planned(source, &catalog, FoundSchemas::default()).unwrap()));
    let ids = SchemaIds { key: None, value: Some(11) };
    let sql = "CREATE STREAM X WITH (VALUE_FORMAT='AVRO', VALUE_SCHEMA_FULL_NAME='a.B') AS SELECT * FROM S;";
    let sink = planned(sql, &catalog, FoundSchemas { ids, ..FoundSchemas::default() }).unwrap();
    let schema = sink.schemas.value.unwrap();
    assert_eq!((schema.id, sink.schemas.key), (Some(11), None));
    assert!(schema.schema.text.contains(r#""name":"B","namespace":"a""#), "{}", schema.schema.text);
    let by_id = "CREATE STREAM X WITH (VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=7) AS SELECT K, `id` FROM S;";
    assert!(planned(by_id, &catalog, value(SchemaKind::Avro, RECORD)).is_ok());
    let other = RECORD.replace("\"int\"", "\"long\"");
    assert_eq!(
        planned(by_id, &catalog, value(SchemaKind::Avro, &other)).unwrap_err(),
        "The following value columns are changed, missing or reordered: [`id` INTEGER]. Schema from schema registry is \
         [`id` BIGINT, `Name` STRING]"
    );
    let name = "CREATE STREAM X WITH (VALUE_FORMAT='AVRO') AS SELECT K, `id` AS `1a` FROM S;";
    let refused = planned(name, &catalog, FoundSchemas::default()).unwrap_err();
    assert!(refused.contains("Schema is not compatible with Avro: Illegal initial character: 1a"), "{refused}");
    let name = "CREATE STREAM X WITH (VALUE_FORMAT='PROTOBUF') AS SELECT K, STRUCT(`a*b` := `id`) AS S FROM S;";
    let refused = planned(name, &catalog, FoundSchemas::default()).unwrap_err();
    assert!(refused.contains("reason: \"a*b\" is not a valid identifier."), "{refused}");
}
