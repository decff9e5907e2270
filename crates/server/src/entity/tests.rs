//! Goldens of every shape on the wire, field order included.

use std::sync::Arc;

use millstream_types::{Column, Role, SqlType, StructField};

use super::*;

fn check(entity: Entity, want: &str) {
    assert_eq!(serde_json::to_string(&entity).unwrap(), want);
    crate::rest::documented::check("Entity", want);
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

#[test]
fn watermarks() {
    let watermark = Watermark {
        query_id: text("q"),
        host: text("h:1"),
        task_id: text("1_0"),
        step: "aggregate",
        stream_time: Some(5),
        stream_timestamp: Some(text("1970-01-01T00:00:00.005Z")),
        age_ms: Some(7),
        held_by_topic: Some(text("t")),
        held_by_partition: Some(0),
        held_by_state: Some("IDLE"),
        held_by_time: None,
        held_by_lag: Some(2),
    };
    check(
        Entity::Watermarks(WatermarkList { statement_text: text("s"), watermarks: vec![watermark], warnings: vec![] }),
        r#"{"@type":"watermarks","statementText":"s","watermarks":[{"queryId":"q","host":"h:1","taskId":"1_0","step":"aggregate","streamTime":5,"streamTimestamp":"1970-01-01T00:00:00.005Z","ageMs":7,"heldByTopic":"t","heldByPartition":0,"heldByState":"IDLE","heldByTime":null,"heldByLag":2}],"warnings":[]}"#,
    );
}

#[test]
fn errors() {
    let error = ErrorInfo {
        time: 5,
        timestamp: Some(text("1970-01-01T00:00:00.005Z")),
        query_id: text("q"),
        stage: text("sink"),
        topic: text("t"),
        partition: 1,
        offset: 2,
        reason: text("r"),
    };
    check(
        Entity::Errors(ErrorList { statement_text: text("s"), errors: vec![error], warnings: vec![] }),
        r#"{"@type":"errors","statementText":"s","errors":[{"time":5,"timestamp":"1970-01-01T00:00:00.005Z","queryId":"q","stage":"sink","topic":"t","partition":1,"offset":2,"reason":"r"}],"warnings":[]}"#,
    );
    check(
        Entity::ErrorsReplayed(ErrorsReplayed {
            statement_text: text("s"),
            query_id: text("q"),
            replayed: 3,
            skipped: 1,
            warnings: vec![],
        }),
        r#"{"@type":"errors_replayed","statementText":"s","queryId":"q","replayed":3,"skipped":1,"warnings":[]}"#,
    );
}

#[test]
fn extended_topics() {
    check(
        Entity::ExtendedTopics(ExtendedTopicList {
            statement_text: text("s"),
            topics: vec![ExtendedTopicInfo {
                name: text("t"),
                replica_info: vec![1],
                consumer_count: 2,
                consumer_group_count: 1,
            }],
            warnings: vec![],
        }),
        r#"{"@type":"kafka_topics_extended","statementText":"s","topics":[{"name":"t","replicaInfo":[1],"consumerCount":2,"consumerGroupCount":1}],"warnings":[]}"#,
    );
}

#[test]
fn settings() {
    check(
        Entity::Properties(PropertyList {
            statement_text: text("s"),
            properties: vec![PropertyInfo {
                name: text("ksql.streams.auto.offset.reset"),
                scope: "KSQL",
                value: Some(text("earliest")),
                editable: true,
                level: "QUERY",
                source: "request",
                handling: text("used"),
            }],
            overwritten_properties: vec![text("ksql.streams.auto.offset.reset")],
            default_properties: vec![],
            warnings: vec![],
        }),
        r#"{"@type":"properties","statementText":"s","properties":[{"name":"ksql.streams.auto.offset.reset","scope":"KSQL","value":"earliest","editable":true,"level":"QUERY","source":"request","handling":"used"}],"overwrittenProperties":["ksql.streams.auto.offset.reset"],"defaultProperties":[],"warnings":[]}"#,
    );
    check(
        Entity::Types(TypeList {
            statement_text: text("s"),
            types: [(text("T"), SchemaInfo::of(&SqlType::Integer))].into(),
            warnings: vec![],
        }),
        r#"{"@type":"type_list","statementText":"s","types":{"T":{"type":"INTEGER","fields":null,"memberSchema":null}},"warnings":[]}"#,
    );
    check(
        Entity::Variables(VariableList {
            statement_text: text("s"),
            variables: vec![VariableInfo { name: text("v"), value: text("x") }],
            warnings: vec![],
        }),
        r#"{"@type":"variables","statementText":"s","variables":[{"name":"v","value":"x"}],"warnings":[]}"#,
    );
}

#[test]
fn functions() {
    check(
        Entity::Functions(FunctionList {
            statement_text: text("s"),
            functions: vec![FunctionName { name: text("ABS"), kind: "SCALAR", category: "MATH" }],
            warnings: vec![],
        }),
        r#"{"@type":"function_names","statementText":"s","functions":[{"name":"ABS","type":"SCALAR","category":"MATH"}],"warnings":[]}"#,
    );
    let argument =
        ArgumentInfo { name: text("value"), kind: text("INT"), description: String::new(), is_variadic: false };
    check(
        Entity::FunctionDescription(FunctionDescription {
            statement_text: text("s"),
            name: text("ABS"),
            description: text("d"),
            author: "a",
            version: "",
            path: "internal",
            functions: vec![FunctionInfo {
                arguments: vec![argument],
                return_type: text("INT"),
                description: text("d"),
            }],
            kind: "SCALAR",
            warnings: vec![],
        }),
        r#"{"@type":"describe_function","statementText":"s","name":"ABS","description":"d","author":"a","version":"","path":"internal","functions":[{"arguments":[{"name":"value","type":"INT","description":"","isVariadic":false}],"returnType":"INT","description":"d"}],"type":"SCALAR","warnings":[]}"#,
    );
}

#[test]
fn query_descriptions() {
    let description = QueryDescription {
        late_records: None,
        id: text("CSAS_O_1"),
        statement_text: text("CREATE …;"),
        window_type: None,
        fields: vec![],
        sources: vec![text("S")],
        sinks: vec![text("O")],
        topology: text("t"),
        execution_plan: text("p"),
        overridden_properties: [(text("auto.offset.reset"), text("earliest"))].into(),
        ksql_host_query_status: [(text("h:1"), "RUNNING")].into(),
        query_type: "PERSISTENT",
        query_errors: vec![QueryError { timestamp: 7, error_message: text("e"), kind: "UNKNOWN" }],
        tasks_metadata: vec![TaskMetadata {
            task_id: text("0_0"),
            topic_offsets: vec![TopicOffset {
                topic_partition_entity: TopicPartition { topic: text("s"), partition: 0 },
                end_offset: 5,
                committed_offset: 3,
            }],
            time_current_idling_started: None,
        }],
        consumer_group_id: text("g"),
        state: Some("RUNNING"),
    };
    let shown = r#"{"id":"CSAS_O_1","statementText":"CREATE …;","windowType":null,"fields":[],"sources":["S"],"sinks":["O"],"topology":"t","executionPlan":"p","overriddenProperties":{"auto.offset.reset":"earliest"},"ksqlHostQueryStatus":{"h:1":"RUNNING"},"queryType":"PERSISTENT","queryErrors":[{"timestamp":7,"errorMessage":"e","type":"UNKNOWN"}],"tasksMetadata":[{"taskId":"0_0","topicOffsets":[{"topicPartitionEntity":{"topic":"s","partition":0},"endOffset":5,"committedOffset":3}],"timeCurrentIdlingStarted":null}],"consumerGroupId":"g","state":"RUNNING"}"#;
    check(
        Entity::QueryDescription(Box::new(QueryDescriptionEntity {
            statement_text: text("s"),
            query_description: description.clone(),
            warnings: vec![],
        })),
        &format!(r#"{{"@type":"queryDescription","statementText":"s","queryDescription":{shown},"warnings":[]}}"#),
    );
    check(
        Entity::QueryDescriptions(QueryDescriptionList {
            statement_text: text("s"),
            query_descriptions: vec![description],
            warnings: vec![],
        }),
        &format!(r#"{{"@type":"query_descriptions","statementText":"s","queryDescriptions":[{shown}],"warnings":[]}}"#),
    );
}

#[test]
fn assertions() {
    check(
        Entity::TopicAsserted(TopicAsserted {
            statement_text: text("s"),
            topic_name: text("t"),
            exists: true,
            warnings: vec![],
        }),
        r#"{"@type":"assert_topic","statementText":"s","topicName":"t","exists":true,"warnings":[]}"#,
    );
    check(
        Entity::SchemaAsserted(SchemaAsserted {
            statement_text: text("s"),
            subject: Some(text("t-value")),
            id: None,
            exists: false,
            warnings: vec![],
        }),
        r#"{"@type":"assert_schema","statementText":"s","subject":"t-value","id":null,"exists":false,"warnings":[]}"#,
    );
}

#[test]
fn connectors() {
    let info: ConnectorInfo = serde_json::from_str(
        r#"{"name":"c","config":{"connector.class":"X"},"tasks":[{"connector":"c","task":0}],"type":"source"}"#,
    )
    .unwrap();
    check(
        Entity::ConnectorCreated(ConnectorCreated { statement_text: text("s"), info, warnings: vec![] }),
        r#"{"@type":"connector_info","statementText":"s","info":{"name":"c","config":{"connector.class":"X"},"tasks":[{"connector":"c","task":0}],"type":"source"},"warnings":[]}"#,
    );
    check(
        Entity::ConnectorDropped(ConnectorDropped {
            statement_text: text("s"),
            connector_name: text("c"),
            warnings: vec![],
        }),
        r#"{"@type":"drop_connector","statementText":"s","connectorName":"c","warnings":[]}"#,
    );
    let simple = SimpleConnector {
        name: text("c"),
        kind: Some(text("sink")),
        class_name: Some(text("X")),
        state: text("RUNNING (1/1 tasks RUNNING)"),
    };
    check(
        Entity::Connectors(ConnectorList { statement_text: text("s"), connectors: vec![simple], warnings: vec![] }),
        r#"{"@type":"connector_list","statementText":"s","connectors":[{"name":"c","type":"sink","className":"X","state":"RUNNING (1/1 tasks RUNNING)"}],"warnings":[]}"#,
    );
    let plugin = ConnectorPlugin { class_name: text("X"), kind: Some(text("source")), version: Some(text("4.1.1")) };
    check(
        Entity::ConnectorPlugins(ConnectorPluginList {
            statement_text: text("s"),
            connectors_plugins: vec![plugin],
            warnings: vec![],
        }),
        r#"{"@type":"connector_plugins_list","statementText":"s","connectorsPlugins":[{"className":"X","type":"source","version":"4.1.1"}],"warnings":[]}"#,
    );
    let status: ConnectorStatus = serde_json::from_str(
        r#"{"name":"c","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[{"id":0,"state":"FAILED","worker_id":"w:1","trace":"boom"}],"type":"source"}"#,
    )
    .unwrap();
    check(
        Entity::ConnectorDescription(Box::new(ConnectorDescription {
            statement_text: text("s"),
            connector_class: text("X"),
            status,
            sources: vec![],
            topics: vec![text("t")],
            warnings: vec![],
        })),
        r#"{"@type":"connector_description","statementText":"s","connectorClass":"X","status":{"name":"c","connector":{"state":"RUNNING","worker_id":"w:1","msg":null},"tasks":[{"id":0,"state":"FAILED","worker_id":"w:1","msg":"boom"}],"type":"source"},"sources":[],"topics":["t"],"warnings":[]}"#,
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
            query_offset_summaries: vec![GroupOffsets {
                group_id: text("g"),
                topic_summaries: vec![TopicOffsets {
                    kafka_topic: text("t"),
                    offsets: vec![PartitionOffsets {
                        partition: 0,
                        log_start_offset: 1,
                        log_end_offset: 5,
                        consumer_offset: 3,
                    }],
                }],
            }],
            source_constraints: vec![text("O")],
            cluster_statistics: vec![],
            cluster_error_stats: vec![],
        },
        warnings: vec![],
    };
    check(
        Entity::SourceDescription(Box::new(entity)),
        &format!(
            r#"{{"@type":"sourceDescription","statementText":"DESCRIBE S;","sourceDescription":{{"name":"S","windowType":null,"readQueries":[{RUNNING}],"writeQueries":[],"fields":[{{"name":"K","schema":{{"type":"STRING","fields":null,"memberSchema":null}},"type":"KEY"}}],"type":"STREAM","timestamp":"","statistics":"","errorStats":"","extended":false,"keyFormat":"KAFKA","valueFormat":"JSON","topic":"t","partitions":0,"replication":0,"statement":"CREATE STREAM S …;","queryOffsetSummaries":[{{"groupId":"g","topicSummaries":[{{"kafkaTopic":"t","offsets":[{{"partition":0,"logStartOffset":1,"logEndOffset":5,"consumerOffset":3}}]}}]}}],"sourceConstraints":["O"],"clusterStatistics":[],"clusterErrorStats":[]}},"warnings":[]}}"#
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

#[test]
fn header_columns() {
    let field = |role: Role| {
        let ty = if role == Role::Headers { Role::headers_type() } else { SqlType::Bytes };
        serde_json::to_string(&FieldInfo::of(&Column { name: text("H"), ty, role })).unwrap()
    };
    let bytes = r#"{"type":"BYTES","fields":null,"memberSchema":null}"#;
    let expected = format!(r#"{{"name":"H","schema":{bytes},"type":"HEADER","headerKey":"a"}}"#);
    assert_eq!(field(Role::Header("a".into())), expected);
    let all = field(Role::Headers);
    assert!(all.contains(r#""type":"HEADER""#) && !all.contains("headerKey"), "{all}");
}

#[test]
fn statements_of_sources() {
    check(
        Entity::SourceStatement(SourceStatement {
            statement_text: text("s"),
            name: text("N"),
            statement: text("CREATE STREAM N;"),
            warnings: vec![],
        }),
        r#"{"@type":"source_statement","statementText":"s","name":"N","statement":"CREATE STREAM N;","warnings":[]}"#,
    );
}
