//! Comparisons with catalogs as a server would describe them: every action, and what pulls what with it.

use serde_json::{Value, json};

use super::*;
use crate::check::check;
use crate::files::SqlFile;
use crate::object::kind_noun;
use crate::remote::Answers;
use crate::report;

const ORDERS: &str = "CREATE STREAM orders (id STRING KEY, price DOUBLE) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);";
const BIG: &str = "CREATE STREAM big AS SELECT id, price FROM orders WHERE price > 100 EMIT CHANGES;";
const HUGE: &str = "CREATE STREAM huge AS SELECT * FROM big WHERE price > 1000 EMIT CHANGES;";
const COUNTS: &str = "CREATE TABLE counts AS SELECT id, COUNT(*) AS n FROM orders GROUP BY id EMIT CHANGES;";
const COPY: &str = "INSERT INTO big WITH (QUERY_ID='copy') SELECT id, price FROM orders WHERE price < 0 EMIT CHANGES;";

/// What a server says that was given these statements.
fn server(statements: &[&str]) -> Answers {
    let file = SqlFile { path: "server.sql".into(), text: statements.join("\n") };
    let checked = check(vec![file], &[], &Surroundings::default());
    assert!(!crate::finding::any_error(&checked.findings), "{:?}", checked.findings);
    let mut answers = Answers::default();
    let mut types = serde_json::Map::new();
    for described in &checked.objects {
        let text = &described.object.statement.text;
        let mut query = |id: String, sink: &str| {
            answers.queries.push(json!({"id": id, "queryString": text, "sinks": [sink], "queryType": "PERSISTENT"}));
            let set = &described.object.properties;
            answers.query_descriptions.push(json!({"id": id, "overriddenProperties": set}));
        };
        if let Some(stream) = &described.feeds {
            let id = if let Id::Query(id) = &described.object.id { id.clone() } else { "INSERTQUERY_7".into() };
            query(id, stream);
        }
        if let StatementKind::CreateType { name, .. } = &described.object.statement.kind {
            types.insert(name.value.clone(), json!({"type": "INTEGER", "fields": null, "memberSchema": null}));
        }
        let Some(source) = &described.source else { continue };
        if source.query.is_some() {
            query(format!("CSAS_{}_1", source.name), &source.name);
        }
        let partitions = usize::try_from(source.partitions.unwrap_or(1)).unwrap();
        answers.topics.push(json!({"name": source.topic, "replicaInfo": vec![1; partitions]}));
        let fields: Vec<Value> = source.schema.columns().iter().map(field).collect();
        answers.sources.push(json!({
            "name": source.name, "type": kind_noun(source.kind).to_uppercase(), "topic": source.topic,
            "keyFormat": source.key_format.format.name(), "valueFormat": source.value_format.format.name(),
            "windowType": null, "statement": text, "fields": fields,
        }));
    }
    answers.types = json!([{"@type": "type_list", "types": types}]);
    answers
}

fn field(column: &millstream_types::Column) -> Value {
    let ty = column.ty.to_string();
    let schema = json!({"type": ty, "fields": null, "memberSchema": null});
    match column.role {
        millstream_types::Role::Key => json!({"name": column.name, "type": "KEY", "schema": schema}),
        _ => json!({"name": column.name, "schema": schema}),
    }
}

fn compared(files: &[&str], answers: &Answers, permissions: Permissions) -> Diff {
    let current = Current::of(answers);
    let file = SqlFile { path: "p.sql".into(), text: files.join("\n") };
    let names = check(vec![file.clone()], &[], &Surroundings::default()).described;
    let mut surroundings = Surroundings { catalog: current.catalog(), properties: BTreeMap::new() };
    for id in &names {
        if let Id::Source(name) = id {
            surroundings.catalog.remove(name);
        }
    }
    let checked = check(vec![file], &[], &surroundings);
    assert!(!crate::finding::any_error(&checked.findings), "{:?}", checked.findings);
    diff(&checked.objects, &current, &surroundings, permissions)
}

