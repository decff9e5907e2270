//! Aggregate functions beyond ksqlDB's, from SQL text to records: DISTINCT, FILTER, and functions of standard SQL.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use support::{refused, results};

#[test]
fn distinct_over_a_stream() {
    let found = results(
        "CREATE TABLE X AS SELECT K, COUNT(DISTINCT A) AS N, SUM(DISTINCT A) AS S, COUNT(DISTINCT A, B) AS P, \
         COUNT(A) AS C FROM S GROUP BY K",
        &[
            ("s", "k", r#"{"A":3,"B":"x"}"#, 1),
            ("s", "k", r#"{"A":3,"B":"y"}"#, 2),
            ("s", "k", r#"{"A":null,"B":"y"}"#, 3),
            ("s", "l", r#"{"A":3}"#, 4),
            ("s", "k", r#"{"A":4,"B":"x"}"#, 5),
        ],
    );
    assert_eq!(
        found,
        [
            r#"k {"N":1,"S":3,"P":1,"C":1} @1"#,
            r#"k {"N":1,"S":3,"P":2,"C":2} @2"#,
            r#"k {"N":1,"S":3,"P":2,"C":2} @3"#,
            r#"l {"N":1,"S":3,"P":0,"C":1} @4"#,
            r#"k {"N":2,"S":7,"P":3,"C":3} @5"#,
        ]
    );
}

#[test]
fn distinct_over_a_table_forgets_what_is_gone() {
    let found = results(
        "CREATE TABLE X AS SELECT B, COUNT(DISTINCT A) AS N, SUM(DISTINCT A) AS S FROM T GROUP BY B",
        &[
            ("t", "p", r#"{"A":3,"B":"x"}"#, 1),
            ("t", "q", r#"{"A":3,"B":"x"}"#, 2),
            ("t", "p", r#"{"A":5,"B":"x"}"#, 3),
            ("t", "q", "", 4),
            ("t", "p", r#"{"A":5,"B":"y"}"#, 5),
        ],
    );
    assert_eq!(
        found,
        [
            r#"x {"N":1,"S":3} @1"#,
            r#"x {"N":1,"S":3} @2"#,
            r#"x {"N":2,"S":8} @3"#,
            r#"x {"N":1,"S":5} @4"#,
            r#"x {"N":0,"S":0} @5"#,
            r#"y {"N":1,"S":5} @5"#,
        ]
    );
}

#[test]
fn distinct_in_windows_and_sessions() {
    let given = [
        ("s", "k", r#"{"A":1}"#, 0),
        ("s", "k", r#"{"A":1}"#, 900),
        ("s", "k", r#"{"A":2}"#, 2000),
        ("s", "k", r#"{"A":2}"#, 3500),
        // This one makes one session of two.
        ("s", "k", r#"{"A":1}"#, 2900),
        ("s", "k", r#"{"A":3}"#, 1500),
    ];
    let tumbling =
        "CREATE TABLE X AS SELECT K, COUNT(DISTINCT A) AS N FROM S WINDOW TUMBLING (SIZE 2 SECONDS) GROUP BY K";
    let counts = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.split_once(' ').unwrap().1.split(" @").next().unwrap().to_owned()).collect()
    };
    let found = counts(results(tumbling, &given));
    assert_eq!(found.len(), 6);
    assert!(found[1].ends_with(r#"{"N":1}"#) && found[4].ends_with(r#"{"N":2}"#) && found[5].ends_with(r#"{"N":2}"#));
    let session = "CREATE TABLE X AS SELECT K, COUNT(DISTINCT A) AS N, SUM(DISTINCT A) AS S FROM S \
                   WINDOW SESSION (1 SECOND) GROUP BY K";
    let found = results(session, &given);
    assert!(found.last().unwrap().contains(r#"{"N":3,"S":6}"#), "{found:#?}");
}

#[test]
fn filter_says_which_rows_count() {
    let found = results(
        "CREATE TABLE X AS SELECT K, COUNT(*) FILTER (WHERE A > 1) AS N, COLLECT_LIST(B) FILTER (WHERE F) AS L, \
         COUNT(DISTINCT B) FILTER (WHERE 10 / A > 0) AS D FROM S GROUP BY K HAVING COUNT(*) FILTER (WHERE A = 9) = 0",
        &[
            ("s", "k", r#"{"A":1,"B":"x","F":true}"#, 1),
            ("s", "k", r#"{"A":2,"B":null,"F":true}"#, 2),
            ("s", "k", r#"{"A":0,"B":"z","F":null}"#, 3),
            ("s", "l", r#"{"A":9,"B":"z","F":false}"#, 4),
        ],
    );
    assert_eq!(
        found,
        [
            r#"k {"N":0,"L":["x"],"D":1} @1"#,
            r#"k {"N":1,"L":["x",null],"D":1} @2"#,
            // Of this one the condition fails: it is in the ledger, and not counted.
            r#"k {"N":1,"L":["x",null],"D":1} @3"#,
        ]
    );
    let table = results(
        "CREATE TABLE X AS SELECT B, SUM(A) FILTER (WHERE A > 1) AS S FROM T GROUP BY B",
        &[
            ("t", "p", r#"{"A":1,"B":"x"}"#, 1),
            ("t", "q", r#"{"A":7,"B":"x"}"#, 2),
            ("t", "p", r#"{"A":2,"B":"x"}"#, 3),
            ("t", "p", r#"{"A":1,"B":"x"}"#, 4),
        ],
    );
    assert_eq!(table, [r#"x {"S":0} @1"#, r#"x {"S":7} @2"#, r#"x {"S":9} @3"#, r#"x {"S":7} @4"#]);
}

#[test]
fn what_is_largest_in_a_table_may_leave() {
    let found = results(
        "CREATE TABLE X AS SELECT B, MAX(A) AS M, MIN(DISTINCT A) AS L, TOPKDISTINCT(A, 2) AS T, \
         MAX(A) FILTER (WHERE A < 5) AS F, MAX(K) AS K FROM T GROUP BY B",
        &[
            ("t", "p", r#"{"A":5,"B":"x"}"#, 1),
            ("t", "q", r#"{"A":5,"B":"x"}"#, 2),
            ("t", "p", r#"{"A":2,"B":"x"}"#, 3),
            ("t", "q", "", 4),
            ("t", "p", r#"{"A":9,"B":"y"}"#, 5),
        ],
    );
    assert_eq!(
        found,
        [
            r#"x {"M":5,"L":5,"T":[5],"F":null,"K":"p"} @1"#,
            r#"x {"M":5,"L":5,"T":[5],"F":null,"K":"q"} @2"#,
            r#"x {"M":5,"L":2,"T":[5,2],"F":2,"K":"q"} @3"#,
            r#"x {"M":2,"L":2,"T":[2],"F":2,"K":"p"} @4"#,
            r#"x {"M":null,"L":null,"T":[],"F":null,"K":null} @5"#,
            r#"y {"M":9,"L":9,"T":[9],"F":null,"K":"p"} @5"#,
        ]
    );
}

#[test]
fn functions_of_standard_sql() {
    let found = results(
        "CREATE TABLE X AS SELECT K, EVERY(F) AS E, BOOL_OR(F) AS O, COUNT_IF(A > 1) AS I, STRING_AGG(B, '+') AS G, \
         ARRAY_AGG(A) AS L, MEDIAN(D) AS M, PERCENTILE_CONT(A, 0.25) AS P, VAR_POP(A) AS V, BIT_OR(A) AS R, \
         MAX_BY(B, A) AS W, LAST_VALUE(B) AS Z FROM S GROUP BY K",
        &[
            ("s", "k", r#"{"A":1,"B":"x","D":1.25,"F":true}"#, 1),
            ("s", "k", r#"{"A":3,"B":"y","D":1.75,"F":false}"#, 2),
            ("s", "k", r#"{"A":null,"B":null,"D":null,"F":null}"#, 3),
        ],
    );
    assert_eq!(
        found[1],
        r#"k {"E":false,"O":true,"I":1,"G":"x+y","L":[1,3],"M":1.5,"P":1.5,"V":1.0,"R":3,"W":"y","Z":"y"} @2"#
    );
    assert_eq!(found[2], found[1].replace("[1,3]", "[1,3,null]").replace("@2", "@3"));
    assert_eq!(found.len(), 3);
}

#[test]
fn what_cannot_be_is_refused() {
    for (statement, expected) in [
        ("SELECT K, COUNT(DISTINCT *) AS N FROM S GROUP BY K", "Expecting an expression at '*'"),
        ("SELECT K, SUM(DISTINCT A, D) AS N FROM S GROUP BY K", "does not accept parameters (INTEGER, DECIMAL(6, 2))"),
        ("SELECT K, UCASE(DISTINCT B) AS N FROM S", "DISTINCT is for aggregate functions: UCASE is none."),
        ("SELECT K, ABS(A) FILTER (WHERE F) AS N FROM S", "FILTER is for aggregate functions: ABS is none."),
        ("SELECT K, SUM(A) FILTER (WHERE A) AS N FROM S GROUP BY K", "Type error in SELECT expression"),
        ("SELECT K, SUM(A) FILTER (WHERE MAX(A) > 1) AS N FROM S GROUP BY K", "can not be nested: SUM(MAX())"),
        (
            "SELECT B, COUNT(*) AS C, MAX_BY(A, K) AS N FROM T GROUP BY B",
            "The aggregation function MAX_BY cannot be applied to a table source, only to a stream source.",
        ),
        (
            "SELECT B, TOPK(A, K, 2) AS N FROM T GROUP BY B",
            "The aggregation function TOPK cannot be applied to a table source, only to a stream source.",
        ),
        ("SELECT K, PERCENTILE_CONT(A, 1.5) AS N FROM S GROUP BY K", "fraction must be between 0 and 1"),
    ] {
        let found = refused(&format!("CREATE TABLE X AS {statement}"));
        assert!(found.contains(expected), "{statement}\n{found}");
    }
    for (statement, expected) in [
        (
            "SELECT K, COUNT(DISTINCT A) AS N FROM S GROUP BY K",
            "'DISTINCT' is a reserved keyword and cannot be an expression",
        ),
        ("SELECT K, MEDIAN(A) AS N FROM S GROUP BY K", "Can't find any functions with the name 'MEDIAN'"),
        (
            "SELECT B, MIN(A) AS L, TOPK(A, 2) AS T, SUM(A) AS N FROM T GROUP BY B",
            "The aggregation functions MIN and TOPK cannot be applied to a table source, only to a stream source.",
        ),
        ("SELECT DISTINCT K FROM S", "SELECT DISTINCT is not supported"),
    ] {
        let found = refused(&format!("SET 'millstream.dialect' = 'ksql'; CREATE TABLE X AS {statement}"));
        assert!(found.contains(expected), "{statement}\n{found}");
    }
}
