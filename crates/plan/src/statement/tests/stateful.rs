//! Tables and groups: the steps that they are laid out as, and what is said where state cannot be kept.

use crate::testing::{catalog, findings};
use crate::topology::{Aggregate, PseudoColumn, Step, Topology, WindowKind, Windowing};
use crate::{Catalog, Dialect, Plan, Settings, explain};

use super::planned;

const SOURCES: &str = "CREATE STREAM S (K STRING KEY, N INT, M INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n\
                       CREATE TABLE T (ID INT PRIMARY KEY, V INT, W INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

fn topology(catalog: &Catalog, sql: &str) -> Topology {
    match planned(catalog, sql) {
        Plan::CreateAs { topology, .. } | Plan::Select { topology, .. } => topology,
        other => panic!("{sql}: {other:?}"),
    }
}

fn aggregate(topology: &Topology) -> &Aggregate {
    let found = topology.stages[0].steps.iter().find_map(|step| match step {
        Step::Aggregate(aggregate) => Some(aggregate),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn tables_remember_rows_only_for_those_who_ask() {
    let catalog = catalog(SOURCES);
    let first = |sql: &str| match topology(&catalog, sql).stages.remove(0) {
        stage if matches!(stage.steps[0], Step::Table { .. }) => {
            let Step::Table { remember } = &stage.steps[0] else { unreachable!() };
            (remember.as_ref().map(|key| key.columns.len()), stage.source.used.clone())
        }
        stage => panic!("{:?}", stage.steps),
    };
    assert_eq!(first("CREATE TABLE O AS SELECT ID, V FROM T;"), (None, vec![0, 1]));
    assert_eq!(first("CREATE TABLE O AS SELECT ID, V FROM T WHERE W > 1;"), (Some(1), vec![0, 1, 2]));
    // The key is needed, although no expression uses it.
    assert_eq!(first("CREATE TABLE O AS SELECT V, COUNT(*) AS C FROM T GROUP BY V;"), (Some(1), vec![0, 1]));
}

#[test]
fn windows_are_filled_in() {
    let catalog = catalog(SOURCES);
    let window = |clause: &str, emit: &str| {
        let sql = format!("CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S WINDOW {clause} GROUP BY K{emit};");
        aggregate(&topology(&catalog, &sql)).window.unwrap()
    };
    let day = 86_400_000;
    let time = |size, advance| WindowKind::Time { size, advance };
    let expected = |kind, grace, retention, last_only| Windowing { kind, grace, retention, last_only };
    assert_eq!(window("TUMBLING (SIZE 1 SECOND)", ""), expected(time(1000, 1000), day - 1000, day, false));
    assert_eq!(
        window("HOPPING (SIZE 10 SECONDS, ADVANCE BY 2 SECONDS, GRACE PERIOD 3 SECONDS)", ""),
        expected(time(10_000, 2000), 3000, 13_000, false)
    );
    assert_eq!(
        window("SESSION (5 SECONDS, RETENTION 1 MINUTE, GRACE PERIOD 0 SECONDS)", ""),
        expected(WindowKind::Session { gap: 5000 }, 0, 60_000, false)
    );
    // Final results wait for no late rows unless told to; windows longer than a day have no grace.
    assert_eq!(window("TUMBLING (SIZE 2 SECONDS)", " EMIT FINAL"), expected(time(2000, 2000), 0, 2000, true));
    assert_eq!(window("TUMBLING (SIZE 2 DAYS)", ""), expected(time(2 * day, 2 * day), 0, 2 * day, false));
}

#[test]
fn groups_are_told_of() {
    let catalog = catalog(SOURCES);
    let sql = "CREATE TABLE O AS SELECT N + 1 AS G, SUM(M) AS TOTAL, WINDOWSTART AS W FROM S WINDOW TUMBLING (SIZE 1 SECOND) \
               WHERE M > 0 GROUP BY N + 1 HAVING COUNT(*) > 1;";
    let topology = topology(&catalog, sql);
    assert_eq!(aggregate(&topology).pseudo, [PseudoColumn::WindowStart]);
    assert!(aggregate(&topology).before, "HAVING asks");
    let told = explain::topology(&topology.stages);
    assert!(
        told.contains(
            "    Filter: M > 0\n    Aggregate (tumbling, 1000 ms, grace 86399000 ms):\n      G INTEGER <-- N + 1\n      \
             KSQL_AGG_VARIABLE_0 INTEGER <-- SUM(M)\n      KSQL_AGG_VARIABLE_1 BIGINT <-- COUNT(*)\n    \
             Filter: COUNT(*) > 1\n    Project:\n      G INTEGER <-- N + 1\n"
        ),
        "{told}"
    );
}

/// The steps of a query as EXPLAIN tells them.
fn told(sql: &str) -> String {
    explain::topology(&topology(&catalog(SOURCES), sql).stages)
}

#[test]
fn groups_are_named_and_numbered() {
    let by = |by: &str| told(&format!("CREATE TABLE O AS SELECT N + 1 AS G, COUNT(*) AS C FROM S GROUP BY {by};"));
    assert_eq!(by("G"), by("N + 1"));
    assert_eq!(by("1"), by("N + 1"));
    // What ksqlDB understands is what it is there: a column, and a number beside what it could stand for.
    let column = told("CREATE TABLE O AS SELECT N, COUNT(*) AS M FROM S GROUP BY N;");
    assert_eq!(told("CREATE TABLE O AS SELECT N, COUNT(*) AS M FROM S GROUP BY 1;"), column);
    let catalog = catalog(SOURCES);
    let beside = topology(&catalog, "SELECT N, COUNT(*) AS M FROM S GROUP BY 1, N EMIT CHANGES;");
    assert_eq!(aggregate(&beside).group.len(), 2);
    let swapped = topology(&catalog, "SELECT N AS M, COUNT(*) AS C, M AS N FROM S GROUP BY M, N EMIT CHANGES;");
    assert_eq!(aggregate(&swapped).group[0].sql, "M");
    for by in ["2", "C", "3", "0"] {
        let sql = format!("CREATE TABLE O AS SELECT N + 1 AS G, COUNT(*) AS C FROM S GROUP BY {by};");
        assert!(!findings(&catalog, &sql).starts_with("planned"), "{sql}");
    }
    let sql = "CREATE TABLE O AS SELECT N AS G, COUNT(*) AS C FROM S GROUP BY G;";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    let found = crate::plan(&statement, &catalog, &ksql).unwrap_err();
    assert!(found.iter().any(|f| f.message.contains("GROUP BY column 'G' cannot be resolved")), "{found:?}");
}