fn told(diff: &Diff) -> Vec<String> {
    let change = |c: &Change| format!("{:?} {}", c.action, c.id);
    diff.changes.iter().filter(|c| c.action != Action::Unchanged).map(change).collect()
}

fn steps(diff: &Diff) -> Vec<&str> {
    diff.steps.iter().map(|step| step.what.as_str()).collect()
}

#[test]
fn nothing_there_everything_is_created_in_order() {
    let diff = compared(&[HUGE, COPY, BIG, ORDERS, COUNTS], &Answers::default(), Permissions::default());
    assert_eq!(
        steps(&diff),
        ["create stream orders", "create stream big", "create stream huge", "create query copy", "create table counts"]
    );
    assert!(!diff.loses() && diff.blocked.is_empty());
}

#[test]
fn the_same_in_another_layout_is_no_change() {
    let all = [ORDERS, BIG, HUGE, COUNTS, COPY];
    let written = [
        "create or replace stream ORDERS (ID varchar key, price double) with (partitions=1, value_format='json', kafka_topic='orders');",
        "CREATE STREAM IF NOT EXISTS big AS\n  SELECT id, price -- all of it\n  FROM orders WHERE price > 100;",
        HUGE,
        COUNTS,
        COPY,
    ];
    let diff = compared(&written, &server(&all), Permissions::default());
    assert_eq!(told(&diff), [""; 0], "{}", report::text(&diff, "p", "s"));
    assert!(diff.is_empty() && report::summary(&diff).starts_with("Nothing to do"));
}

#[test]
fn a_filter_is_upgraded_in_place() {
    let other = "CREATE STREAM big AS SELECT id, price FROM orders WHERE price > 200 EMIT CHANGES;";
    let diff = compared(&[ORDERS, other, HUGE], &server(&[ORDERS, BIG, HUGE]), Permissions::default());
    assert_eq!(told(&diff), ["Upgrade big"]);
    assert_eq!(
        diff.steps[0].sql,
        "CREATE OR REPLACE STREAM BIG AS SELECT ID, PRICE FROM ORDERS WHERE PRICE > 200 EMIT CHANGES;"
    );
    assert!(!diff.loses());
    let text = report::text(&diff, "p", "s");
    assert!(text.contains("WHERE        - PRICE > 100\n                   + PRICE > 200"), "{text}");
}

#[test]
fn a_new_column_reaches_those_that_take_all() {
    let other = "CREATE STREAM orders (id STRING KEY, price DOUBLE, shop INT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');";
    let star = "CREATE STREAM big AS SELECT * FROM orders WHERE price > 100 EMIT CHANGES;";
    let diff = compared(&[other, star], &server(&[ORDERS, star]), Permissions::default());
    assert_eq!(told(&diff), ["Upgrade orders", "Upgrade big"]);
    let added = Difference { part: "column", from: None, to: Some("`SHOP` INTEGER".into()) };
    assert!(diff.changes.iter().all(|c| c.differences == [added.clone()]), "{:?}", diff.changes);
}

#[test]
fn another_key_is_a_replacement_and_takes_its_readers_along() {
    let other = "CREATE STREAM big AS SELECT price, id FROM orders WHERE price > 100 PARTITION BY price EMIT CHANGES;";
    let huge = "CREATE STREAM huge AS SELECT * FROM big WHERE price > 1000 EMIT CHANGES;";
    let copy = "INSERT INTO huge WITH (QUERY_ID='copy') SELECT price, id FROM orders PARTITION BY price EMIT CHANGES;";
    let old = "INSERT INTO huge WITH (QUERY_ID='copy') SELECT id, price FROM orders EMIT CHANGES;";
    let diff = compared(&[ORDERS, other, huge, copy], &server(&[ORDERS, BIG, HUGE, old]), Permissions::default());
    assert_eq!(told(&diff), ["Replace big", "Replace huge", "Replace copy"]);
    assert_eq!(
        steps(&diff),
        [
            "end query copy",
            "drop stream huge",
            "drop stream big",
            "create stream big",
            "create stream huge",
            "create query copy"
        ]
    );
    assert!(diff.loses());
    let text = report::text(&diff, "p", "s");
    assert!(text.contains("-/+ stream big") && text.contains("Key columns must be identical"), "{text}");
    assert!(text.contains("because big is dropped, to which it is tied"), "{text}");
    assert!(text.contains("! its place in what it reads is lost: it starts anew at latest"), "{text}");
    assert!(text.contains("! topic BIG keeps the records of before") && text.contains("--allow-state-loss"), "{text}");
    let permissions = Permissions { delete_topics: true, delete: false };
    let diff = compared(&[ORDERS, other, huge, copy], &server(&[ORDERS, BIG, HUGE, old]), permissions);
    assert!(diff.steps[1].sql == "DROP STREAM `HUGE` DELETE TOPIC;", "{:?}", diff.steps);
}

