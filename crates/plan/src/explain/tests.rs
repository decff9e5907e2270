//! Plans as text.

use crate::testing::catalog;
use crate::{Plan, plan};

#[test]
fn rows_of_rows_and_new_keys() {
    let catalog = catalog("CREATE STREAM S (K STRING KEY, A ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
    let sql = "CREATE STREAM O AS SELECT LEN(K) AS L, EXPLODE(A) + 1 AS E FROM S PARTITION BY LEN(K);";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let planned = plan(&statement, &catalog, &crate::Settings::default()).unwrap();
    let Plan::CreateAs { topology, .. } = planned else { panic!("another plan") };
    assert_eq!(
        super::execution_plan(&topology.stages, "Q"),
        " > [ SINK ] | Schema: L INTEGER KEY, E INTEGER | Logger: Q.O\n\
         \t\t > [ PROJECT ] | Schema: L INTEGER KEY, E INTEGER | Logger: Q.Project\n\
         \t\t\t\t > [ REKEY ] | Schema: K STRING KEY, A ARRAY<INTEGER>, KSQL_SYNTH_0 INTEGER | Logger: Q.PartitionBy\n\
         \t\t\t\t\t\t > [ FLAT_MAP ] | Schema: K STRING KEY, A ARRAY<INTEGER>, KSQL_SYNTH_0 INTEGER | Logger: Q.FlatMap\n\
         \t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, A ARRAY<INTEGER> | Logger: Q.KsqlTopic.Source\n"
    );
    assert_eq!(
        super::topology(&topology.stages),
        "Topologies:\n   Sub-topology: 0\n    Source: s (key: KAFKA, value: JSON)\n      K STRING\n      A ARRAY<INTEGER>\n    \
         Flat map:\n      KSQL_SYNTH_0 INTEGER <-- EXPLODE(A)\n    Partition by: LEN(K)\n    Project:\n      \
         L INTEGER <-- LEN(K)\n      E INTEGER <-- EXPLODE(A) + 1\n    Sink: O (key: KAFKA, value: JSON)\n"
    );
}

#[test]
fn a_query_is_told_from_both_ends() {
    let catalog =
        catalog("CREATE STREAM S (K STRING KEY, N INT, `odd name` INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
    let sql = "CREATE STREAM O AS SELECT K, N + 1 AS M, `odd name` FROM S WHERE N > 0;";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let Plan::CreateAs { topology, .. } = plan(&statement, &catalog, &crate::Settings::default()).unwrap() else {
        panic!("another plan")
    };
    assert_eq!(
        super::execution_plan(&topology.stages, "CSAS_O_1"),
        " > [ SINK ] | Schema: K STRING KEY, M INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.O\n\
         \t\t > [ PROJECT ] | Schema: K STRING KEY, M INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.Project\n\
         \t\t\t\t > [ FILTER ] | Schema: K STRING KEY, N INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.Where\n\
         \t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, N INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.KsqlTopic.Source\n"
    );
    assert_eq!(
        super::topology(&topology.stages),
        "Topologies:\n   Sub-topology: 0\n    Source: s (key: KAFKA, value: JSON)\n      K STRING\n      N INTEGER\n      \
         odd name INTEGER\n    Filter: N > 0\n    Project:\n      K STRING <-- K\n      M INTEGER <-- N + 1\n      \
         odd name INTEGER <-- `odd name`\n    Sink: O (key: KAFKA, value: JSON)\n"
    );
}

#[test]
fn both_sides_of_a_join_are_told() {
    let catalog = catalog(
        "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
         CREATE STREAM R (K STRING KEY, N INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON');
         CREATE TABLE T (ID INT PRIMARY KEY, M INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
    );
    let sql = "CREATE STREAM O AS SELECT S.N, R.K, T.M FROM S LEFT JOIN R WITHIN (1 SECONDS, 2 SECONDS) GRACE PERIOD 3 \
               SECONDS ON S.K = R.K JOIN T ON S.N = T.ID;";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let Plan::CreateAs { topology, .. } = plan(&statement, &catalog, &crate::Settings::default()).unwrap() else {
        panic!("another plan")
    };
    assert_eq!(
        super::execution_plan(&topology.stages, "Q"),
        [
            " > [ SINK ] | Schema: S_N INTEGER KEY, R_K STRING, M INTEGER | Logger: Q.O",
            "\t\t > [ PROJECT ] | Schema: S_N INTEGER KEY, R_K STRING, M INTEGER | Logger: Q.Project",
            "\t\t\t\t > [ JOIN ] | Schema: JOINKEY INTEGER KEY, S_K STRING, S_N INTEGER, R_K STRING, T_ID INTEGER, \
             T_M INTEGER | Logger: Q.Join",
            "\t\t\t\t\t\t > [ JOIN ] | Schema: S_K STRING, S_N INTEGER, R_K STRING | Logger: Q.Join-Left.Join",
            "\t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, N INTEGER | Logger: \
             Q.Join-Left.Join-Left.KsqlTopic.Source",
            "\t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, N INTEGER | Logger: \
             Q.Join-Left.Join-Right.KsqlTopic.Source",
            "\t\t\t\t\t\t > [ TABLE ] | Schema: ID INTEGER KEY, M INTEGER | Logger: Q.Join-Right.Table",
            "\t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: ID INTEGER KEY, M INTEGER | Logger: \
             Q.Join-Right.KsqlTopic.Source",
            "",
        ]
        .join("\n")
    );
    assert_eq!(
        super::topology(&topology.stages),
        "Topologies:\n   Sub-topology: 0\n    Source: s (key: KAFKA, value: JSON)\n      K STRING\n      N INTEGER\n    \
         Join (stream-stream, LEFT, 1000 ms before to 2000 ms after, grace 3000 ms): S_K = R_K\n     \
         with Source: r (key: KAFKA, value: JSON)\n      K STRING\n    \
         Join (stream-table, INNER): S_N = T_ID\n     with Source: t (key: KAFKA, value: JSON)\n      ID INTEGER\n      \
         M INTEGER\n    Table: the latest value of each key\n    Project:\n      S_N INTEGER <-- JOINKEY\n      \
         R_K STRING <-- R_K\n      M INTEGER <-- T_M\n    Sink: O (key: KAFKA, value: JSON)\n"
    );
}
