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
    check("CHAR_LENGTH(T)", "INTEGER", json!(6), json!(null));
    check("SPLIT_PART(T, 'r', 2)", "STRING", json!("eam"), json!(null));
    check("LTRIM('  a')", "STRING", json!("a"), json!("a"));
    check("LOG10(D * 40)", "DOUBLE", json!(2.0), json!(null));
    check("NVL(T, 'none')", "STRING", json!("Stream"), json!("none"));
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

#[test]
fn moments_are_moved_by_intervals() {
    check("TS + INTERVAL '1' DAY", "TIMESTAMP", json!(1_577_923_200_123i64), json!(null));
    check("TS - INTERVAL '2 hours'", "TIMESTAMP", json!(1_577_829_600_123i64), json!(null));
    check("INTERVAL '1' MONTH + TS", "TIMESTAMP", json!(1_580_515_200_123i64), json!(null));
    check("DA + INTERVAL '1' WEEK", "DATE", json!(18_269), json!(null));
    check("DA - INTERVAL '-1' DAY", "DATE", json!(18_263), json!(null));
    check("TI - INTERVAL 1 SECOND", "TIME", json!(3_722_000), json!(null));
    says(
        "DA + INTERVAL '1' HOUR",
        "Error processing expression: (DA + INTERVAL(1, HOURS)). DATE is not moved by HOURS.",
    );
    says("INTERVAL '1' DAY - TS", "Can't find any functions with the name 'INTERVAL'");
}

#[test]
fn functions_of_other_dialects_are_ksqldbs_in_other_words() {
    check("MOD(I, 4)", "INTEGER", json!(3), json!(null));
    check("MOD(N, 5)", "DECIMAL(4, 2)", json!("2.34"), json!(null));
    check("IF(I > 5, 'big', 'small')", "STRING", json!("big"), json!("small"));
    check("IIF(Z = 0, -1, I / Z)", "INTEGER", json!(-1), json!(null));
    check("LEFT(T, 2)", "STRING", json!("St"), json!(null));
    check("RIGHT(T, 3)", "STRING", json!("eam"), json!(null));
    check("CEILING(D)", "DOUBLE", json!(3.0), json!(null));
    check("TRUNCATE(D)", "BIGINT", json!(2), json!(null));
    check("ZEROIFNULL(L)", "BIGINT", json!(3_000_000_000i64), json!(0));
    check("NVL2(T, 1, 2)", "INTEGER", json!(1), json!(2));
    check("NULLIFZERO(Z)", "INTEGER", json!(null), json!(null));
    check("LOCATE('re', T)", "INTEGER", json!(3), json!(0));
    check("YEAR(TS)", "INTEGER", json!(2020), json!(null));
    says("MOD(I)", "Can't find any functions with the name 'MOD'");
}

#[test]
fn differences_of_moments_are_counted() {
    check("DATEDIFF(DAY, TS::DATE, DA)", "BIGINT", json!(0), json!(null));
    check("DATE_DIFF('day', '2019-12-30', DA)", "BIGINT", json!(2), json!(null));
    check("DATEDIFF(YEARS, '2019-12-31', TS)", "BIGINT", json!(1), json!(null));
    check("TIMESTAMPDIFF(YEARS, '2019-12-31', TS)", "BIGINT", json!(0), json!(null));
    check("TIMESTAMPDIFF(HOUR, '2019-12-31', TS)", "BIGINT", json!(24), json!(null));
    // In ksqlDB's language there is none.
    let settings = crate::Settings { dialect: crate::Dialect::Ksql, ..crate::Settings::default() };
    let statement = millstream_sql::parse("SELECT DATEDIFF(DAYS, DA, DA) FROM S EMIT CHANGES;").unwrap().remove(0);
    let refused = crate::plan(&statement, &crate::testing::catalog(super::SOURCE), &settings).err().unwrap();
    assert_eq!(refused[0].message, "Can't find any functions with the name 'DATEDIFF'");
}

#[test]
fn other_words_of_standard_sql() {
    check("D::INT + 1", "INTEGER", json!(3), json!(null));
    check("-D::INT", "INTEGER", json!(-2), json!(null));
    check("TRY_CAST(I AS STRING)", "STRING", json!("7"), json!(null));
    check("DATE '2020-01-01'", "DATE", json!(18_262), json!(18_262));
    check("TIMESTAMP '2020-01-01 00:00:00'", "TIMESTAMP", json!(1_577_836_800_000i64), json!(1_577_836_800_000i64));
    check("EXTRACT(YEAR FROM TS)", "INTEGER", json!(2020), json!(null));
    check("SUBSTRING(T FROM 2 FOR 3)", "STRING", json!("tre"), json!(null));
    check("POSITION('re' IN 'Stream')", "INTEGER", json!(3), json!(3));
    check("POSITION('x' IN NULL)", "INTEGER", json!(0), json!(0));
    check("POSITION(T IN 'Stream')", "INTEGER", json!(1), json!(0));
    check("B IS TRUE", "BOOLEAN", json!(true), json!(false));
    check("B IS NOT TRUE", "BOOLEAN", json!(false), json!(true));
    check("B IS FALSE", "BOOLEAN", json!(false), json!(false));
    check("B IS NOT FALSE", "BOOLEAN", json!(true), json!(true));
    check("B IS UNKNOWN", "BOOLEAN", json!(false), json!(true));
    check("(T ILIKE 'STR%') IS TRUE", "BOOLEAN", json!(true), json!(false));
    // As with NOT LIKE: nothing is like anything.
    check("(T NOT LIKE 'Str%') IS TRUE", "BOOLEAN", json!(false), json!(true));
    check("(T NOT ILIKE 'STR%') IS TRUE", "BOOLEAN", json!(false), json!(true));
}
