//! Pull queries over tables: which keys and windows they look at, what they may not do, and how they tell their columns.

use std::ops::Bound;

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;

use super::errors::says;
use super::planned;
use crate::testing::catalog;
use crate::topology::Step;
use crate::{Access, Bounds, Catalog, Plan, PullQuery, Settings, plan};

fn tables() -> Catalog {
    catalog(
        "CREATE STREAM S (A INT KEY, B STRING, X INT, F BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
         CREATE TABLE NOBODY (ID INT PRIMARY KEY, V STRING) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON');
         CREATE SOURCE TABLE T (ID INT PRIMARY KEY, V STRING, H BYTES HEADER('h')) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
         CREATE SOURCE TABLE N (ID STRING PRIMARY KEY, V STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
         CREATE TABLE TWO WITH (KEY_FORMAT='JSON') AS SELECT A, B, COUNT(*) AS C FROM S GROUP BY A, B;
         CREATE TABLE W AS SELECT A, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 SECOND, RETENTION 2 DAYS) GROUP BY A;",
    )
}

fn pull(sql: &str) -> PullQuery {
    match planned(&tables(), sql) {
        Plan::Pull(query) => *query,
        other => panic!("{sql}: {other:?}"),
    }
}

/// What a condition on a table looks at: all, keys as they would be read, or a range.
fn looks_at(table: &str, condition: &str) -> String {
    let query = pull(&format!("SELECT * FROM {table} WHERE {condition};"));
    let part = &query.parts[0];
    // Whatever is looked at, the whole condition decides.
    assert!(matches!(part.stage.steps[0], Step::Filter { .. }), "{condition}");
    match &part.access {
        Access::All => "all".into(),
        Access::Keys(columns) => {
            let one = |row: usize| -> String {
                let each = columns.iter().map(|c| match c.as_primitive_opt::<Int32Type>() {
                    Some(numbers) => numbers.value(row).to_string(),
                    None => c.as_string::<i32>().value(row).to_owned(),
                });
                each.collect::<Vec<_>>().join("/")
            };
            (0..columns[0].len()).map(one).collect::<Vec<_>>().join(" ")
        }
        Access::Range { from, to } => {
            let text = |bound: &Bound<Vec<u8>>| match bound {
                Bound::Included(b) => format!("={}", String::from_utf8_lossy(b)),
                Bound::Excluded(b) => String::from_utf8_lossy(b).into_owned(),
                Bound::Unbounded => "*".into(),
            };
            format!("{}..{}", text(from), text(to))
        }
    }
}

#[test]
fn conditions_on_keys_are_lookups() {
    for (condition, expected) in [
        ("ID = 1", "1"),
        ("2 - 1 = ID", "1"),
        ("ID IN (1, 2, CAST('3' AS INT))", "1 2 3"),
        ("ID = 1 AND V = 'x'", "1"),
        ("(ID = 1 OR ID = 2) AND V = 'x'", "1 2"),
        ("ID = 1 AND ID IN (1, 2)", "1 1"),
        ("ID = 1 OR V = 'x'", "all"),
        ("ID > 1", "all"),
        ("NOT ID = 1", "all"),
        ("NOT NOT ID = 1", "1"),
        ("ID <> 1", "all"),
        ("ID + 1 = 2", "all"),
        ("ID = LEN(V)", "all"),
        ("ID = CAST(RANDOM() AS INT)", "all"),
        ("V IS NULL", "all"),
        ("2 > 1", "all"),
    ] {
        assert_eq!(looks_at("T", condition), expected, "{condition}");
    }
    assert_eq!(looks_at("TWO", "A = 1 AND B = 'x'"), "1/x");
    assert_eq!(looks_at("TWO", "B IN ('x', 'y') AND A = 1"), "1/x 1/y");
    assert_eq!(looks_at("TWO", "A = 1"), "all");
}

#[test]
fn texts_are_looked_up_by_range() {
    assert_eq!(looks_at("N", "ID >= 'b'"), "=b..*");
    assert_eq!(looks_at("N", "'b' > ID"), "*..b");
    assert_eq!(looks_at("N", "ID > 'b' AND V = 'x'"), "b..*");
    assert_eq!(looks_at("N", "ID > 'b' OR ID < 'a'"), "all");
}

#[test]
fn windows_are_narrowed() {
    let windows = |condition: &str| {
        let query = pull(&format!("SELECT * FROM W WHERE {condition};"));
        let windows = query.parts[0].windows;
        (windows.start, windows.end)
    };
    let from = |from| Bounds { from, ..Bounds::ALL };
    let to = |to| Bounds { to, ..Bounds::ALL };
    assert_eq!(windows("A = 1"), (Bounds::ALL, Bounds::ALL));
    assert_eq!(windows("A = 1 AND WINDOWSTART >= 5 AND 9 > WINDOWEND"), (from(5), to(8)));
    assert_eq!(windows("WINDOWSTART = '1970-01-01T00:00:01'"), (Bounds { from: 1000, to: 1000 }, Bounds::ALL));
    assert_eq!(windows("WINDOWSTART > 1 AND WINDOWSTART > 3"), (from(4), Bounds::ALL));
    assert_eq!(windows("(A = 1 AND WINDOWEND = 7) OR (A = 2 AND WINDOWEND > 9)"), (Bounds::ALL, from(7)));
    assert_eq!(windows("A = 1 OR WINDOWSTART = 7"), (Bounds::ALL, Bounds::ALL));
    let part = &pull("SELECT * FROM W;").parts[0];
    assert_eq!(part.retention_ms, Some(2 * 24 * 3600 * 1000));
}

