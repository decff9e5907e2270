//! Functions of standard SQL, and the simple CASE: what the extended dialect adds.

use serde_json::json;

use super::errors::says;
use super::{check, evaluate};
use crate::expr::standard::functions;

#[test]
fn functions_of_standard_sql_run() {
    check("UPPER(T)", "STRING", json!("STREAM"), json!(null));
    check("lower(T)", "STRING", json!("stream"), json!(null));
    check("LENGTH(T)", "INTEGER", json!(6), json!(null));
    check("REPEAT(T, 2) || REVERSE(T)", "STRING", json!("StreamStreammaertS"), json!(""));
    check("STRPOS(T, 're')", "INTEGER", json!(3), json!(null));
    check("date_trunc('hour', TS)", "TIMESTAMP", json!(1_577_836_800_000i64), json!(null));
    check("date_part('year', TS)", "INTEGER", json!(2020), json!(null));
    check("gcd(I, 21)", "BIGINT", json!(7), json!(null));
    check("array_position(A, 20)", "BIGINT", json!(2), json!(null));
    check("starts_with(T, 'Str')", "BOOLEAN", json!(true), json!(null));
    check("UPPER('abc')", "STRING", json!("ABC"), json!("ABC"));
}

#[test]
fn a_call_that_fails_costs_its_row_only() {
    let failed = evaluate("factorial(L)").1;
    assert!(failed[0].as_str().is_some_and(|t| t.starts_with("failed: ")), "{failed:?}");
    check("COALESCE(factorial(L), I)", "BIGINT", json!(7), json!(null));
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let found =
        crate::testing::findings(&crate::testing::catalog(super::SOURCE), "SELECT UPPER(T, T) FROM S EMIT CHANGES;");
    assert!(found.starts_with("line 1:8: Function 'upper' cannot be called so: "), "{found}");
    says("NO_SUCH_FUNCTION(T)", "Can't find any functions with the name 'NO_SUCH_FUNCTION'");
}

#[test]
fn names_of_ksqldb_stay_its_own() {
    assert!(functions().len() > 150, "{}", functions().len());
    for name in ["abs", "substring", "concat", "greatest", "coalesce", "now"] {
        assert!(!functions().contains_key(name), "{name}");
    }
}

#[test]
fn the_simple_case_compares() {
    check("CASE I WHEN 1 THEN 'one' WHEN 7 THEN 'seven' ELSE 'many' END", "STRING", json!("seven"), json!("many"));
    check("CASE T WHEN 'x' THEN 1 END", "INTEGER", json!(null), json!(null));
    says("CASE I WHEN 'a' THEN 1 END", "Cannot compare I (INTEGER) to 'a' (STRING) with EQUAL.");
}
