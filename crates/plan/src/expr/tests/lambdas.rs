//! Lambdas: elements of many rows at once, captured columns, nesting, nulls, failures, and what is refused.

use serde_json::json;

use super::errors::says;
use super::{SOURCE, check, evaluate};
use crate::testing::catalog;

#[test]
fn elements_are_transformed() {
    check("TRANSFORM(A, x => IFNULL(x, 0) + 1)", "ARRAY<INTEGER>", json!([11, 21, 1]), json!(null));
    check("TRANSFORM(A, x => I)", "ARRAY<INTEGER>", json!([7, 7, 7]), json!(null));
    check("TRANSFORM(AA, x => ARRAY_LENGTH(x) + I)", "ARRAY<INTEGER>", json!([8, 9]), json!(null));
    check(
        "TRANSFORM(AA, x => TRANSFORM(x, e => e * 10 + ARRAY_LENGTH(x) + I))",
        "ARRAY<ARRAY<INTEGER>>",
        json!([[18], [29, 39]]),
        json!(null),
    );
    check(
        "TRANSFORM(M, (e, f) => UCASE(e), (e, f) => 1)",
        "MAP<STRING, INTEGER>",
        json!({"A": 1, "B": 1}),
        json!(null),
    );
    check("TRANSFORM(ARRAY[1, 2], x => D)", "ARRAY<DOUBLE>", json!([2.5, 2.5]), json!([null, null]));
    check(
        "TRANSFORM(A, x => CASE WHEN x IN (10, I) THEN 'a' ELSE T END)",
        "ARRAY<STRING>",
        json!(["a", "Stream", "Stream"]),
        json!(null),
    );
}

#[test]
fn elements_are_filtered() {
    check("FILTER(A, x => x > 10)", "ARRAY<INTEGER>", json!([20]), json!(null));
    check("FILTER(A, x => x IS NOT NULL AND x > I * 2)", "ARRAY<INTEGER>", json!([20]), json!(null));
    check("FILTER(M, (e, f) => f IS NULL)", "MAP<STRING, INTEGER>", json!({"b": null}), json!(null));
    check(
        "FILTER(AA, x => ARRAY_LENGTH(FILTER(x, e => e > 1)) > 0)",
        "ARRAY<ARRAY<INTEGER>>",
        json!([[2, 3]]),
        json!(null),
    );
}

#[test]
fn collections_are_reduced() {
    check("REDUCE(A, 1, (s, x) => s + IFNULL(x, 0))", "INTEGER", json!(31), json!(1));
    check("REDUCE(A, CAST(NULL AS INT), (s, x) => x)", "INTEGER", json!(null), json!(null));
    check("REDUCE(A, 1, (s, x) => s + L)", "BIGINT", json!(9_000_000_001i64), json!(1));
    check("REDUCE(M, T, (s, e, f) => s + e)", "STRING", json!("Streamab"), json!(null));
    check("REDUCE(AA, 0, (s, x) => s * 100 + REDUCE(x, 0, (r, e) => r * 10 + e))", "INTEGER", json!(123), json!(0));
}

#[test]
fn an_element_that_fails_fails_its_row() {
    check("TRANSFORM(A, x => x / Z)", "ARRAY<INTEGER>", json!("failed: Division by zero"), json!(null));
    let null_text = "failed: Arithmetic on null in a lambda";
    check("TRANSFORM(A, x => x + 1)", "ARRAY<INTEGER>", json!(null_text), json!(null));
    check("COALESCE(TRANSFORM(A, x => x / Z), ARRAY[0])", "ARRAY<INTEGER>", json!([0]), json!([0]));
    let twice = evaluate("TRANSFORM(M, (e, f) => 'same', (e, f) => e)").1;
    assert!(twice[0].as_str().is_some_and(|t| t.contains("same key")), "{twice:?}");
    let null = evaluate("TRANSFORM(M, (e, f) => e, (e, f) => f)").1;
    assert!(null[0].as_str().is_some_and(|t| t.contains("is null")), "{null:?}");
}

#[test]
fn lambdas_that_make_no_sense() {
    says(
        "TRANSFORM(A, I => I + 1)",
        "Lambda function argument can't be a column name: I. The lambda expression arguments must have names that no column \
         of the source has.",
    );
    says("TRANSFORM(A, (x, x) => x)", "Lambda arguments have to be unique: X");
    says("TRANSFORM(AA, x => TRANSFORM(x, x => x))", "Reusing lambda arguments in nested lambda is not allowed: X");
    says("TRANSFORM(A, x => yy)", "SELECT column 'YY' cannot be resolved.");
}

#[test]
fn calls_that_no_overload_takes() {
    for call in [
        "ABS(x => 1)",
        "TRANSFORM(A, (x, yy, zz) => x)",
        "TRANSFORM(I, x => x)",
        "FILTER(A, x => x + 1)",
        "REDUCE(A, 1, (s, x) => T)",
    ] {
        let found = crate::testing::findings(&catalog(SOURCE), &format!("SELECT {call} FROM S EMIT CHANGES;"));
        assert!(found.contains("does not accept parameters"), "{call}: {found}");
    }
}

#[test]
fn examples_with_lambdas_hold() {
    let examples = millstream_functions::all().iter().flat_map(|f| f.examples).filter(|e| e.call.contains("=>"));
    let mut count = 0;
    for example in examples {
        assert_eq!(evaluate(example.call), evaluate(example.result), "{}", example.call);
        count += 1;
    }
    assert!(count >= 9, "{count}");
}
