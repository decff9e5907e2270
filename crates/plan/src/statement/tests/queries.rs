//! Queries that run: their stages, their results' columns and keys.

use serde_json::json;

use super::planned;
use crate::testing::{apply, catalog, run};
use crate::topology::{Step, Topology};
use crate::{Catalog, Plan, Source};

const SOURCES: &str = "CREATE STREAM S (K STRING KEY, A INT, B STRING, L ARRAY<INT>, M ARRAY<STRING>, ST STRUCT<F INT>) \
                       WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                       CREATE STREAM J (K1 INT KEY, K2 INT KEY, V INT) WITH (KAFKA_TOPIC='j', FORMAT='JSON');
                       CREATE STREAM W (K STRING KEY, V INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', \
                       WINDOW_TYPE='TUMBLING', WINDOW_SIZE='10 SECONDS');
                       CREATE STREAM O (A BIGINT KEY, X DOUBLE, Y STRING) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='DELIMITED');";

#[track_caller]
fn made(catalog: &Catalog, sql: &str) -> (std::sync::Arc<Source>, Topology) {
    match planned(catalog, sql) {
        Plan::CreateAs { source, topology, .. } => (source, topology),
        other => panic!("{sql}: {other:?}"),
    }
}

/// The schema of `CREATE STREAM X AS SELECT …` and its key format.
#[track_caller]
fn sink(catalog: &Catalog, query: &str) -> (String, &'static str) {
    let (source, _) = made(catalog, &format!("CREATE STREAM X AS SELECT {query};"));
    (source.schema.to_string(), source.key_format.format.name())
}

fn steps(topology: &Topology) -> Vec<&'static str> {
    let name = |step: &Step| match step {
        Step::Filter { .. } => "filter",
        Step::FlatMap { .. } => "flat map",
        Step::Rekey { .. } => "rekey",
        Step::Table { .. } => "table",
        Step::Expire { .. } => "expire",
        Step::Aggregate(_) => "aggregate",
        Step::Rank(_) => "rank",
        Step::Join(_) => "join",
        Step::Union { .. } => "union",
        Step::Point(_) | Step::Latest(_) => "of a part",
        Step::Project { .. } => "project",
    };
    topology.stages.iter().flat_map(|s| &s.steps).map(name).collect()
}

#[test]
fn rows_get_new_keys() {
    let catalog = catalog(SOURCES);
    let key = |query: &str| sink(&catalog, query).0.split(" KEY").next().map(str::to_owned).unwrap();
    for (query, expected) in [
        ("A, B FROM S PARTITION BY A", "`A` INTEGER"),
        ("A AS Z, B FROM S PARTITION BY A", "`Z` INTEGER"),
        ("* FROM S PARTITION BY S.A", "`A` INTEGER"),
        ("* FROM S PARTITION BY A + 1", "`KSQL_COL_0` INTEGER"),
        ("ABS(A) AS Z, B FROM S PARTITION BY ABS(A)", "`Z` INTEGER"),
        ("* FROM S PARTITION BY ST->F", "`F` INTEGER"),
        ("*, AS_VALUE(A) AS A2 FROM S PARTITION BY A", "`A` INTEGER"),
        ("ROWTIME AS T, B FROM S PARTITION BY ROWTIME", "`T` BIGINT"),
    ] {
        assert_eq!(key(query), expected, "{query}");
    }
    assert_eq!(
        sink(&catalog, "* FROM S PARTITION BY A").0,
        "`A` INTEGER KEY, `B` STRING, `L` ARRAY<INTEGER>, `M` ARRAY<STRING>, `ST` STRUCT<`F` INTEGER>, `K` STRING"
    );
    assert_eq!(sink(&catalog, "B, K FROM S PARTITION BY NULL"), ("`B` STRING, `K` STRING".into(), "NONE"));
    // The order of the key, not of the projection.
    assert_eq!(
        sink(&catalog, "V, K1, K2 FROM J PARTITION BY V, K2").0,
        "`V` INTEGER KEY, `K2` INTEGER KEY, `K1` INTEGER"
    );
    let (_, topology) = made(&catalog, "CREATE STREAM X AS SELECT K, A FROM S PARTITION BY K;");
    assert_eq!(steps(&topology), ["project"], "the same key");
    let (_, topology) = made(&catalog, "CREATE STREAM X AS SELECT K, A FROM S WHERE A > 1 PARTITION BY A;");
    assert_eq!(steps(&topology), ["filter", "rekey", "project"]);
}