#[test]
fn other_groups_lose_their_state() {
    let other = "SET 'auto.offset.reset' = 'earliest'; CREATE TABLE counts AS SELECT price, COUNT(*) AS n FROM orders GROUP BY price EMIT CHANGES;";
    let diff = compared(&[ORDERS, other], &server(&[ORDERS, COUNTS]), Permissions::default());
    assert_eq!(told(&diff), ["Replace counts"]);
    assert_eq!(diff.changes[1].losses[0], "the state of its groups is lost: it is built anew from earliest");
    assert_eq!(diff.steps[1].properties.get("auto.offset.reset").map(String::as_str), Some("earliest"));
}

#[test]
fn what_is_not_in_the_files_is_left_alone_or_deleted() {
    let there = server(&[ORDERS, BIG, HUGE, COPY, "CREATE TYPE t AS INT;"]);
    let diff = compared(&[ORDERS], &there, Permissions::default());
    assert_eq!(told(&diff), ["Leave big", "Leave huge", "Leave copy", "Leave t"]);
    assert!(diff.is_empty());
    let diff = compared(&[ORDERS], &there, Permissions { delete: true, delete_topics: false });
    assert_eq!(steps(&diff), ["end query copy", "drop stream huge", "drop stream big", "drop type t"]);
    assert!(diff.loses());
}

#[test]
fn what_is_left_alone_may_be_in_the_way() {
    let other = "CREATE STREAM big AS SELECT price, id FROM orders PARTITION BY price EMIT CHANGES;";
    let diff = compared(&[ORDERS, other], &server(&[ORDERS, BIG, HUGE, COPY]), Permissions::default());
    assert_eq!(diff.blocked.len(), 2, "{:?}", diff.blocked);
    assert!(diff.blocked[0].starts_with("big must be dropped, but stream huge is tied to it"), "{:?}", diff.blocked);
    assert!(diff.blocked[1].contains("query COPY"), "{:?}", diff.blocked);
    let diff = compared(
        &[ORDERS, other],
        &server(&[ORDERS, BIG, HUGE, COPY]),
        Permissions { delete: true, delete_topics: false },
    );
    assert_eq!(diff.blocked, [""; 0]);
}

#[test]
fn a_stream_that_becomes_a_table_and_a_topic_that_changes() {
    let table =
        "CREATE TABLE orders (id STRING PRIMARY KEY, price DOUBLE) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');";
    let diff = compared(&[table], &server(&[ORDERS]), Permissions::default());
    assert_eq!(steps(&diff), ["drop stream orders", "create table orders"]);
    assert!(!diff.loses(), "a declared source has no state: {:?}", diff.changes);
    let moved = "CREATE STREAM orders (id STRING KEY, price DOUBLE) WITH (KAFKA_TOPIC='other', VALUE_FORMAT='JSON');";
    let diff = compared(&[moved], &server(&[ORDERS]), Permissions::default());
    assert_eq!(told(&diff), ["Replace orders"]);
    assert!(diff.changes[0].reasons[0].contains("has topic = orders which is not upgradeable to other"));
}

