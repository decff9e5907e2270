//! ROW_NUMBER with a bound, from SQL text to records.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use support::{Given, refused, results};

const STREAM: &[Given] = &[
    ("s", "k", r#"{"A":5,"B":"x"}"#, 1),
    ("s", "l", r#"{"A":7,"B":"x"}"#, 2),
    ("s", "m", r#"{"A":1,"B":"y"}"#, 3),
    ("s", "n", r#"{"A":6,"B":"x"}"#, 4),
    ("s", "o", r#"{"A":4,"B":"x"}"#, 5),
    // Equal to one that is there: it comes behind it.
    ("s", "p", r#"{"A":7,"B":"x"}"#, 6),
    ("s", "q", "", 7),
    // No partition.
    ("s", "r", r#"{"A":9,"B":null}"#, 8),
];

#[test]
fn the_first_rows_of_a_stream() {
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT B, RN, A, K FROM \
         (SELECT *, ROW_NUMBER() OVER (PARTITION BY B ORDER BY A DESC) AS RN FROM S) WHERE RN <= 2",
        STREAM,
    );
    assert_eq!(
        found,
        [
            r#"{"B":"x","RN":1} {"A":5,"K":"k"} @1"#,
            r#"{"B":"x","RN":1} {"A":7,"K":"l"} @2"#,
            r#"{"B":"x","RN":2} {"A":5,"K":"k"} @2"#,
            r#"{"B":"y","RN":1} {"A":1,"K":"m"} @3"#,
            r#"{"B":"x","RN":2} {"A":6,"K":"n"} @4"#,
            r#"{"B":"x","RN":2} {"A":7,"K":"p"} @6"#,
        ]
    );
}

#[test]
fn the_last_row_of_each_is_a_table_by_partition() {
    let sql = "CREATE TABLE X AS SELECT B, A, K FROM \
               (SELECT *, ROW_NUMBER() OVER (PARTITION BY B ORDER BY ROWTIME DESC) AS RN FROM S) WHERE RN = 1";
    let found = results(sql, &STREAM[..4]);
    let expected =
        [r#"x {"A":5,"K":"k"} @1"#, r#"x {"A":7,"K":"l"} @2"#, r#"y {"A":1,"K":"m"} @3"#, r#"x {"A":6,"K":"n"} @4"#];
    assert_eq!(found, expected);
    let qualified =
        "CREATE TABLE X AS SELECT B, A, K FROM S QUALIFY ROW_NUMBER() OVER (PARTITION BY B ORDER BY ROWTIME DESC) = 1";
    assert_eq!(results(qualified, &STREAM[..4]), expected);
    let first = "CREATE TABLE X AS SELECT B, A FROM S QUALIFY ROW_NUMBER() OVER (PARTITION BY B) < 2";
    assert_eq!(results(first, STREAM), [r#"x {"A":5} @1"#, r#"y {"A":1} @3"#]);
}

#[test]
fn a_table_lets_rows_move_up_and_numbers_empty() {
    let given = [
        ("t", "p", r#"{"A":5,"B":"x"}"#, 1),
        ("t", "q", r#"{"A":7,"B":"x"}"#, 2),
        ("t", "r", r#"{"A":6,"B":"x"}"#, 3),
        ("t", "q", r#"{"A":1,"B":"x"}"#, 4),
        ("t", "r", "", 5),
        ("t", "p", r#"{"A":5,"B":"y"}"#, 6),
        ("t", "p", r#"{"A":5,"B":"y"}"#, 7),
        ("t", "nobody", "", 8),
    ];
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT B, RN, K, A FROM \
         (SELECT *, ROW_NUMBER() OVER (PARTITION BY B ORDER BY A DESC) AS RN FROM T) R WHERE R.RN <= 2",
        &given,
    );
    assert_eq!(
        found,
        [
            r#"{"B":"x","RN":1} {"K":"p","A":5} @1"#,
            r#"{"B":"x","RN":1} {"K":"q","A":7} @2"#,
            r#"{"B":"x","RN":2} {"K":"p","A":5} @2"#,
            r#"{"B":"x","RN":2} {"K":"r","A":6} @3"#,
            // q is the last now.
            r#"{"B":"x","RN":1} {"K":"r","A":6} @4"#,
            r#"{"B":"x","RN":2} {"K":"p","A":5} @4"#,
            r#"{"B":"x","RN":1} {"K":"p","A":5} @5"#,
            r#"{"B":"x","RN":2} {"K":"q","A":1} @5"#,
            // p goes elsewhere.
            r#"{"B":"x","RN":1} {"K":"q","A":1} @6"#,
            r#"{"B":"x","RN":2} null @6"#,
            r#"{"B":"y","RN":1} {"K":"p","A":5} @6"#,
        ]
    );
}

#[test]
fn only_one_of_the_numbers() {
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT B, RN, K FROM \
         (SELECT *, ROW_NUMBER() OVER (PARTITION BY B ORDER BY A, K) AS RN FROM T) WHERE RN = 2",
        &[
            ("t", "p", r#"{"A":5,"B":"x"}"#, 1),
            ("t", "q", r#"{"A":5,"B":"x"}"#, 2),
            ("t", "r", r#"{"A":1,"B":"x"}"#, 3),
            ("t", "r", "", 4),
            ("t", "p", "", 5),
        ],
    );
    assert_eq!(
        found,
        [
            r#"{"B":"x","RN":2} {"K":"q"} @2"#,
            r#"{"B":"x","RN":2} {"K":"p"} @3"#,
            r#"{"B":"x","RN":2} {"K":"q"} @4"#,
            r#"{"B":"x","RN":2} null @5"#,
        ]
    );
}

#[test]
fn groups_and_all_rows_are_ranked() {
    // The busiest two of all, over groups.
    let sql = "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT RN, B, C FROM \
               (SELECT B, COUNT(*) AS C, ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, B) AS RN FROM S GROUP BY B) WHERE RN < 3";
    let given = [
        ("s", "k", r#"{"B":"x"}"#, 1),
        ("s", "k", r#"{"B":"y"}"#, 2),
        ("s", "k", r#"{"B":"y"}"#, 3),
        ("s", "k", r#"{"B":"z"}"#, 4),
    ];
    let expected =
        [r#"1 {"B":"x","C":1} @1"#, r#"2 {"B":"y","C":1} @2"#, r#"1 {"B":"y","C":2} @3"#, r#"2 {"B":"x","C":1} @3"#];
    let numbers = |lines: Vec<String>| -> Vec<String> { lines };
    assert_eq!(
        numbers(results(&format!("SET 'ksql.persistence.default.format.key' = 'JSON'; {sql}"), &given)),
        expected
    );
    // And what is ranked may be grouped.
    let found = results(
        "CREATE TABLE X AS SELECT B, SUM(A) AS S, COUNT(*) AS C FROM \
         (SELECT B, A, ROW_NUMBER() OVER (PARTITION BY B ORDER BY A DESC) AS RN FROM S) WHERE RN <= 2 GROUP BY B",
        &STREAM[..4],
    );
    assert_eq!(found.last().unwrap(), r#"x {"S":13,"C":2} @4"#);
}

#[test]
fn what_cannot_be_ranked_is_refused() {
    let over = "ROW_NUMBER() OVER (PARTITION BY B ORDER BY A)";
    for (query, expected) in [
        (format!("SELECT B, RN, A FROM (SELECT *, {over} AS RN FROM S)"), "needs a bound"),
        (format!("SELECT B, RN, A FROM (SELECT *, {over} AS RN FROM S) WHERE RN > 3"), "needs a bound"),
        (format!("SELECT B, A, {over} AS RN FROM S"), "needs a bound"),
        (format!("SELECT B, RN, A FROM (SELECT *, {over} AS RN FROM S) WHERE RN < 1"), "the condition is never true"),
        (format!("SELECT B, RN, A FROM (SELECT *, {over} AS RN FROM S) WHERE RN <= 5000"), "1000 rows of a partition"),
        (format!("SELECT B, A FROM (SELECT *, {over} AS RN FROM S) WHERE RN <= 2"), "Key missing from projection"),
        (
            "SELECT B, A FROM S QUALIFY RANK() OVER (ORDER BY A) = 1".to_owned(),
            "the only window function is ROW_NUMBER()",
        ),
        ("SELECT B, A FROM S QUALIFY ABS(A) = 1".to_owned(), "there is none in it"),
        (format!("SELECT B, A FROM S WHERE {over} = 1"), "can only be a column of a sub-query or stand in QUALIFY"),
        (
            format!("SELECT B, COUNT(*) FROM S WINDOW TUMBLING (SIZE 1 DAY) GROUP BY B QUALIFY {over} = 1"),
            "Rows of windows cannot be numbered",
        ),
        ("SELECT A FROM (SELECT A, B FROM T)".to_owned(), "a table without a key"),
    ] {
        let found = refused(&format!("CREATE TABLE X AS {query}"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
    let found = refused("CREATE STREAM X AS SELECT B, LAG(A) OVER (ORDER BY B) AS L FROM S");
    assert!(found.contains("the only window function is ROW_NUMBER()") && !found.contains("QUALIFY"), "{found}");
    let found = refused(&format!("CREATE STREAM X AS SELECT B, A FROM S QUALIFY {over} = 1"));
    assert!(found.contains("Your SELECT query produces a TABLE"), "{found}");
}
