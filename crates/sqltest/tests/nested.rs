//! Queries over the groups of other queries, and SELECT DISTINCT, from SQL text to records.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use support::{Given, refused, results};

const GIVEN: &[Given] = &[
    ("s", "k", r#"{"A":5,"B":"x"}"#, 1),
    ("s", "l", r#"{"A":7,"B":"x"}"#, 2),
    ("s", "k", r#"{"A":1,"B":"y"}"#, 3),
    ("s", "k", r#"{"A":5,"B":"x"}"#, 4),
];

#[test]
fn groups_of_groups() {
    // How many keys have so many rows.
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT C, COUNT(*) AS N, SUM(S) AS S FROM \
         (SELECT K, COUNT(*) AS C, SUM(A) AS S FROM S GROUP BY K) GROUP BY C",
        GIVEN,
    );
    assert_eq!(
        found,
        [
            r#"1 {"N":1,"S":5} @1"#,
            r#"1 {"N":2,"S":12} @2"#,
            r#"1 {"N":1,"S":7} @3"#,
            r#"2 {"N":1,"S":6} @3"#,
            r#"2 {"N":0,"S":0} @4"#,
            r#"3 {"N":1,"S":11} @4"#,
        ]
    );
    // The only group of all rows, grouped.
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT N, COUNT(*) AS C FROM (SELECT COUNT(*) AS N FROM S) GROUP BY N",
        &GIVEN[..2],
    );
    assert_eq!(found, [r#"1 {"C":1} @1"#, r#"1 {"C":0} @2"#, r#"2 {"C":1} @2"#]);
    // Three levels, with a calculation between them.
    let found = results(
        "CREATE TABLE X AS SELECT Z, MEDIAN(N) AS M FROM (SELECT C, COUNT(*) AS N, 'z' AS Z FROM \
         (SELECT K, COUNT(*) / 10 AS C FROM S GROUP BY K) GROUP BY C) GROUP BY Z",
        GIVEN,
    );
    assert_eq!(found.last().unwrap(), r#"z {"M":2.0} @4"#);
}

#[test]
fn extremes_of_groups() {
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT C, MAX(S) AS M, MIN(S) AS L, TOPK(S, 2) AS T FROM \
         (SELECT K, COUNT(*) AS C, SUM(A) AS S FROM S GROUP BY K) GROUP BY C",
        GIVEN,
    );
    assert_eq!(
        found,
        [
            r#"1 {"M":5,"L":5,"T":[5]} @1"#,
            r#"1 {"M":7,"L":5,"T":[7,5]} @2"#,
            r#"1 {"M":7,"L":7,"T":[7]} @3"#,
            r#"2 {"M":6,"L":6,"T":[6]} @3"#,
            r#"2 {"M":null,"L":null,"T":[]} @4"#,
            r#"3 {"M":11,"L":11,"T":[11]} @4"#,
        ]
    );
}

#[test]
fn groups_of_windows() {
    // How often the most frequent value of a window came.
    let given: &[Given] = &[
        ("s", "k", r#"{"A":1,"B":"x"}"#, 1),
        ("s", "l", r#"{"A":1,"B":"x"}"#, 2),
        ("s", "k", r#"{"A":1,"B":"y"}"#, 3),
        ("s", "k", r#"{"A":1,"B":"y"}"#, 12),
        ("s", "l", r#"{"A":1,"B":"x"}"#, 4),
    ];
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT WINDOWSTART AS W, MAX(C) AS M, COUNT(*) AS N FROM \
         (SELECT B, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 10 MILLISECONDS) GROUP BY B) GROUP BY WINDOWSTART",
        given,
    );
    assert_eq!(
        found,
        [
            r#"0 {"M":1,"N":1} @1"#,
            r#"0 {"M":2,"N":1} @2"#,
            r#"0 {"M":2,"N":2} @3"#,
            r#"10 {"M":1,"N":1} @12"#,
            r#"0 {"M":3,"N":2} @4"#,
        ]
    );
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT W, MAX(C) AS M FROM (SELECT W, B, C FROM (SELECT B, WINDOWEND AS W, \
         COUNT(*) AS C FROM S WINDOW HOPPING (SIZE 10 MILLISECONDS, ADVANCE BY 5 MILLISECONDS) GROUP BY B) WHERE C > 1) \
         GROUP BY W HAVING COUNT(*) > 0",
        given,
    );
    assert_eq!(found, [r#"10 {"M":2} @2"#, r#"10 {"M":3} @4"#]);
}

#[test]
fn joins_of_groups() {
    let found = results(
        "CREATE TABLE X AS SELECT L.K AS K, L.N AS N, R.M AS M FROM \
         (SELECT K, COUNT(*) AS N FROM S GROUP BY K) L JOIN (SELECT K, SUM(A) AS M FROM R GROUP BY K) R ON L.K = R.K",
        &[
            ("s", "k", r#"{"A":5}"#, 1),
            ("r", "k", r#"{"A":6}"#, 2),
            ("s", "k", r#"{"A":7}"#, 3),
            ("r", "l", r#"{"A":8}"#, 4),
            ("s", "l", r#"{"A":9}"#, 5),
        ],
    );
    assert_eq!(found, [r#"k {"N":1,"M":6} @2"#, r#"k {"N":2,"M":6} @3"#, r#"l {"N":1,"M":8} @5"#]);
    let found = results(
        "CREATE STREAM X AS SELECT S.K AS K, S.A AS A, G.N AS N FROM S \
         JOIN (SELECT K, COUNT(*) AS N FROM R GROUP BY K) G ON S.K = G.K",
        &[("s", "k", r#"{"A":5}"#, 1), ("r", "k", r#"{"A":6}"#, 2), ("s", "k", r#"{"A":7}"#, 3)],
    );
    assert_eq!(found, [r#"k {"A":7,"N":1} @3"#]);
}

#[test]
fn conditions_inside_and_outside() {
    let found = results(
        "CREATE TABLE X AS SELECT B, COUNT(*) AS N FROM \
         (SELECT K, LATEST_BY_OFFSET(B) AS B, COUNT(*) AS C FROM S GROUP BY K HAVING COUNT(*) < 3) \
         WHERE C > 1 GROUP BY B HAVING COUNT(*) > 0",
        GIVEN,
    );
    assert_eq!(found, [r#"y {"N":1} @3"#, "y null @4"]);
}

#[test]
fn different_rows() {
    let both = results("CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT DISTINCT A, B FROM S", GIVEN);
    let row = |a, b, time| format!(r#"{{"A":{a},"B":"{b}"}} {{}} @{time}"#);
    assert_eq!(both, [row(5, "x", 1), row(7, "x", 2), row(1, "y", 3)]);
    let table = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT DISTINCT A FROM T",
        &[
            ("t", "p", r#"{"A":5}"#, 1),
            ("t", "q", r#"{"A":5}"#, 2),
            ("t", "p", "", 3),
            ("t", "q", r#"{"A":6}"#, 4),
            ("t", "r", r#"{"A":6}"#, 5),
        ],
    );
    assert_eq!(table, ["5 {} @1", "5 null @4", "6 {} @4"]);
    // Counted as they come and go: how many values there are.
    let counted = results(
        "CREATE TABLE X AS SELECT B, COUNT(*) AS N FROM (SELECT DISTINCT B, A / 2 AS H FROM S) GROUP BY B",
        GIVEN,
    );
    assert_eq!(counted, [r#"x {"N":1} @1"#, r#"x {"N":2} @2"#, r#"y {"N":1} @3"#]);
    let read = results(
        "CREATE TABLE D WITH (KEY_FORMAT='JSON') AS SELECT DISTINCT B FROM S; \
         CREATE TABLE X AS SELECT 'all' AS K, COUNT(*) AS N FROM D GROUP BY 'all'",
        GIVEN,
    );
    assert_eq!(read, [r#""all" {"N":1} @1"#, r#""all" {"N":2} @3"#]);
}

#[test]
fn groups_of_the_first_rows_of_groups() {
    // COUNT(*) asks for the times of rows: what takes the place of a row finds it by the time that it had.
    let found = results(
        "CREATE TABLE X AS SELECT B, COUNT(*) AS N, SUM(C) AS C FROM \
         (SELECT B, C, RN FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY B ORDER BY C DESC) AS RN FROM \
         (SELECT B, COUNT(*) AS C FROM S GROUP BY B)) WHERE RN < 3) GROUP BY B",
        GIVEN,
    );
    assert_eq!(
        found,
        [r#"x {"N":1,"C":1} @1"#, r#"x {"N":1,"C":2} @2"#, r#"y {"N":1,"C":1} @3"#, r#"x {"N":1,"C":3} @4"#]
    );
}

/// Rows of a table whose foreign keys point to groups that are older than they are: a change of the group is told with the group's
/// own time, and taken back with that, too.
#[test]
fn groups_of_different_rows_of_a_foreign_key_join() {
    let found = results(
        "CREATE TABLE X WITH (KEY_FORMAT='JSON') AS SELECT A, COUNT(*) AS N FROM (SELECT DISTINCT T.A AS A, G.C AS C FROM T JOIN \
         (SELECT B, COUNT(*) AS C FROM S GROUP BY B) G ON T.B = G.B) GROUP BY A",
        &[
            ("t", "k", r#"{"A":1,"B":"x"}"#, 9),
            ("s", "a", r#"{"A":0,"B":"x"}"#, 1),
            ("s", "b", r#"{"A":0,"B":"x"}"#, 2),
            ("t", "k", r#"{"A":1,"B":"x"}"#, 3),
            ("s", "c", r#"{"A":0,"B":"x"}"#, 4),
        ],
    );
    assert_eq!(
        found,
        [
            r#"1 {"N":1} @1"#,
            r#"1 {"N":0} @2"#,
            r#"1 {"N":1} @2"#,
            r#"1 {"N":1} @3"#,
            r#"1 {"N":0} @4"#,
            r#"1 {"N":1} @4"#,
        ]
    );
}

#[test]
fn a_key_that_is_selected_twice_is_the_first() {
    let found =
        results("CREATE STREAM X AS SELECT * FROM (SELECT K, K AS L, A FROM S)", &[("s", "k", r#"{"A":5}"#, 1)]);
    assert_eq!(found, [r#"k {"L":"k","A":5} @1"#]);
    let found = results(
        "CREATE TABLE X AS SELECT J.K, J.L, U.A AS A FROM (SELECT K, K AS L, A FROM T) J JOIN U ON J.K = U.K",
        &[("t", "k", r#"{"A":5}"#, 1), ("u", "k", r#"{"A":6}"#, 2)],
    );
    assert_eq!(found, [r#"k {"L":"k","A":6} @2"#]);
}

#[test]
fn what_has_no_changes_to_take_back_is_refused() {
    for (query, expected) in [
        (
            "SELECT K, COUNT(*) AS M FROM (SELECT K, COUNT(*) AS C FROM S WINDOW SESSION (2 SECONDS) GROUP BY K) \
             GROUP BY K",
            "KSQL does not support persistent queries on windowed tables.",
        ),
        (
            "SELECT K, C FROM (SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 2 SECONDS) GROUP BY K)",
            "KSQL does not support persistent queries on windowed tables.",
        ),
        (
            "SELECT K, WINDOWSTART AS W, COUNT(*) AS M FROM \
             (SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 2 SECONDS) GROUP BY K) GROUP BY K",
            "Non-aggregate SELECT expression(s) not part of GROUP BY: WINDOWSTART",
        ),
        (
            "SELECT C, LATEST_BY_OFFSET(S) AS M FROM (SELECT K, COUNT(*) AS C, SUM(A) AS S FROM S GROUP BY K) GROUP BY C",
            "The aggregation function LATEST_BY_OFFSET cannot be applied to a table source, only to a stream source.",
        ),
        ("SELECT B, N FROM (SELECT B, COUNT(*) AS N FROM S GROUP BY K, B)", "a table without a key"),
        ("SELECT A, COUNT(*) AS N FROM (SELECT A, COUNT(*) AS B FROM S) GROUP BY A", "not part of GROUP BY"),
    ] {
        let found = refused(&format!("CREATE TABLE X AS {query}"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
    let found = refused("CREATE TABLE X WITH (VALUE_FORMAT='DELIMITED') AS SELECT DISTINCT A FROM S");
    assert!(found.contains("which only the JSON format can write"), "{found}");
}

#[test]
fn what_another_query_has_is_chosen_by_a_join() {
    // WHERE B IN (SELECT K FROM R)
    let found = results(
        "CREATE STREAM X AS SELECT S.B AS B, S.A AS A FROM S JOIN (SELECT DISTINCT K FROM R) D ON S.B = D.K",
        &[
            ("s", "1", r#"{"A":1,"B":"x"}"#, 1),
            ("r", "x", r#"{"A":0}"#, 2),
            ("r", "x", r#"{"A":0}"#, 3),
            ("s", "2", r#"{"A":2,"B":"x"}"#, 4),
            ("s", "3", r#"{"A":3,"B":"y"}"#, 5),
        ],
    );
    assert_eq!(found, [r#"x {"A":2} @4"#]);
    let found = results(
        "CREATE TABLE X AS SELECT T.K AS K, T.A AS A FROM T JOIN (SELECT DISTINCT A FROM U) D ON T.A = D.A",
        &[
            ("t", "k", r#"{"A":1}"#, 1),
            ("u", "p", r#"{"A":1}"#, 2),
            ("u", "q", r#"{"A":1}"#, 3),
            ("u", "p", "", 4),
            ("u", "q", r#"{"A":2}"#, 5),
        ],
    );
    assert_eq!(found, [r#"k {"A":1} @2"#, "k null @5"]);
}