#[test]
fn an_insert_without_a_name_is_what_it_says() {
    let insert = "INSERT INTO big SELECT id, price FROM orders WHERE price < 0 EMIT CHANGES;";
    let other = "INSERT INTO big SELECT id, price FROM orders WHERE price < 1 EMIT CHANGES;";
    let there = server(&[ORDERS, BIG, insert]);
    assert!(compared(&[ORDERS, BIG, insert], &there, Permissions::default()).is_empty());
    let diff = compared(&[ORDERS, BIG, other], &there, Permissions { delete: true, delete_topics: false });
    assert_eq!(steps(&diff), ["end query INSERTQUERY_7", "create query into big"]);
}

#[test]
fn a_sink_of_several_queries_cannot_be_exchanged() {
    let other = "CREATE STREAM big AS SELECT id, price FROM orders WHERE price > 200 EMIT CHANGES;";
    let diff = compared(&[ORDERS, other, COPY], &server(&[ORDERS, BIG, COPY]), Permissions::default());
    assert_eq!(told(&diff), ["Replace big", "Replace copy"]);
    assert!(diff.changes[1].reasons[0].starts_with("several queries feed it (CSAS_BIG_1, COPY)"), "{:?}", diff.changes);
}

#[test]
fn what_was_altered_is_compared_by_its_columns() {
    let mut there = server(&[ORDERS]);
    there.sources[0]["statement"] = json!("ALTER STREAM orders ADD COLUMN shop INT;");
    let column = json!({"name": "SHOP", "schema": {"type": "INTEGER", "fields": null, "memberSchema": null}});
    there.sources[0]["fields"].as_array_mut().unwrap().push(column);
    let same = "CREATE STREAM orders (id STRING KEY, price DOUBLE, shop INT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');";
    assert!(compared(&[same], &there, Permissions::default()).is_empty());
    assert_eq!(told(&compared(&[ORDERS], &there, Permissions::default())), ["Replace orders"]);
}

#[test]
fn a_type_is_exchanged_and_changes_nobody() {
    let there = server(&["CREATE TYPE t AS INT;"]);
    assert!(compared(&["CREATE TYPE t AS INT;"], &there, Permissions::default()).is_empty());
    let diff = compared(&["CREATE TYPE t AS STRING;"], &there, Permissions::default());
    let sql: Vec<&str> = diff.steps.iter().map(|step| step.sql.as_str()).collect();
    assert_eq!(sql, ["DROP TYPE `T`;", "CREATE TYPE T AS STRING;"]);
}

#[test]
fn what_is_set_for_a_query_is_upgraded_in_place() {
    let set = |guarantee: &str| format!("SET 'processing.guarantee' = '{guarantee}';");
    let (before, after) = (set("at_least_once"), set("exactly_once_v2"));
    let there = server(&[ORDERS, &before, BIG]);
    assert!(compared(&[ORDERS, &before, BIG], &there, Permissions::default()).is_empty());
    let diff = compared(&[ORDERS, &after, BIG], &there, Permissions::default());
    assert_eq!(told(&diff), ["Upgrade big"]);
    assert!(!diff.loses());
    assert_eq!(
        diff.steps[0].properties.get("processing.guarantee").map(String::as_str),
        Some("exactly_once_v2"),
        "{diff:?}"
    );
    let text = report::text(&diff, "p", "s");
    let want = "      SET          - 'processing.guarantee' = 'at_least_once'
                   + 'processing.guarantee' = 'exactly_once_v2'
      its results of before stay as they are\n";
    assert!(text.contains(want), "{text}");
    // Where to start is no matter for a query that has started.
    let start = "SET 'auto.offset.reset' = 'earliest';";
    let diff = compared(&[ORDERS, start, &before, BIG], &there, Permissions::default());
    let text = report::text(&diff, "p", "s");
    assert!(text.contains("+ 'auto.offset.reset' = 'earliest'\n      it goes on from where it is"), "{text}");
    // What a source over a topic is made with is in its statement.
    assert!(compared(&[&after, ORDERS, &before, BIG], &there, Permissions::default()).is_empty());
}

