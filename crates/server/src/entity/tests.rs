//! Goldens of every shape on the wire, field order included.

use std::sync::Arc;

use millstream_types::{Column, Role, SqlType, StructField};

use super::*;

fn check(entity: Entity, want: &str) {
    assert_eq!(serde_json::to_string(&entity).unwrap(), want);
}

fn text(s: &str) -> String {
    s.to_owned()
}

#[test]
fn current_status() {
    check(
        Entity::CurrentStatus(CurrentStatus {
            statement_text: text("CREATE STREAM S …;"),
            command_id: text("stream/`S`/create"),
            command_status: CommandStatus { status: "SUCCESS", message: text("Stream created"), query_id: None },
            command_sequence_number: 4,
            warnings: warnings(&[text("w")]),
        }),
        r#"{"@type":"currentStatus","statementText":"CREATE STREAM S …;","commandId":"stream/`S`/create","commandStatus":{"status":"SUCCESS","message":"Stream created","queryId":null},"commandSequenceNumber":4,"warnings":[{"message":"w"}]}"#,
    );
}

#[test]
fn warning_and_terminate() {
    check(
        Entity::Warning(WarningEntity { statement_text: text("s"), message: text("m"), warnings: vec![] }),
        r#"{"@type":"warning_entity","statementText":"s","message":"m","warnings":[]}"#,
    );
    check(
        Entity::TerminateQuery(TerminateQuery {
            statement_text: text("s"),
            query_id: text("transient_S_1"),
            was_terminated: true,
            warnings: vec![],
        }),
        r#"{"@type":"terminate_query","statementText":"s","queryId":"transient_S_1","wasTerminated":true,"warnings":[]}"#,
    );
}

#[test]
fn lists() {
    let source = SourceInfo {
        kind: "STREAM",
        name: text("S"),
        topic: text("t"),
        key_format: "KAFKA",
        value_format: "JSON",
        is_windowed: false,
    };
    let source_json =
        r#"{"type":"STREAM","name":"S","topic":"t","keyFormat":"KAFKA","valueFormat":"JSON","isWindowed":false}"#;
    check(
        Entity::Streams(StreamList { statement_text: text("s"), streams: vec![source.clone()], warnings: vec![] }),
        &format!(r#"{{"@type":"streams","statementText":"s","streams":[{source_json}],"warnings":[]}}"#),
    );
    check(
        Entity::Tables(TableList { statement_text: text("s"), tables: vec![source], warnings: vec![] }),
        &format!(r#"{{"@type":"tables","statementText":"s","tables":[{source_json}],"warnings":[]}}"#),
    );
    check(
        Entity::Topics(TopicList {
            statement_text: text("s"),
            topics: vec![TopicInfo { name: text("t"), replica_info: vec![1, 1] }],
            warnings: vec![],
        }),
        r#"{"@type":"kafka_topics","statementText":"s","topics":[{"name":"t","replicaInfo":[1,1]}],"warnings":[]}"#,
    );
    check(
        Entity::Queries(QueryList { statement_text: text("s"), queries: vec![running()], warnings: vec![] }),
        &format!(r#"{{"@type":"queries","statementText":"s","queries":[{RUNNING}],"warnings":[]}}"#),
    );
}

const RUNNING: &str = r#"{"queryString":"CREATE …;","sinks":["O"],"sinkKafkaTopics":["O"],"id":"CSAS_O_1","statusCount":{"RUNNING":1},"queryType":"PERSISTENT","state":"RUNNING"}"#;

fn running() -> RunningQuery {
    RunningQuery {
        query_string: text("CREATE …;"),
        sinks: vec![text("O")],
        sink_kafka_topics: vec![text("O")],
        id: text("CSAS_O_1"),
        status_count: [("RUNNING", 1)].into(),
        query_type: "PERSISTENT",
        state: "RUNNING",
    }
}

#[test]
fn source_description() {
    let entity = SourceDescriptionEntity {
        statement_text: text("DESCRIBE S;"),
        source_description: SourceDescription {
            name: text("S"),
            window_type: None,
            read_queries: vec![running()],
            write_queries: vec![],
            fields: vec![FieldInfo::of(&Column { name: text("K"), ty: SqlType::String, role: Role::Key })],
            kind: "STREAM",
            timestamp: String::new(),
            statistics: String::new(),
            error_stats: String::new(),
            extended: false,
            key_format: "KAFKA",
            value_format: "JSON",
            topic: text("t"),
            partitions: 0,
            replication: 0,
            statement: text("CREATE STREAM S …;"),
            query_offset_summaries: vec![],
            source_constraints: vec![text("O")],
            cluster_statistics: vec![],
            cluster_error_stats: vec![],
        },
        warnings: vec![],
    };
    check(
        Entity::SourceDescription(Box::new(entity)),
        &format!(
            r#"{{"@type":"sourceDescription","statementText":"DESCRIBE S;","sourceDescription":{{"name":"S","windowType":null,"readQueries":[{RUNNING}],"writeQueries":[],"fields":[{{"name":"K","schema":{{"type":"STRING","fields":null,"memberSchema":null}},"type":"KEY"}}],"type":"STREAM","timestamp":"","statistics":"","errorStats":"","extended":false,"keyFormat":"KAFKA","valueFormat":"JSON","topic":"t","partitions":0,"replication":0,"statement":"CREATE STREAM S …;","queryOffsetSummaries":[],"sourceConstraints":["O"],"clusterStatistics":[],"clusterErrorStats":[]}},"warnings":[]}}"#
        ),
    );
}

#[test]
fn nested_types() {
    let ty = SqlType::Array(Arc::new(SqlType::Struct(
        [
            StructField { name: text("D"), ty: SqlType::Decimal { precision: 4, scale: 2 } },
            StructField { name: text("M"), ty: SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Bigint)) },
        ]
        .into(),
    )));
    let field = FieldInfo::of(&Column { name: text("A"), ty, role: Role::Value });
    assert_eq!(
        serde_json::to_string(&field).unwrap(),
        r#"{"name":"A","schema":{"type":"ARRAY","fields":null,"memberSchema":{"type":"STRUCT","fields":[{"name":"D","schema":{"type":"DECIMAL","fields":null,"memberSchema":null,"parameters":{"precision":4,"scale":2}}},{"name":"M","schema":{"type":"MAP","fields":null,"memberSchema":{"type":"BIGINT","fields":null,"memberSchema":null}}}],"memberSchema":null}}}"#
    );
}
