//! Every kind of entity as people see it.

use super::*;

fn check(json: &str, want: &str) {
    assert_eq!(entity(&serde_json::from_str(json).unwrap()), want);
}

#[test]
fn statuses_and_warnings() {
    check(
        r#"{"@type":"currentStatus","commandStatus":{"status":"SUCCESS","message":"Stream created"},"warnings":[{"message":"careful"}]}"#,
        " Message\n----------------\n Stream created\n----------------\nWARNING: careful\n",
    );
    check(
        r#"{"@type":"warning_entity","message":"there already","warnings":[]}"#,
        " Message\n---------------\n there already\n---------------\n",
    );
}

#[test]
fn lists() {
    check(
        r#"{"@type":"streams","streams":[{"type":"STREAM","name":"S","topic":"t","keyFormat":"KAFKA","valueFormat":"JSON","isWindowed":false}]}"#,
        " Stream Name | Kafka Topic | Key Format | Value Format | Windowed\n------------------------------------------------------------------\n S           | t           | KAFKA      | JSON         | false\n------------------------------------------------------------------\n",
    );
    check(
        r#"{"@type":"kafka_topics","topics":[{"name":"t","replicaInfo":[1,1]},{"name":"u","replicaInfo":[1,3]}]}"#,
        " Kafka Topic | Partitions | Partition Replicas\n-----------------------------------------------\n t           | 2          | 1\n u           | 2          | 1, 3\n-----------------------------------------------\n",
    );
}

#[test]
fn queries_stand_on_one_line_each() {
    let shown = entity(
        &serde_json::from_str(
            r#"{"@type":"queries","queries":[{"id":"CSAS_O_1","queryType":"PERSISTENT","statusCount":{"RUNNING":1},"sinks":["O"],"sinkKafkaTopics":["O"],"queryString":"CREATE STREAM O AS\n  SELECT *\n  FROM S;"}]}"#,
        )
        .unwrap(),
    );
    assert!(
        shown.contains(
            " CSAS_O_1 | PERSISTENT | RUNNING:1 | O         | O                | CREATE STREAM O AS SELECT * FROM S;\n"
        ),
        "{shown}"
    );
}

#[test]
fn descriptions() {
    check(
        r#"{"@type":"sourceDescription","sourceDescription":{"name":"S","type":"STREAM","extended":false,"fields":[{"name":"K","schema":{"type":"STRING"},"type":"KEY"},{"name":"A","schema":{"type":"ARRAY","memberSchema":{"type":"STRUCT","fields":[{"name":"D","schema":{"type":"DECIMAL","parameters":{"precision":4,"scale":2}}}]}}}]}}"#,
        "Name                 : S\n Field | Type\n----------------------------------------\n K     | VARCHAR(STRING)  (key)\n A     | ARRAY<STRUCT<D DECIMAL(4, 2)>>\n----------------------------------------\nFor runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n",
    );
}
#[test]
fn lists_of_everything_else() {
    check(
        r#"{"@type":"kafka_topics_extended","topics":[{"name":"t","replicaInfo":[1],"consumerCount":2,"consumerGroupCount":1}]}"#,
        " Kafka Topic | Partitions | Partition Replicas | Consumers | ConsumerGroups\n----------------------------------------------------------------------------\n t           | 1          | 1                  | 2         | 1\n----------------------------------------------------------------------------\n",
    );
    check(
        r#"{"@type":"properties","properties":[{"name":"a","scope":"KSQL","value":"1"},{"name":"b","scope":"KSQL","value":"2"},{"name":"c","scope":"KSQL","value":null}],"overwrittenProperties":["a"],"defaultProperties":["c"]}"#,
        " Property | Scope | Default override | Effective Value\n-------------------------------------------------------\n a        | KSQL  | SESSION          | 1\n b        | KSQL  | SERVER           | 2\n c        | KSQL  |                  |\n-------------------------------------------------------\n",
    );
    check(
        r#"{"@type":"function_names","functions":[{"name":"ABS","type":"SCALAR","category":"MATHEMATICAL"}]}"#,
        " Function Name | Category\n------------------------------\n ABS           | MATHEMATICAL\n------------------------------\nFor detailed information about a function, run: DESCRIBE FUNCTION <Function Name>;\n",
    );
    check(
        r#"{"@type":"type_list","types":{"A":{"type":"STRUCT","fields":[{"name":"N","schema":{"type":"INTEGER"}}]}}}"#,
        " Type Name | Schema\n-------------------------------\n A         | STRUCT<N INTEGER>\n-------------------------------\n",
    );
    check(
        r#"{"@type":"connector_list","connectors":[{"name":"c","type":"sink","className":"X","state":"RUNNING"}]}"#,
        " Connector Name | Type | Class | Status\n-----------------------------------------\n c              | sink | X     | RUNNING\n-----------------------------------------\n",
    );
    check(
        r#"{"@type":"connector_plugins_list","connectorsPlugins":[{"className":"X","type":"source","version":"1"}]}"#,
        " Class | Type   | Version\n--------------------------\n X     | source | 1\n--------------------------\n",
    );
}

