//! The WITH clause: which properties there are, what their values may be, and what holds where it says nothing.

use std::sync::Arc;

use millstream_types::{FormatSpec, KeyWindow, Wrapping};

use super::errors::says;
use crate::testing::catalog;
use crate::{Catalog, Plan, Settings, Source};

fn planned(catalog: &Catalog, settings: &Settings, sql: &str) -> Arc<Source> {
    let statement = millstream_sql::parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql))).remove(0);
    match crate::plan(&statement, catalog, settings).unwrap_or_else(|e| panic!("{}", e[0].render(sql))) {
        Plan::CreateSource { source, .. } | Plan::CreateAs { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

/// The source that a WITH clause over a topic makes.
fn source(columns: &str, with: &str) -> Arc<Source> {
    let sql = format!("CREATE STREAM S ({columns}) WITH (KAFKA_TOPIC='t', {with});");
    planned(&Catalog::default(), &Settings::default(), &sql)
}

fn shown(spec: FormatSpec) -> String {
    let feature = spec.wrapping.map_or("", Wrapping::name);
    format!("{} {:?} {feature}", spec.format, spec.delimiter.char())
}

#[test]
fn values_are_read_by_their_types() {
    let with = |with: &str| format!("CREATE STREAM S (V INT, T STRING) WITH (VALUE_FORMAT='JSON', {with});");
    for (property, expected) in [
        (
            "KAFKA_TOPIC=1",
            "Invalid value 1 for configuration KAFKA_TOPIC: Expected value to be a string, but it was a java.lang.Integer",
        ),
        ("KAFKA_TOPIC=' '", "Invalid value   for configuration KAFKA_TOPIC: String must be non-empty"),
        ("KAFKA_TOPIC='t', PARTITIONS=0", "Invalid value 0 for configuration PARTITIONS: must be a positive number"),
        (
            "KAFKA_TOPIC='t', PARTITIONS='many'",
            "Invalid value many for configuration PARTITIONS: Not a number of type INT",
        ),
        (
            "KAFKA_TOPIC='t', PARTITIONS=true",
            "Invalid value true for configuration PARTITIONS: Expected value to be a 32-bit integer, but it was a java.lang.Boolean",
        ),
        (
            "KAFKA_TOPIC='t', PARTITIONS=3000000000",
            "Invalid value 3000000000 for configuration PARTITIONS: Expected value to be a 32-bit integer, but it was a java.lang.Long",
        ),
        (
            "KAFKA_TOPIC='t', REPLICAS='40000'",
            "Invalid value 40000 for configuration REPLICAS: Not a number of type SHORT",
        ),
        (
            "KAFKA_TOPIC='t', REPLICAS=-2",
            "Invalid value -2 for configuration REPLICAS: must be a positive number or -1",
        ),
        (
            "KAFKA_TOPIC='t', RETENTION_MS=1.5",
            "Invalid value 1.5 for configuration RETENTION_MS: Expected value to be a 64-bit integer (long), but it was a java.math.BigDecimal",
        ),
        (
            "KAFKA_TOPIC='t', RETENTION_MS=-2",
            "Invalid value -2 for configuration RETENTION_MS: must be milliseconds, or -1",
        ),
        (
            "KAFKA_TOPIC='t', WRAP_SINGLE_VALUE='perhaps'",
            "Invalid value perhaps for configuration WRAP_SINGLE_VALUE: Expected value to be either true or false",
        ),
        (
            "KAFKA_TOPIC='t', VALUE_DELIMITER='<~>'",
            "Configuration VALUE_DELIMITER is invalid: Invalid delimiter value: '<~>'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'",
        ),
        (
            "KAFKA_TOPIC='t', WINDOW_TYPE='Sliding'",
            "Invalid value Sliding for configuration WINDOW_TYPE: String must be one of: SESSION, HOPPING, TUMBLING, null",
        ),
        ("KAFKA_TOPIC='t', FOO=1, BAR=2", "Invalid config variable(s) in the WITH clause: FOO,BAR"),
        ("KAFKA_TOPIC='t', kafka_topic='u'", "Duplicate property in the WITH clause: KAFKA_TOPIC"),
        (
            "KAFKA_TOPIC='t', FORMAT='JSON'",
            "Cannot supply both 'VALUE_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
        ),
    ] {
        says(&Catalog::default(), &with(property), &[expected]);
        let text = crate::testing::findings(&Catalog::default(), &with(property));
        assert!(text.starts_with(&format!("Failed to prepare statement: {expected}\n")), "{text}");
    }
    says(
        &Catalog::default(),
        &with("PARTITIONS=1"),
        &["Missing required property \"KAFKA_TOPIC\" which has no default value."],
    );
    says(
        &Catalog::default(),
        &with("KAFKA_TOPIC='t', CLEANUP_POLICY='compact'"),
        &[
            "Invalid config variable in the WITH clause: CLEANUP_POLICY.\nThe CLEANUP_POLICY config is automatically inferred based on the type of source (STREAM or TABLE).\nUsers can't set the CLEANUP_POLICY config manually.",
        ],
    );
}

#[test]
fn delimiters_belong_to_delimited() {
    let s = source("A INT KEY, B INT KEY, V INT", "FORMAT='DELIMITED', KEY_DELIMITER='|', VALUE_DELIMITER='TAB'");
    assert_eq!((shown(s.key_format), shown(s.value_format)), ("DELIMITED '|' ".into(), "DELIMITED '\\t' ".into()));
    let none = Catalog::default();
    let create = |with: &str| format!("CREATE STREAM S (K INT KEY, V INT) WITH (KAFKA_TOPIC='t', {with});");
    says(
        &none,
        &create("VALUE_FORMAT='JSON', VALUE_DELIMITER='|', VALUE_SCHEMA_FULL_NAME='x'"),
        &["JSON does not support the following configs: [delimiter, fullSchemaName]"],
    );
    says(
        &none,
        &create("VALUE_FORMAT='DELIMITED', KEY_DELIMITER='|'"),
        &["KAFKA does not support the following configs: [delimiter]"],
    );
    says(
        &none,
        &create("VALUE_FORMAT='DELIMITED', WRAP_SINGLE_VALUE=true"),
        &["Format 'DELIMITED' does not support 'WRAP_SINGLE_VALUE' set to 'true'."],
    );
    says(
        &none,
        "CREATE STREAM S (K INT KEY, V ARRAY<INT>) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='DELIMITED');",
        &[
            "Value format does not support schema.\nformat: DELIMITED\nschema: Persistence{columns=[`V` ARRAY<INTEGER>], features=[]}\nreason: The 'DELIMITED' format does not support type 'ARRAY', column: `V`",
        ],
    );
}

#[test]
fn sinks_inherit_a_delimiter_with_its_format() {
    let catalog = catalog(
        "CREATE STREAM S (K STRING KEY, V STRING) WITH (KAFKA_TOPIC='t', FORMAT='DELIMITED', VALUE_DELIMITER='SPACE', KEY_DELIMITER=';');\n\
         CREATE STREAM N (V STRING) WITH (KAFKA_TOPIC='n', KEY_FORMAT='NONE', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false);",
    );
    let sink = |with: &str, from: &str| {
        let sql = format!("CREATE STREAM X {with} AS SELECT * FROM {from};");
        let sink = planned(&catalog, &Settings::default(), &sql);
        format!("{}/ {}", shown(sink.key_format), shown(sink.value_format))
    };
    assert_eq!(sink("", "S"), "DELIMITED ';' / DELIMITED ' ' ");
    assert_eq!(sink("WITH (VALUE_FORMAT='DELIMITED')", "S"), "DELIMITED ';' / DELIMITED ' ' ");
    assert_eq!(sink("WITH (VALUE_DELIMITER='|')", "S"), "DELIMITED ';' / DELIMITED '|' ");
    assert_eq!(sink("WITH (FORMAT='JSON')", "S"), "JSON ',' UNWRAP_SINGLES/ JSON ',' ");
    assert_eq!(sink("WITH (KEY_FORMAT='KAFKA')", "S"), "KAFKA ',' / DELIMITED ' ' ");
    // How single values are wrapped is not inherited.
    assert_eq!(sink("", "N"), "NONE ',' / JSON ',' ");
}

#[test]
fn the_session_says_what_the_clause_does_not() {
    let settings = |properties: &[(&str, &str)]| Settings::of(properties.iter().copied());
    let formats = |settings: &Settings, columns: &str, with: &str| {
        let sql = format!("CREATE STREAM S ({columns}) WITH (KAFKA_TOPIC='t'{with});");
        let source = planned(&Catalog::default(), settings, &sql);
        format!("{}/ {}", shown(source.key_format), shown(source.value_format))
    };
    let both = settings(&[
        ("ksql.persistence.default.format.key", "json"),
        ("ksql.persistence.default.format.value", "DELIMITED"),
        ("ksql.persistence.wrap.single.values", "true"),
    ]);
    assert_eq!(formats(&both, "K INT KEY, V INT", ""), "JSON ',' UNWRAP_SINGLES/ DELIMITED ',' ");
    assert_eq!(formats(&both, "V INT", ", VALUE_FORMAT='JSON', KEY_FORMAT='NONE'"), "NONE ',' / JSON ',' WRAP_SINGLES");
    assert_eq!(formats(&both, "A INT, B INT", ", FORMAT='JSON'"), "JSON ',' / JSON ',' ");
    let bare = settings(&[("ksql.persistence.wrap.single.values", "false")]);
    assert_eq!(formats(&bare, "V INT", ", VALUE_FORMAT='JSON'"), "KAFKA ',' / JSON ',' UNWRAP_SINGLES");
    assert_eq!(
        formats(&bare, "V INT", ", VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=true"),
        "KAFKA ',' / JSON ',' WRAP_SINGLES"
    );

    let catalog = catalog("CREATE STREAM S (K INT KEY, A INT, B INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');");
    let prefixed =
        settings(&[("ksql.output.topic.name.prefix", "out_"), ("ksql.persistence.wrap.single.values", "false")]);
    let sink = planned(&catalog, &prefixed, "CREATE STREAM X AS SELECT K, A FROM S;");
    assert_eq!((sink.topic.as_str(), shown(sink.value_format).as_str()), ("out_X", "JSON ',' UNWRAP_SINGLES"));
    let sink = planned(&catalog, &prefixed, "CREATE STREAM X WITH (KAFKA_TOPIC='Mine') AS SELECT * FROM S;");
    assert_eq!((sink.topic.as_str(), shown(sink.value_format).as_str()), ("Mine", "JSON ',' "));

    let sql = "CREATE STREAM S (V INT) WITH (KAFKA_TOPIC='t');";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let messages = |settings: &Settings| {
        let findings = crate::plan(&statement, &Catalog::default(), settings).unwrap_err();
        findings.into_iter().map(|f| f.message).collect::<Vec<_>>().join("\n")
    };
    let odd =
        settings(&[("ksql.persistence.default.format.value", "avro"), ("ksql.persistence.default.format.key", "foo")]);
    assert_eq!(messages(&odd), "Unknown format: FOO");
    assert!(messages(&Settings::default()).contains("ksql.persistence.default.format.value"));
}

#[test]
fn schemas_of_a_registry_are_refused_where_they_are_named() {
    let none = Catalog::default();
    let create = |columns: &str, with: &str| format!("CREATE STREAM S {columns} WITH (KAFKA_TOPIC='t', {with});");
    says(
        &none,
        &create("(V INT)", "KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', KEY_SCHEMA_ID=1"),
        &["KEY_FORMAT should support schema inference when KEY_SCHEMA_ID is provided. Current format is KAFKA."],
    );
    says(
        &none,
        &create("(V INT)", "VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=1"),
        &["Table elements and VALUE_SCHEMA_ID cannot both exist for create statement."],
    );
    says(
        &none,
        &create("(V INT)", "VALUE_FORMAT='JSON', VALUE_PROTOBUF_NULLABLE_REPRESENTATION='WRAPPER'"),
        &["Property VALUE_PROTOBUF_NULLABLE_REPRESENTATION can only be enabled with protobuf format"],
    );
    let source = source("V INT", "VALUE_FORMAT='JSON', SOURCED_BY_CONNECTOR='jdbc'");
    assert_eq!(source.topic, "t");
}

#[test]
fn keys_may_carry_windows() {
    let window = |with: &str| source("K INT KEY, V INT", &format!("VALUE_FORMAT='JSON', {with}")).key_window;
    assert_eq!(window("WINDOW_TYPE='Session'"), Some(KeyWindow::Session));
    assert_eq!(
        window("WINDOW_TYPE='tumbling', WINDOW_SIZE='20 SECONDS'"),
        Some(KeyWindow::Tumbling { size_ms: 20_000 })
    );
    assert_eq!(window("WINDOW_TYPE='HOPPING', WINDOW_SIZE='1 day'"), Some(KeyWindow::Hopping { size_ms: 86_400_000 }));
    let create = |columns: &str, with: &str| {
        format!("CREATE STREAM S ({columns}) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', {with});")
    };
    for (columns, with, expected) in [
        (
            "K INT KEY, V INT",
            "WINDOW_TYPE='SESSION', WINDOW_SIZE='30 seconds'",
            "'WINDOW_SIZE' should not be set for SESSION windows.",
        ),
        ("K INT KEY, V INT", "WINDOW_SIZE='30 seconds'", "'WINDOW_SIZE' should not be set for SESSION windows."),
        (
            "K INT KEY, V INT",
            "WINDOW_TYPE='HOPPING'",
            "HOPPING windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'",
        ),
        ("V INT", "WINDOW_TYPE='SESSION'", "Windowed sources require a key column."),
    ] {
        says(&Catalog::default(), &create(columns, with), &[expected]);
    }
    says(
        &Catalog::default(),
        "CREATE TABLE T (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', RETENTION_MS=5);",
        &["Non-windowed tables do not support retention."],
    );
    let catalog = catalog(
        "CREATE STREAM S (K INT KEY, V INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', WINDOW_TYPE='SESSION');\n\
         CREATE TABLE T (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', WINDOW_TYPE='SESSION', RETENTION_MS=5);\n\
         CREATE STREAM U (K INT KEY, V INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');",
    );
    for (sql, expected) in [
        ("CREATE TABLE X AS SELECT * FROM T;", "KSQL does not support persistent queries on windowed tables."),
        ("INSERT INTO S VALUES (1, 2);", "Cannot insert values into windowed stream/table!"),
        (
            "CREATE TABLE X WITH (RETENTION_MS=5) AS SELECT K, COUNT(*) AS C FROM U GROUP BY K;",
            "Non-windowed tables do not support retention.",
        ),
        (
            "CREATE STREAM X WITH (WINDOW_TYPE='SESSION') AS SELECT * FROM S;",
            "Invalid config variable(s) in the WITH clause: WINDOW_TYPE",
        ),
    ] {
        let found = crate::testing::findings(&catalog, sql);
        assert!(found.contains(expected), "{sql}\n{found}");
    }
}

#[test]
fn a_column_may_tell_the_time() {
    let with = |columns: &str, with: &str| {
        format!("CREATE STREAM S ({columns}) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', {with});")
    };
    let time = |columns: &str, given: &str| {
        let source = planned(&Catalog::default(), &Settings::default(), &with(columns, given));
        source.timestamp.as_ref().map(|t| t.column.clone()).unwrap()
    };
    assert_eq!(time("K BIGINT KEY, V INT", "TIMESTAMP='k'"), "K");
    assert_eq!(time("V INT, `ts` TIMESTAMP", "TIMESTAMP='`ts`'"), "ts");
    assert_eq!(time("V INT, `a\"b` TIMESTAMP", "TIMESTAMP='\"a\"\"b\"'"), "a\"b");
    let sql = with("V INT, T STRING", "TIMESTAMP='T', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ssX'");
    let source = planned(&Catalog::default(), &Settings::default(), &sql);
    let format = source.timestamp.as_ref().and_then(|t| t.format.as_ref()).unwrap();
    assert_eq!(format.text(), "yyyy-MM-dd'T'HH:mm:ssX");
    assert_eq!(format.milliseconds("2018-05-11T21:58:33z"), Ok(1_526_075_913_000));
    assert!(format.milliseconds("not a timestamp").is_err());
    let wrong = with("V INT, T STRING", "TIMESTAMP='T', TIMESTAMP_FORMAT='invalid'");
    let found = crate::testing::findings(&Catalog::default(), &wrong);
    let expected = "Failed to prepare statement: Invalid datetime format for config:TIMESTAMP_FORMAT, reason:";
    assert!(found.starts_with(expected), "{found}");
    for (columns, given, expected) in [
        (
            "V INT",
            "TIMESTAMP='nope'",
            "The TIMESTAMP column set in the WITH clause does not exist in the schema: 'NOPE'",
        ),
        (
            "V INT",
            "TIMESTAMP='V'",
            "Timestamp column, `V`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified.",
        ),
        (
            "V STRING",
            "TIMESTAMP='V'",
            "A String timestamp field has been specified without also specifying the timestamp_format",
        ),
        (
            "V BIGINT",
            "TIMESTAMP='V', TIMESTAMP_FORMAT='yyyy'",
            "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.",
        ),
    ] {
        says(&Catalog::default(), &with(columns, given), &[expected]);
    }
    let catalog = catalog(&with("K INT KEY, V BIGINT", "TIMESTAMP='V'"));
    let statement =
        millstream_sql::parse("CREATE STREAM X WITH (TIMESTAMP='v') AS SELECT * FROM S;").unwrap().remove(0);
    let strict = Settings { strict_time: true, ..Settings::default() };
    let Plan::CreateAs { topology, .. } = crate::plan(&statement, &catalog, &strict).unwrap() else { panic!() };
    let stage = &topology.stages[0];
    let times = [stage.source.timestamp.as_ref(), stage.sink.as_ref().and_then(|s| s.timestamp.as_ref())];
    assert_eq!(times.map(|t| t.map(|t| (t.position, t.strict))), [Some((1, true)); 2]);
}
