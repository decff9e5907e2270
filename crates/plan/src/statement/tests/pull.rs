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
fn numbers_are_looked_up_as_decimals_by_their_value() {
    let c =
        catalog("CREATE SOURCE TABLE D (K DECIMAL(4, 2) PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='d', FORMAT='JSON');");
    for (condition, fits) in [("K = 7", true), ("K IN (7, 1.5)", true), ("K = 1.234", false), ("K = 700", false)] {
        let statement = millstream_sql::parse(&format!("SELECT * FROM D WHERE {condition};")).unwrap().remove(0);
        match plan(&statement, &c, &Settings::default()) {
            Ok(Plan::Pull(query)) => assert!(fits && matches!(query.parts[0].access, Access::Keys(_)), "{condition}"),
            Ok(other) => panic!("{condition}: {other:?}"),
            Err(found) => assert!(!fits && found[0].message.contains("can not be converted"), "{condition}: {found:?}"),
        }
    }
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
    says(&c, "SELECT ID, ID FROM T;", &["Duplicate key columns found in schema: `ID` INTEGER KEY"]);
    says(&c, "SELECT V, V FROM T;", &["Duplicate value columns found in schema: `V` STRING"]);
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
    for (value, shown) in [("1.5", "1.5"), ("5000000000", "5000000000"), ("1.5 + 1.0", "2.5")] {
        let message = format!("'{shown}' can not be converted to the type of the key column: ID INTEGER KEY");
        says(&c, &format!("SELECT * FROM T WHERE ID = {value};"), &[message.as_str()]);
    }
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
    let message = refusal(&strict, "SELECT * FROM W WHERE A = 1 AND WINDOWSTART <> 5;").unwrap_err();
    assert!(message.starts_with("Unsupported WINDOWSTART bounds: [NOT_EQUAL]. See"), "{message}");
    assert_eq!(refusal(&strict, "SELECT * FROM W WHERE WINDOWSTART <> 5;"), Ok(()), "every row is looked at");
    assert_eq!(refusal(&[], "SELECT * FROM W WHERE A = 1 AND WINDOWSTART <> 5;"), Ok(()), "an extension");
}

