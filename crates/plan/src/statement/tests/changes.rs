//! What may change about a source, and what may take its place.

use crate::testing::{apply, catalog};
use crate::{Catalog, Plan};

/// The catalog after these statements.
fn after(statements: &str) -> Catalog {
    catalog(statements)
}

/// The findings of a statement, one a line; "" when it is possible.
#[track_caller]
fn refused(catalog: &Catalog, sql: &str) -> String {
    let statement = millstream_sql::parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql))).remove(0);
    match crate::plan(&statement, catalog, &Default::default()) {
        Ok(_) => String::new(),
        Err(findings) => findings.into_iter().map(|f| f.message).collect::<Vec<_>>().join("\n"),
    }
}

const A: &str = "CREATE STREAM A (ID INT KEY, COL1 INT, COL2 INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');";

#[test]
fn alter_appends_value_columns() {
    let mut catalog = after(A);
    let sql = "ALTER STREAM A ADD COLUMN COL3 STRING, ADD COLUMN `col4` ARRAY<INT>;";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let plan = crate::plan(&statement, &catalog, &Default::default()).unwrap();
    let Plan::Alter { source } = &plan else { panic!("{plan:?}") };
    assert_eq!(
        source.schema.to_string(),
        "`ID` INTEGER KEY, `COL1` INTEGER, `COL2` INTEGER, `COL3` STRING, `col4` ARRAY<INTEGER>"
    );
    assert_eq!(source.statement, sql);
    apply(&plan, &mut catalog);
    for (sql, want) in [
        (
            "ALTER STREAM A ADD COLUMN COL3 INT;",
            "Cannot add column `COL3` to schema. A column with the same name already exists.",
        ),
        ("ALTER STREAM A ADD COLUMN X INT, ADD COLUMN X INT;", "Duplicate value columns found in schema: `X` INTEGER"),
        ("ALTER STREAM A ADD COLUMN ID INT;", "Cannot alter primary key column `ID` INTEGER for source A"),
        (
            "ALTER STREAM A ADD COLUMN ROWTIME BIGINT;",
            "'ROWTIME' is a reserved column name. You cannot use it as a name for a column.",
        ),
        ("ALTER STREAM NOPE ADD COLUMN X INT;", "Source NOPE does not exist."),
        ("ALTER TABLE A ADD COLUMN X INT;", "Incompatible data source type is STREAM, but statement was ALTER TABLE"),
    ] {
        assert_eq!(refused(&catalog, sql), want, "{sql}");
    }
}

#[test]
fn sources_of_others_are_read_only() {
    let source = "CREATE SOURCE STREAM A (ID INT KEY, COL1 INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');";
    let catalog = after(source);
    let replace = "Cannot add stream 'A': CREATE OR REPLACE is not supported on source streams.";
    for (sql, want) in [
        (source.replace("CREATE", "CREATE OR REPLACE"), replace),
        (A.replace("CREATE", "CREATE OR REPLACE"), replace),
        (
            "ALTER STREAM A ADD COLUMN X INT;".into(),
            "Cannot alter stream 'A': ALTER operations are not supported on source streams.",
        ),
        ("DROP STREAM A DELETE TOPIC;".into(), "Cannot delete topic for read-only source: A"),
        ("INSERT INTO A VALUES (1, 2);".into(), "Cannot insert values into read-only stream: A"),
        ("DROP STREAM A;".into(), ""),
    ] {
        assert_eq!(refused(&catalog, &sql), want, "{sql}");
    }
    let table =
        source.replace("STREAM", "TABLE").replace("INT KEY", "INT PRIMARY KEY").replace("CREATE", "CREATE OR REPLACE");
    assert_eq!(
        refused(&Catalog::default(), &table),
        "Cannot add table 'A': CREATE OR REPLACE is not supported on source tables."
    );
}

#[test]
fn a_source_is_replaced_by_a_wider_one_only() {
    let catalog = after(A);
    let with =
        |columns: &str, rest: &str| format!("CREATE OR REPLACE STREAM A ({columns}) WITH ({rest}VALUE_FORMAT='JSON');");
    let topic = "KAFKA_TOPIC='a', ";
    assert_eq!(refused(&catalog, &with("ID INT KEY, COL1 INT, COL2 INT, COL3 INT", topic)), "");
    for (columns, rest, want) in [
        ("ID INT KEY, COL1 INT", topic, "(The following columns are changed, missing or reordered: [`COL2` INTEGER])"),
        (
            "ID INT KEY, COL2 INT, COL1 INT",
            topic,
            "(The following columns are changed, missing or reordered: [`COL1` INTEGER, `COL2` INTEGER])",
        ),
        (
            "ID BIGINT KEY, COL1 INT, COL2 INT",
            topic,
            "(Key columns must be identical. The following key columns are changed, missing or reordered: [`ID` INTEGER KEY])",
        ),
        (
            "ID INT KEY, COL1 INT, COL2 INT",
            "KAFKA_TOPIC='b', ",
            "Cannot upgrade data source: DataSource '`A`' has topic = a which is not upgradeable to b",
        ),
    ] {
        let got = refused(&catalog, &with(columns, rest));
        assert!(got.starts_with("Cannot upgrade data source: DataSource '`A`' has ") && got.ends_with(want), "{got}");
    }
}

#[test]
fn a_query_is_replaced_while_its_state_serves() {
    let catalog = after(&format!("{A} CREATE STREAM B AS SELECT ID, COL1 FROM A;"));
    for (sql, want) in [
        ("SELECT ID, COL1, COL2 FROM A", ""),
        ("SELECT * FROM A WHERE COL1 > 0", ""),
        ("SELECT ID, COL1 + 1 AS COL1 FROM A", ""),
        ("SELECT ID, COL2 AS X FROM A", "(The following columns are changed, missing or reordered: [`COL1` INTEGER])"),
    ] {
        let got = refused(&catalog, &format!("CREATE OR REPLACE STREAM B AS {sql};"));
        assert!(got.ends_with(want) && (got.is_empty() == want.is_empty()), "{sql}: {got}");
    }
    let other = after(&format!(
        "{A} CREATE STREAM B AS SELECT ID, COL1 FROM A;
         CREATE STREAM C (ID INT KEY, COL1 INT) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');"
    ));
    assert_eq!(
        refused(&other, "CREATE OR REPLACE STREAM B AS SELECT ID, COL1 FROM C;"),
        "Query is not upgradeable. StreamSource must have matching source. Values differ: [`A`] vs. [`C`]"
    );
}