#[test]
fn columns_are_told_by_their_names() {
    let schema = |sql: &str| {
        let query = pull(sql);
        query.shown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(schema("SELECT * FROM T;"), "`ID` INTEGER KEY, `H` BYTES HEADER('h'), `V` STRING");
    assert_eq!(schema("SELECT V, ID FROM T;"), "`V` STRING, `ID` INTEGER KEY");
    assert_eq!(schema("SELECT ID AS X, LEN(V) AS ID FROM T;"), "`X` INTEGER, `ID` INTEGER KEY");
    assert_eq!(
        schema("SELECT A, WINDOWSTART, ROWTIME, C FROM W;"),
        "`A` INTEGER KEY, `WINDOWSTART` BIGINT KEY, `ROWTIME` BIGINT, `C` BIGINT"
    );
}

#[test]
fn what_cannot_be_asked() {
    let c = tables();
    says(
        &c,
        "SELECT * FROM NOBODY;",
        &[
            "The `NOBODY` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_NOBODY AS \
           SELECT * FROM NOBODY'. See https://cnfl.io/queries for more info.",
        ],
    );
    says(
        &c,
        "SELECT * FROM T WHERE ID IN ('1', 2);",
        &["'1' can not be converted to the type of the key column: ID INTEGER KEY"],
    );
    says(
        &c,
        "SELECT * FROM T WHERE ID = '1';",
        &["Error in WHERE expression: Cannot compare ID (INTEGER) to '1' (STRING) with EQUAL.\nStatement: (ID = '1')"],
    );
    says(
        &c,
        "SELECT * FROM T WHERE ID = NULL;",
        &[
            "Error in WHERE expression: Comparison with NULL not supported: INTEGER = NULL\nUse 'IS NULL' or 'IS NOT NULL' \
           instead.\nStatement: (ID = null)",
        ],
    );
    says(
        &c,
        "SELECT * FROM T WHERE ID = CAST(NULL AS INT);",
        &["Primary key columns can not be NULL: (ID = CAST(null AS INTEGER))"],
    );
    says(
        &c,
        "SELECT * FROM T WHERE ID LIKE '1%';",
        &["The column type for Like condition must be VARCHAR. The column type is INTEGER"],
    );
}

#[test]
fn what_is_switched_off() {
    let refusal = |settings: &[(&str, &str)], sql: &str| {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let settings = Settings::of(settings.iter().copied());
        plan(&statement, &tables(), &settings).map(drop).map_err(|e| e[0].message.clone())
    };
    let scans = [("ksql.query.pull.table.scan.enabled", "false")];
    for (condition, expected) in [
        ("T WHERE V = 'x'", "WHERE clause missing key column for disjunct: (V = 'x')."),
        ("T", "Missing WHERE clause."),
        ("T WHERE ID > 1", "Query requires table scan to be enabled."),
        (
            "T WHERE 0 < ID AND ID < 9",
            "A comparison condition on the key column cannot be combined with other comparisons such as an IN predicate.",
        ),
        ("T WHERE ID + 1 = 2", "A comparison must directly reference a key column."),
        ("T WHERE ID IN (1, LEN(V))", "A comparison must be between a key column and a resolvable expression."),
        ("T WHERE V LIKE 'x'", "Like condition must be between strings."),
        (
            "TWO WHERE A = 1",
            "Multi-column sources must specify every key in the WHERE clause. Specified: [`A`] Expected: [`A` INTEGER KEY, `B` STRING KEY].",
        ),
        ("N WHERE ID < 'a' OR ID > 'b'", "Query requires table scan to be enabled."),
        ("W WHERE WINDOWSTART > 1", "WHERE clause missing key column for disjunct: (WINDOWSTART > 1)."),
    ] {
        let message = refusal(&scans, &format!("SELECT * FROM {condition};")).unwrap_err();
        assert!(message.starts_with(&format!("{expected} See https://cnfl.io/queries")), "{condition}: {message}");
    }
    for allowed in ["T WHERE ID = 1 AND V = 'x'", "N WHERE ID > 'a'", "W WHERE A = 1 AND WINDOWSTART > 1"] {
        assert_eq!(refusal(&scans, &format!("SELECT * FROM {allowed};")), Ok(()), "{allowed}");
    }
    let ranges = [scans[0], ("ksql.query.pull.range.scan.enabled", "false")];
    assert!(refusal(&ranges, "SELECT * FROM N WHERE ID > 'a';").unwrap_err().contains("requires table scan"));
    let check = |name: &str, sql: &str, part: &str| {
        let message = refusal(&[(name, "false")], sql).unwrap_err();
        assert!(message.contains(part), "{message}");
    };
    check("ksql.pull.queries.enable", "SELECT * FROM T;", "Pull queries are disabled.");
    check("ksql.query.pull.limit.clause.enabled", "SELECT * FROM T LIMIT 1;", "LIMIT clause in pull queries");
    check("ksql.query.pull.stream.enabled", "SELECT * FROM S;", "Pull queries on streams are disabled.");
    let strict = [("millstream.dialect", "ksql")];
    let message = refusal(&strict, "SELECT * FROM T WHERE V IS NULL;").unwrap_err();
    assert!(message.starts_with("Unsupported expression in WHERE clause: (V IS NULL)."), "{message}");
}