#[test]
fn rows_are_ordered_by_columns_and_expressions() {
    let order = |rest: &str| {
        let query = pull(&format!("SELECT ID, V AS NAME FROM T {rest};"));
        let keys: Vec<_> = query.order.iter().map(|k| (k.column, k.descending, k.nulls_first)).collect();
        let Step::Project { columns, .. } = query.parts[0].stage.steps.last().unwrap() else { panic!("{rest}") };
        assert_eq!(query.columns.len(), 2, "{rest}");
        (keys, columns.iter().skip(2).map(|c| c.sql.clone()).collect::<Vec<_>>(), query.limit, query.offset)
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(order("ORDER BY 2, ID DESC"), (vec![(1, false, false), (0, true, true)], none.clone(), None, 0));
    assert_eq!(order("ORDER BY NAME NULLS FIRST LIMIT 5 OFFSET 2"), (vec![(1, false, true)], none.clone(), Some(5), 2));
    assert_eq!(order("ORDER BY V DESC NULLS LAST"), (vec![(1, true, false)], none, None, 0));
    let hidden = vec!["LEN(V)".to_owned(), "ROWTIME".to_owned()];
    assert_eq!(order("ORDER BY LEN(V), ROWTIME"), (vec![(2, false, false), (3, false, false)], hidden, None, 0));
    let c = tables();
    says(&c, "SELECT * FROM T ORDER BY 4;", &["ORDER BY 4: the projection has 3 columns."]);
    says(&c, "SELECT * FROM T ORDER BY X;", &["SELECT column 'X' cannot be resolved."]);
    says(
        &c,
        "SELECT AS_MAP(ARRAY[V], ARRAY[1]) AS M FROM T ORDER BY M;",
        &["ORDER BY: values of type MAP<STRING, INTEGER> have no order."],
    );
    says(
        &c,
        "SELECT V, COUNT(*) AS C FROM T GROUP BY V ORDER BY LEN(V);",
        &["A query with groups is ordered by columns of its projection only."],
    );
    let ends = "is for the rows of a query that ends: a SELECT over tables without EMIT.";
    says(&c, "SELECT * FROM T ORDER BY ID EMIT CHANGES;", &[&format!("ORDER BY {ends}")]);
    says(&c, "CREATE TABLE X AS SELECT * FROM T OFFSET 3;", &[&format!("OFFSET {ends}")]);
    says(&c, "SELECT * FROM (SELECT * FROM T ORDER BY ID) Q;", &[&format!("ORDER BY {ends}")]);
    says(&c, "SELECT * FROM S ORDER BY A;", &["ORDER BY is for pull queries over tables: this one reads a stream."]);
}

#[test]
fn groups_of_a_query_that_ends_leave_at_its_end() {
    let steps = |sql: &str| pull(sql).parts.remove(0).stage.steps;
    let ends = |sql: &str| {
        steps(sql)
            .iter()
            .filter_map(|s| if let Step::Aggregate(a) = s { Some(a.at_end) } else { None })
            .collect::<Vec<_>>()
    };
    assert_eq!(ends("SELECT V, COUNT(*) AS C FROM T GROUP BY V HAVING COUNT(*) > 1 ORDER BY C DESC;"), [true]);
    assert_eq!(ends("SELECT COUNT(*) FROM T;"), [true]);
    assert_eq!(ends("SELECT V FROM T WHERE ID = 1 GROUP BY V;"), [true]);
    let nested = "SELECT MAX(C) AS M FROM (SELECT V, COUNT(*) AS C FROM T GROUP BY V) Q;";
    assert_eq!(ends(nested), [true, true]);
    assert!(matches!(steps(nested)[0], Step::Aggregate(_)), "no row takes the place of another");
    let c = tables();
    let stream = |sql: &str| {
        let Plan::Select { topology, push: false, .. } = planned(&c, sql) else { panic!("{sql}") };
        let steps = topology.stages.into_iter().flat_map(|s| s.steps);
        steps.filter_map(|s| if let Step::Aggregate(a) = s { Some(a.at_end) } else { None }).collect::<Vec<_>>()
    };
    assert_eq!(stream("SELECT B, COUNT(*) FROM S GROUP BY B;"), [true]);
    assert_eq!(stream("SELECT * FROM (SELECT B, COUNT(*) AS C FROM S GROUP BY B) Q;"), [true]);
    assert_eq!(stream("SELECT COUNT(*) FROM S;"), [false], "as ksqlDB");
    let windows = "SELECT * FROM (SELECT B, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 DAY) GROUP BY B) Q;";
    says(
        &c,
        windows,
        &["Pull queries don't support WINDOW clauses. See https://cnfl.io/queries for more info.\n\
           Add EMIT CHANGES if you intended to issue a push query."],
    );
    let strict = Settings::of([("millstream.dialect", "ksql")]);
    for (sql, part) in [
        ("SELECT V, COUNT(*) FROM T GROUP BY V;", "Pull queries don't support GROUP BY clauses."),
        ("SELECT B, COUNT(*) FROM S GROUP BY B;", "Pull queries don't support GROUP BY clauses."),
        ("SELECT COUNT(*) FROM T;", "Pull queries don't support aggregate functions."),
        ("SELECT * FROM T ORDER BY ID;", "Syntax Error"),
        ("SELECT * FROM T LIMIT 1 OFFSET 1;", "Syntax Error"),
    ] {
        let found = plan(&millstream_sql::parse(sql).unwrap()[0], &c, &strict).unwrap_err();
        assert!(found[0].message.contains(part), "{sql}: {}", found[0].message);
    }
}