#[test]
fn one_line_answers() {
    let line = |json: &str| entity(&serde_json::from_str(json).unwrap()).lines().nth(2).unwrap().trim().to_owned();
    assert_eq!(line(r#"{"@type":"connector_info","info":{"name":"c"}}"#), "Created connector c");
    assert_eq!(line(r#"{"@type":"drop_connector","connectorName":"c"}"#), "Dropped connector \"c\"");
    assert_eq!(line(r#"{"@type":"assert_topic","topicName":"t","exists":true}"#), "Topic t exists.");
    assert_eq!(
        line(r#"{"@type":"assert_schema","subject":"s","id":3,"exists":false}"#),
        "Schema with subject name s id 3 does not exist."
    );
}

#[test]
fn extended_descriptions() {
    check(
        r#"{"@type":"sourceDescription","sourceDescription":{"name":"T","type":"TABLE","windowType":"SESSION","extended":true,"timestamp":"","keyFormat":"KAFKA","valueFormat":"JSON","topic":"t","partitions":1,"replication":1,"statement":"CREATE …;","fields":[{"name":"K","schema":{"type":"INTEGER"},"type":"KEY"},{"name":"H","schema":{"type":"BYTES"},"type":"HEADER","headerKey":"h"}],"readQueries":[{"id":"CSAS_O_1","state":"RUNNING","queryString":"CREATE\nSTREAM"}],"writeQueries":[],"sourceConstraints":["O"],"statistics":"total-messages: 3","errorStats":"errors: 0","queryOffsetSummaries":[{"groupId":"g","topicSummaries":[{"kafkaTopic":"s","offsets":[{"partition":0,"logStartOffset":0,"logEndOffset":9,"consumerOffset":4}]}]}]}}"#,
        "Name                 : T
Type                 : TABLE
Timestamp field      : Not set - using <ROWTIME>
Key format           : KAFKA
Value format         : JSON
Kafka topic          : t (partitions: 1, replication: 1)
Statement            : CREATE …;

 Field | Type
---------------------------------------------------------------
 K     | INTEGER          (primary key) (Window type: SESSION)
 H     | BYTES            (header('h'))
---------------------------------------------------------------

Sources that have a DROP constraint on this source
--------------------------------------------------
O

Queries that read from this TABLE
-----------------------------------
CSAS_O_1 (RUNNING) : CREATE STREAM

For query topology and execution plan please run: EXPLAIN <QueryId>

Local runtime statistics
------------------------
total-messages: 3
errors: 0
(Statistics of the local KSQL server interaction with the Kafka topic t)

Consumer Groups summary:

Consumer Group       : g

Kafka topic          : s
Max lag              : 5

 Partition | Start Offset | End Offset | Offset | Lag
------------------------------------------------------
 0         | 0            | 9          | 4      | 5
------------------------------------------------------
",
    );
}

#[test]
fn queries_are_explained() {
    check(
        r#"{"@type":"queryDescription","queryDescription":{"id":"CSAS_O_1","statementText":"CREATE …;","fields":[{"name":"N","schema":{"type":"STRING"}}],"sources":["S"],"sinks":["O"],"topology":"top\n","executionPlan":"plan\n","overriddenProperties":{"a":"b"},"ksqlHostQueryStatus":{"h:1":"RUNNING"},"queryErrors":[{"timestamp":7,"errorMessage":"boom","type":"UNKNOWN"}]}}"#,
        "ID                   : CSAS_O_1
SQL                  : CREATE …;
Host Query Status    : {h:1=RUNNING}

 Field | Type
-------------------------
 N     | VARCHAR(STRING)
-------------------------

Sources that this query reads from:\u{20}
-----------------------------------
S

For source description please run: DESCRIBE [EXTENDED] <SourceId>

Sinks that this query writes to:\u{20}
-----------------------------------
O

For sink description please run: DESCRIBE [EXTENDED] <SinkId>

Execution plan
--------------
plan

Processing topology
-------------------
top

Overridden Properties
---------------------
 Property | Value
------------------
 a        | b
------------------

Error Date           : 7
Error Details        : boom
Error Type           : UNKNOWN
",
    );
}

#[test]
fn functions_and_connectors_are_described() {
    check(
        r#"{"@type":"describe_function","name":"abs","description":"d","author":"A","version":"","path":"internal","type":"SCALAR","functions":[{"arguments":[{"name":"value","type":"INT","description":"what","isVariadic":true}],"returnType":"INT","description":"d"}]}"#,
        "Name        : ABS
Author      : A
Overview    : d
Type        : SCALAR
Jar         : internal
Variations  :

\tVariation   : ABS(value INT[])
\tReturns     : INT
\tDescription : d
\tvalue       : what
",
    );
    check(
        r#"{"@type":"connector_description","connectorClass":"X","status":{"name":"c","connector":{"state":"FAILED","worker_id":"w:1","msg":"boom"},"tasks":[{"id":0,"state":"RUNNING","msg":null}],"type":"source"},"sources":[],"topics":["t"]}"#,
        "Name                 : c
Class                : X
Type                 : source
State                : FAILED
WorkerId             : w:1
Trace                : boom

 Task ID | State   | Error Trace
---------------------------------
 0       | RUNNING |
---------------------------------

 Related Topics
----------------
 t
----------------
",
    );
}

#[test]
fn statements_of_sources_are_shown_as_they_are() {
    check(
        r#"{"@type":"source_statement","name":"S","statement":"CREATE STREAM s AS\n  SELECT * FROM t;","warnings":[]}"#,
        "CREATE STREAM s AS\n  SELECT * FROM t;\n",
    );
}