#[test]
fn what_is_set_for_an_insert_begins_it_anew() {
    let set = "SET 'processing.guarantee' = 'at_least_once';";
    let diff = compared(&[ORDERS, BIG, set, COPY], &server(&[ORDERS, BIG, COPY]), Permissions::default());
    assert_eq!(told(&diff), ["Replace copy"]);
    assert!(diff.loses());
}

#[test]
fn a_topic_is_made_anew_for_other_partitions() {
    let big = |with: &str| format!("CREATE STREAM big WITH ({with}) AS SELECT id, price FROM orders EMIT CHANGES;");
    let (two, three) = (big("PARTITIONS=2"), big("PARTITIONS=3, REPLICAS=1"));
    let there = server(&[ORDERS, &two]);
    assert!(compared(&[ORDERS, &two], &there, Permissions::default()).is_empty());
    let diff = compared(&[ORDERS, &three], &there, Permissions::default());
    assert_eq!(told(&diff), ["Replace big"]);
    assert_eq!(diff.changes[1].differences[0], Difference::of("partitions", &2, &3));
    assert_eq!(
        diff.blocked,
        [
            "stream big: topic BIG is there and has other partitions: --delete-topics deletes it with all its records; else change WITH"
        ]
    );
    let permissions = Permissions { delete_topics: true, delete: false };
    let diff = compared(&[ORDERS, &three], &there, permissions);
    assert_eq!(diff.blocked, [""; 0]);
    assert_eq!(diff.steps[0].sql, "DROP STREAM `BIG` DELETE TOPIC;");
    // Left out it is the number of what is read.
    let diff = compared(&[ORDERS, &big("KAFKA_TOPIC='BIG'")], &there, permissions);
    assert_eq!(diff.changes[1].differences, [Difference::of("partitions", &2, &1)]);
    let diff = compared(&[ORDERS, &big("PARTITIONS=2, RETENTION_MS=5000")], &there, permissions);
    let kept = Difference { part: "retention", from: None, to: Some("5000".into()) };
    assert_eq!((told(&diff), &diff.changes[1].differences), (vec!["Replace big".to_owned()], &vec![kept]));
    let diff = compared(&[ORDERS, &big("PARTITIONS=2, REPLICAS=2")], &there, permissions);
    assert_eq!(diff.changes[1].differences, [Difference::of("replicas", &1, &2)]);
}

#[test]
fn a_topic_that_is_read_is_nobodys_here_to_make_anew() {
    let orders = ORDERS.replace("PARTITIONS=1", "PARTITIONS=4");
    let permissions = Permissions { delete_topics: true, delete: false };
    let want = "stream orders: topic orders is there and has other partitions: change the topic itself, or WITH";
    let diff = compared(&[&orders], &server(&[ORDERS]), permissions);
    assert_eq!((told(&diff), diff.blocked), (vec!["Replace orders".to_owned()], vec![want.to_owned()]));
    // Also where only the topic is left.
    let mut left = server(&[ORDERS]);
    left.sources.clear();
    let diff = compared(&[&orders], &left, permissions);
    assert_eq!((told(&diff), diff.blocked), (vec!["Create orders".to_owned()], vec![want.to_owned()]));
}

#[test]
fn other_entries_of_with_are_compared_as_they_are() {
    let named = |name: &str| ORDERS.replace("'JSON'", &format!("'AVRO', VALUE_SCHEMA_FULL_NAME='{name}'"));
    let there = server(&[&named("a.B")]);
    assert!(compared(&[&named("a.B")], &there, Permissions::default()).is_empty());
    let diff = compared(&[&named("a.C")], &there, Permissions::default());
    let want = Difference::of("WITH", &"VALUE_SCHEMA_FULL_NAME = a.B", &"VALUE_SCHEMA_FULL_NAME = a.C");
    assert!(diff.changes[0].differences.contains(&want), "{diff:?}");
}