#[test]
fn a_key_by_nothing_in_another_format_loses_its_format() {
    let catalog = catalog(SOURCES);
    let (source, topology) = made(&catalog, "CREATE STREAM X AS SELECT * FROM J PARTITION BY NULL;");
    assert_eq!((source.schema.key_count(), source.key_format.format.name()), (0, "NONE"));
    let Step::Rekey { sql } = &topology.stages[0].steps[0] else { panic!("{topology:?}") };
    assert_eq!(sql, "NULL");
}

#[test]
fn lists_become_rows() {
    let catalog = catalog(SOURCES);
    let (_, topology) = made(
        &catalog,
        "CREATE STREAM X AS SELECT K, EXPLODE(L) + 1 AS E, EXPLODE(M) AS T, A, EXPLODE(L) AS SAME FROM S WHERE A > 0;",
    );
    assert_eq!(steps(&topology), ["filter", "flat map", "project"]);
    let Step::FlatMap { lists, .. } = &topology.stages[0].steps[1] else { panic!("{topology:?}") };
    assert_eq!(lists.iter().map(|l| l.sql.as_str()).collect::<Vec<_>>(), ["EXPLODE(L)", "EXPLODE(M)"]);
    let rows = run(
        &topology,
        &[
            json!({"K": "a", "A": 1, "L": [1, 2], "M": ["x"]}),
            json!({"K": "b", "A": 0, "L": [9]}),
            json!({"K": "c", "A": 2}),
            json!({"K": "d", "A": 3, "L": [], "M": [null, "z"]}),
        ],
    );
    let expected = [
        json!({"K": "a", "E": 2, "T": "x", "A": 1, "SAME": 1}),
        json!({"K": "a", "E": 3, "T": null, "A": 1, "SAME": 2}),
        json!({"K": "d", "E": null, "T": null, "A": 3, "SAME": null}),
        json!({"K": "d", "E": null, "T": "z", "A": 3, "SAME": null}),
    ];
    assert_eq!((rows.rows, rows.failures), (expected.to_vec(), vec![]));
}

#[test]
fn windows_of_keys_go_through() {
    let catalog = catalog(SOURCES);
    let (source, topology) = made(&catalog, "CREATE STREAM X AS SELECT K, V, WINDOWSTART AS WS FROM W;");
    assert_eq!(source.schema.to_string(), "`K` STRING KEY, `V` INTEGER, `WS` BIGINT");
    assert_eq!(source.key_window, catalog.get("W").unwrap().key_window);
    let stage = &topology.stages[0];
    assert_eq!((stage.source.window, stage.sink.as_ref().unwrap().window), (source.key_window, source.key_window));
    let Plan::Select { columns, .. } = planned(&catalog, "SELECT * FROM W EMIT CHANGES;") else { panic!() };
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["K", "WINDOWSTART", "WINDOWEND", "V"]);
}

#[test]
fn several_queries_may_feed_a_stream() {
    let catalog = catalog(SOURCES);
    let plan = planned(
        &catalog,
        "INSERT INTO O WITH (QUERY_ID='mine') SELECT A, AS_VALUE(A) AS X, K AS Y FROM S PARTITION BY A;",
    );
    let Plan::InsertSelect { target, query_id, reads, topology, .. } = plan else { panic!("{plan:?}") };
    assert_eq!((target.name.as_str(), query_id.as_deref(), reads), ("O", Some("MINE"), vec!["S".to_owned()]));
    let sink = topology.stages[0].sink.as_ref().unwrap();
    assert_eq!((sink.topic.as_str(), sink.value_format.format.name()), ("o", "DELIMITED"));
    // Converted to the types of the target.
    assert_eq!(sink.schema.to_string(), "`A` BIGINT KEY, `X` DOUBLE, `Y` STRING");
    let rows = run(&topology, &[json!({"K": "k", "A": 3})]).rows;
    assert_eq!(rows, [json!({"A": 3, "X": 3.0, "Y": "k"})]);
    let plan = planned(&catalog, "INSERT INTO O SELECT * FROM O;");
    assert!(matches!(plan, Plan::InsertSelect { query_id: None, .. }), "{plan:?}");
}

#[test]
fn what_a_query_makes_can_be_read() {
    let mut catalog = catalog(SOURCES);
    apply(&planned(&catalog, "CREATE STREAM X AS SELECT A, EXPLODE(L) AS E FROM S PARTITION BY A;"), &mut catalog);
    let (source, _) = made(&catalog, "CREATE STREAM Z AS SELECT * FROM X PARTITION BY E;");
    assert_eq!(source.schema.to_string(), "`E` INTEGER KEY, `A` INTEGER");
    assert_eq!(source.reads, ["X"]);
}
