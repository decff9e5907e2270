//! ksqlDB's functions by their own rules, DataFusion's where ksqlDB has none.

use super::{columns, rows};

fn one(expr: &str) -> String {
    rows(&format!("SELECT DISTINCT {expr} AS x FROM people WHERE id = 1")).join(",")
}

#[test]
fn ksqldbs_come_first() {
    assert_eq!(one("UCASE(name)"), "ADA");
    // From the end, as in ksqlDB; standard SQL would begin before the text.
    assert_eq!(one("SUBSTRING(name, -2)"), "da");
    assert_eq!(one("SUBSTRING(name, 2, 1)"), "d");
    assert_eq!(one("SUBSTRING(name FROM 2 FOR 1)"), "d");
    assert_eq!(one("TRIM(' x ')"), "x");
    assert_eq!(one("LPAD(name, 5, '.')"), "..ada");
    assert_eq!(one("POSITION('d' IN name)"), "2");
    assert_eq!(one("POSITION('x' IN NULL)"), "0");
    assert_eq!(one("DATEADD(DAYS, 2, CAST('2024-02-28' AS DATE))"), "2024-03-01");
    assert_eq!(one("CONCAT(name, '-', 'x')"), "ada-x");
    assert_eq!(one("ARRAY_LENGTH(marks)"), "2");
    assert_eq!(one("CEIL(1.2E0)"), "2.0");
    assert_eq!(one("IFNULL(CAST(NULL AS VARCHAR), 'n')"), "n");
}

#[test]
fn a_row_that_has_no_result_gets_null() {
    let sql = "SELECT id, PARSE_DATE(CASE WHEN id = 2 THEN 'no' ELSE '2024-01-01' END, 'yyyy-MM-dd') AS d \
               FROM people WHERE id IN (SELECT who FROM orders) ORDER BY id";
    assert_eq!(rows(sql), ["1|2024-01-01", "2|null"]);
}

#[test]
fn datafusions_fill_in() {
    assert_eq!(one("STARTS_WITH(name, 'a')"), "true");
    assert_eq!(columns("SELECT DISTINCT STARTS_WITH(name, 'a') AS b FROM people"), "B BOOLEAN");
    assert_eq!(one("GCD(12, 18)"), "6");
}

#[test]
fn now_is_one_moment() {
    assert_eq!(one("now() = CURRENT_TIMESTAMP AND now() > TIMESTAMP '2020-01-01 00:00:00'"), "true");
    assert_eq!(one("CURRENT_DATE > DATE '2020-01-01'"), "true");
    assert_eq!(columns("SELECT DISTINCT now() AS a, CURRENT_DATE AS b, UNIX_TIMESTAMP() AS c FROM people"), {
        "A TIMESTAMP, B DATE, C BIGINT"
    });
}

#[test]
fn what_is_not_there_is_told() {
    let told = super::plan(&super::tables(), "SELECT DISTINCT COLLECT_LIST(id) FROM people").err().unwrap();
    assert!(told.message.to_uppercase().contains("COLLECT_LIST"), "{told:?}");
}

#[test]
fn literals_and_results_have_ksqldbs_types() {
    assert_eq!(columns("SELECT DISTINCT 1 AS a, 1.5 AS b, 'x' AS c, NULL AS d, TRUE AS e FROM people"), {
        "A BIGINT, B DECIMAL(2, 1), C STRING, D STRING, E BOOLEAN"
    });
    assert_eq!(columns("SELECT DISTINCT CAST(id AS STRING) AS a, CAST(age AS DECIMAL(4,2)) AS b FROM people"), {
        "A STRING, B DECIMAL(4, 2)"
    });
}

#[test]
fn functions_of_other_dialects_mean_the_same() {
    assert_eq!(one("MOD(7, 4)"), "3");
    assert_eq!(one("IF(id = 1, 'one', 'many')"), "one");
    assert_eq!(one("LEFT(name, 2)"), "ad");
    assert_eq!(one("CEILING(1.2E0)"), "2.0");
    assert_eq!(one("ZEROIFNULL(NULLIFZERO(id - 1))"), "0");
    assert_eq!(one("LOCATE('d', name)"), "2");
    assert_eq!(one("YEAR(DATE '2020-01-01')"), "2020");
    assert_eq!(one("DATEDIFF(DAYS, DATE '2020-01-01', DATE '2020-01-03')"), "2");
}
