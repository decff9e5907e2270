//! Expressions from text to values: one table a kind, each over a row of values and a row of nulls.

mod casts;
mod errors;
mod lambdas;
mod random;
mod standard;

use serde_json::{Value, json};

use crate::Plan;
use crate::testing::{catalog, run};

/// Columns of every type.
const SOURCE: &str = "CREATE STREAM S (K STRING KEY, I INT, L BIGINT, D DOUBLE, N DECIMAL(4, 2), B BOOLEAN, T STRING, Y BYTES, \
                      DA DATE, TI TIME, TS TIMESTAMP, A ARRAY<INT>, M MAP<STRING, INT>, ST STRUCT<F INT, G STRUCT<H STRING>>, \
                      Z INT, AA ARRAY<ARRAY<INT>>, W DECIMAL(40, 2)) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');";

fn rows() -> [Value; 2] {
    let full = json!({
        "K": "k", "I": 7, "L": 3_000_000_000i64, "D": 2.5, "N": "12.34", "B": true, "T": "Stream", "Y": "AQI=",
        "DA": 18_262, "TI": 3_723_000, "TS": 1_577_836_800_123i64, "A": [10, 20, null], "M": {"a": 1, "b": null},
        "ST": {"F": 5, "G": {"H": "deep"}}, "Z": 0, "AA": [[1], [2, 3]], "W": "1234567890123456789012345678901234.56",
        "ROWTIME": 1_546_300_800_000i64, "ROWPARTITION": 3, "ROWOFFSET": 42,
    });
    [full, json!({"ROWTIME": 0, "ROWPARTITION": 0, "ROWOFFSET": 0})]
}

/// Type of an expression, and its values over the two rows; a row that fails shows why.
fn evaluate(expr: &str) -> (String, Vec<Value>) {
    evaluate_in(&crate::Settings::default(), expr)
}

/// The same in a session with these settings.
fn evaluate_in(settings: &crate::Settings, expr: &str) -> (String, Vec<Value>) {
    let catalog = catalog(SOURCE);
    let sql = format!("SELECT {expr} AS X FROM S EMIT CHANGES;");
    let statement = millstream_sql::parse(&sql).unwrap_or_else(|e| panic!("{}", e[0].render(&sql))).remove(0);
    let plan = crate::plan(&statement, &catalog, settings).unwrap_or_else(|e| panic!("{}", e[0].render(&sql)));
    let Plan::Select { topology, columns, .. } = plan else { panic!("not a SELECT") };
    // Rows together and each by itself must agree.
    let together = run(&topology, &rows());
    let mut values = Vec::new();
    for row in rows() {
        let alone = run(&topology, &[row]);
        let value = alone.rows[0]["X"].clone();
        values.push(alone.failures.first().map_or(value, |f| json!(format!("failed: {f}"))));
    }
    let failing = values.iter().filter(|v| v.as_str().is_some_and(|t| t.starts_with("failed: "))).count();
    assert_eq!(together.failures.len(), failing, "{expr}: {:?}", together.failures);
    for (row, value) in together.rows.iter().zip(&values) {
        assert!(row["X"] == *value || row["X"].is_null(), "{expr}: {row} in a batch, {value} alone");
    }
    (columns[0].ty.to_string(), values)
}

#[track_caller]
fn check(expr: &str, ty: &str, full: Value, nulls: Value) {
    assert_eq!(evaluate(expr), (ty.to_owned(), vec![full, nulls]), "{expr}");
}

#[test]
fn what_depends_on_chance_is_asked_for_every_row() {
    let sql = "SELECT RANDOM() AS R, 1 + RANDOM() AS S, UUID() AS U, UUID(CAST('MTIzNDU2Nzg5MGFiY2RlZg==' AS BYTES)) AS V \
               FROM S EMIT CHANGES;";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let Plan::Select { topology, .. } = crate::plan(&statement, &catalog(SOURCE), &crate::Settings::default()).unwrap()
    else {
        panic!("not a SELECT")
    };
    let rows = run(&topology, &rows()).rows;
    for column in ["R", "S", "U"] {
        assert_ne!(rows[0][column], rows[1][column], "{column}");
    }
    assert!(rows.iter().all(|row| (0.0..1.0).contains(&row["R"].as_f64().unwrap())));
    assert_eq!(rows[0]["V"], json!("31323334-3536-3738-3930-616263646566"));
    check("PI() * 4", "DOUBLE", json!(12.566370614359172), json!(12.566370614359172));
}

#[test]
fn integers_keep_their_type_and_wrap() {
    check("I + 1", "INTEGER", json!(8), json!(null));
    check("I + L", "BIGINT", json!(3_000_000_007i64), json!(null));
    check("I * 2147483647", "INTEGER", json!(2_147_483_641), json!(null));
    check("-2147483648 - 1", "INTEGER", json!(2_147_483_647), json!(2_147_483_647));
    check("-I", "INTEGER", json!(-7), json!(null));
    check("+I", "INTEGER", json!(7), json!(null));
    check("-7 / 2", "INTEGER", json!(-3), json!(-3));
    check("I % -4", "INTEGER", json!(3), json!(null));
    check("I / Z", "INTEGER", json!("failed: Division by zero"), json!(null));
    check("I % 0", "INTEGER", json!("failed: Division by zero"), json!(null));
    check("12 * 4 + 2", "INTEGER", json!(50), json!(50));
    check("9223372036854775807 + 1", "BIGINT", json!(i64::MIN), json!(i64::MIN));
    check("-2147483648 / -1", "INTEGER", json!(i32::MIN), json!(i32::MIN));
}

#[test]
fn doubles_follow_ieee_754() {
    check("D + 10", "DOUBLE", json!(12.5), json!(null));
    check("D * N", "DOUBLE", json!(30.85), json!(null));
    check("CAST(D / 0 AS STRING)", "STRING", json!("Infinity"), json!(null));
    check("CAST(D % 0 AS STRING)", "STRING", json!("NaN"), json!(null));
    check("1E0 / 4", "DOUBLE", json!(0.25), json!(0.25));
}

#[test]
fn decimals_are_exact() {
    check("N + N", "DECIMAL(5, 2)", json!("24.68"), json!(null));
    check("N - 0.5", "DECIMAL(5, 2)", json!("11.84"), json!(null));
    check("N + I", "DECIMAL(13, 2)", json!("19.34"), json!(null));
    check("N * N", "DECIMAL(9, 4)", json!("152.2756"), json!(null));
    check("N / 3.0", "DECIMAL(9, 6)", json!("4.113333"), json!(null));
    check("-N / 7", "DECIMAL(15, 13)", json!("-1.7628571428571"), json!(null));
    check("N / 0.0", "DECIMAL(9, 6)", json!("failed: Division by zero"), json!(null));
    check("N % 5", "DECIMAL(4, 2)", json!("2.34"), json!(null));
    check("-N % 0.7", "DECIMAL(3, 2)", json!("-0.44"), json!(null));
    check("-N", "DECIMAL(4, 2)", json!("-12.34"), json!(null));
    check("W + 0.01", "DECIMAL(41, 2)", json!("1234567890123456789012345678901234.57"), json!(null));
    check("W * 10", "DECIMAL(51, 2)", json!("12345678901234567890123456789012345.60"), json!(null));
    check("2.5 / 2", "DECIMAL(13, 12)", json!("1.250000000000"), json!("1.250000000000"));
}

#[test]
fn literals_have_the_types_of_ksqldb() {
    for (literal, ty) in [
        ("1", "INTEGER"),
        ("2147483648", "BIGINT"),
        ("1.50", "DECIMAL(3, 2)"),
        (".5", "DECIMAL(2, 1)"),
        ("0.08", "DECIMAL(3, 2)"),
        ("1E0", "DOUBLE"),
        ("'text'", "STRING"),
        ("TRUE", "BOOLEAN"),
    ] {
        assert_eq!(evaluate(literal).0, ty, "{literal}");
    }
}

#[test]
fn texts_join() {
    check("T + '!'", "STRING", json!("Stream!"), json!(null));
    check("T || '!'", "STRING", json!("Stream!"), json!("!"));
    check("K || (T || '-') || K", "STRING", json!("kStream-k"), json!("-"));
    check("T || NULL || K", "STRING", json!("Streamk"), json!(""));
}

#[test]
fn comparisons_are_two_valued() {
    check("I = 7", "BOOLEAN", json!(true), json!(false));
    check("I <> 7", "BOOLEAN", json!(false), json!(false));
    check("NOT (I = 7)", "BOOLEAN", json!(false), json!(true));
    check("I < L", "BOOLEAN", json!(true), json!(false));
    check("D > 250", "BOOLEAN", json!(false), json!(false));
    check("D >= 2.5", "BOOLEAN", json!(true), json!(false));
    check("N = 12.340", "BOOLEAN", json!(true), json!(false));
    check("N < I", "BOOLEAN", json!(false), json!(false));
    check("I > 6.99", "BOOLEAN", json!(true), json!(false));
    check("T = 'Stream'", "BOOLEAN", json!(true), json!(false));
    check("T < 'T'", "BOOLEAN", json!(true), json!(false));
    check("Y = Y", "BOOLEAN", json!(true), json!(false));
    check("B = TRUE", "BOOLEAN", json!(true), json!(false));
    check("I IS DISTINCT FROM Z", "BOOLEAN", json!(true), json!(false));
    check("I IS NOT DISTINCT FROM Z", "BOOLEAN", json!(false), json!(true));
    check("W > N", "BOOLEAN", json!(true), json!(false));
    check("I IS NULL", "BOOLEAN", json!(false), json!(true));
    check("ST->G IS NOT NULL", "BOOLEAN", json!(true), json!(false));
    check("NULL IS NULL", "BOOLEAN", json!(true), json!(true));
    check("0E0 = -0E0", "BOOLEAN", json!(true), json!(true));
    check("D * 0 >= -(D * 0)", "BOOLEAN", json!(true), json!(false));
    check("-(D * 0) < 0", "BOOLEAN", json!(false), json!(false));
}

#[test]
fn times_compare_with_texts() {
    check("DA = '2020-01-01'", "BOOLEAN", json!(true), json!(false));
    check("DA <= TS", "BOOLEAN", json!(true), json!(false));
    check("TS > '2020-01-01T00:00:00.122'", "BOOLEAN", json!(true), json!(false));
    check("'01:02:03' = TI", "BOOLEAN", json!(true), json!(false));
    check("TS BETWEEN '2020' AND '2020-01-02'", "BOOLEAN", json!(true), json!(false));
    check("ROWTIME >= '2019'", "BOOLEAN", json!(true), json!(false));
    check("ROWTIME BETWEEN '2018-01-01T00:00' AND '2019-01-01'", "BOOLEAN", json!(true), json!(false));
    check("S.ROWTIME = '2019-01-01T01:00:00+01:00'", "BOOLEAN", json!(true), json!(false));
}

#[test]
fn collections_compare_by_content() {
    check("A = ARRAY[10, 20, NULL]", "BOOLEAN", json!(true), json!(false));
    check("A <> ARRAY[10]", "BOOLEAN", json!(true), json!(false));
    check("M = MAP('b' := NULL, 'a' := 1)", "BOOLEAN", json!(true), json!(false));
    check("ST = STRUCT(F := 5, G := STRUCT(H := 'deep'))", "BOOLEAN", json!(true), json!(false));
    check("A IS DISTINCT FROM ARRAY[1]", "BOOLEAN", json!(true), json!(true));
    check("AA IS NOT DISTINCT FROM AA", "BOOLEAN", json!(true), json!(true));
}

#[test]
fn logic_evaluates_what_it_needs() {
    check("B AND I = 7", "BOOLEAN", json!(true), json!(false));
    check("B OR I = 8", "BOOLEAN", json!(true), json!(null));
    check("NOT B", "BOOLEAN", json!(false), json!(null));
    check("Z <> 0 AND I / Z > 1", "BOOLEAN", json!(false), json!(false));
    check("Z = 0 OR I / Z > 1", "BOOLEAN", json!(true), json!(false));
    check("I = 7 AND I / Z > 1", "BOOLEAN", json!("failed: Division by zero"), json!(false));
    check("NOT 4 > 11 AND TRUE", "BOOLEAN", json!(true), json!(true));
    check("NULL OR TRUE", "BOOLEAN", json!(true), json!(true));
}

#[test]
fn between_in_and_like() {
    check("I BETWEEN 7 AND 8", "BOOLEAN", json!(true), json!(false));
    check("I NOT BETWEEN 8 AND 9", "BOOLEAN", json!(true), json!(true));
    check("I BETWEEN 6.5 AND L", "BOOLEAN", json!(true), json!(false));
    check("T BETWEEN 'A' AND 'Z'", "BOOLEAN", json!(true), json!(false));
    check("I IN (1, 7)", "BOOLEAN", json!(true), json!(false));
    check("I NOT IN (1, 7)", "BOOLEAN", json!(false), json!(true));
    check("I IN (1, '7.0')", "BOOLEAN", json!(true), json!(false));
    check("T IN (true, 'Stream', NULL)", "BOOLEAN", json!(true), json!(false));
    check("I IN (Z, L, 7)", "BOOLEAN", json!(true), json!(false));
    check("D IN (2.5)", "BOOLEAN", json!(true), json!(false));
    check("A IN (ARRAY[1], ARRAY['10', 20, NULL])", "BOOLEAN", json!(true), json!(false));
    check("N IN (12.34, 5)", "BOOLEAN", json!(true), json!(false));
    check("TS IN ('2020-01-01T00:00:00.123', '2021')", "BOOLEAN", json!(true), json!(false));
    check("Y IN ('AQI=')", "BOOLEAN", json!(true), json!(false));
    check("B IN (true)", "BOOLEAN", json!(true), json!(false));
    check("L NOT IN (1, 2, 3)", "BOOLEAN", json!(true), json!(true));
    check("I IN (NULL)", "BOOLEAN", json!(false), json!(false));
    check("T LIKE 'Str%'", "BOOLEAN", json!(true), json!(false));
    check("T LIKE '%rea%'", "BOOLEAN", json!(true), json!(false));
    check("T LIKE '%am'", "BOOLEAN", json!(true), json!(false));
    check("T LIKE 'S_r_am'", "BOOLEAN", json!(true), json!(false));
    check("T NOT LIKE 'str%'", "BOOLEAN", json!(true), json!(true));
    check("T LIKE T", "BOOLEAN", json!(true), json!(false));
    check("'100%' LIKE '1__!%' ESCAPE '!'", "BOOLEAN", json!(true), json!(true));
    check("'100x' LIKE '1__!%' ESCAPE '!'", "BOOLEAN", json!(false), json!(false));
    check("'a.b' LIKE 'a_b' AND NOT 'axxb' LIKE 'a.*b'", "BOOLEAN", json!(true), json!(true));
    check("'a\nb' LIKE 'a%'", "BOOLEAN", json!(false), json!(false));
    check("'a\nb' LIKE 'a\n%'", "BOOLEAN", json!(true), json!(true));
    check("'a\nb' LIKE '%b%' OR 'a\nb' LIKE 'a_b'", "BOOLEAN", json!(false), json!(false));
}

#[test]
fn case_takes_the_first_branch_and_no_other() {
    check("CASE WHEN I > 5 THEN 'big' ELSE 'small' END", "STRING", json!("big"), json!("small"));
    check("CASE WHEN Z <> 0 THEN I / Z END", "INTEGER", json!(null), json!(null));
    check("CASE WHEN Z = 0 THEN -1 ELSE I / Z END", "INTEGER", json!(-1), json!(null));
    check("CASE WHEN B THEN NULL WHEN I = 7 THEN 1 ELSE 2 END", "INTEGER", json!(null), json!(2));
    check("CASE WHEN I / Z > 1 THEN 1 END", "INTEGER", json!("failed: Division by zero"), json!(null));
    check("CASE WHEN I = 7 THEN A[1] WHEN I = 8 THEN 2 END", "INTEGER", json!(10), json!(null));
}

#[test]
fn parts_of_collections() {
    check("A[1]", "INTEGER", json!(10), json!(null));
    check("A[-1]", "INTEGER", json!(null), json!(null));
    check("A[-3]", "INTEGER", json!(10), json!(null));
    check("A[0]", "INTEGER", json!(null), json!(null));
    check("A[4]", "INTEGER", json!(null), json!(null));
    check("A[-4]", "INTEGER", json!(null), json!(null));
    check("A[L]", "INTEGER", json!(null), json!(null));
    check("AA[2][-1]", "INTEGER", json!(3), json!(null));
    check("M['a']", "INTEGER", json!(1), json!(null));
    check("M['missing']", "INTEGER", json!(null), json!(null));
    check("M[K]", "INTEGER", json!(null), json!(null));
    check("ST->F", "INTEGER", json!(5), json!(null));
    check("ST->G->H", "STRING", json!("deep"), json!(null));
    check("ARRAY[1, 2][2]", "INTEGER", json!(2), json!(2));
}

#[test]
fn constructors_find_a_common_type() {
    check("ARRAY[I, 1]", "ARRAY<INTEGER>", json!([7, 1]), json!([null, 1]));
    check(
        "ARRAY[NULL, 10, '2e1', I, L]",
        "ARRAY<DECIMAL(19, 0)>",
        json!([null, "10", "20", "7", "3000000000"]),
        json!([null, "10", "20", null, null]),
    );
    check("ARRAY[1, 2.5]", "ARRAY<DECIMAL(11, 1)>", json!(["1.0", "2.5"]), json!(["1.0", "2.5"]));
    check("MAP('x' := I, T := 2)", "MAP<STRING, INTEGER>", json!({"x": 7, "Stream": 2}), json!({"x": null, "null": 2}));
    check("MAP('x' := 1, 'x' := 2)", "MAP<STRING, INTEGER>", json!({"x": 2}), json!({"x": 2}));
    check(
        "STRUCT(A := I, `b` := ARRAY[T])",
        "STRUCT<`A` INTEGER, `b` ARRAY<STRING>>",
        json!({"A": 7, "b": ["Stream"]}),
        json!({"A": null, "b": [null]}),
    );
    check("STRUCT()", "STRUCT< >", json!({}), json!({}));
    check(
        "ARRAY[NULL, STRUCT(X := I), STRUCT(Y := L)]",
        "ARRAY<STRUCT<`X` INTEGER, `Y` BIGINT>>",
        json!([null, {"X": 7, "Y": null}, {"X": null, "Y": 3_000_000_000i64}]),
        json!([null, {"X": null, "Y": null}, {"X": null, "Y": null}]),
    );
    // An element that fails is null; the others stay.
    check("ARRAY[1, I / Z]", "ARRAY<INTEGER>", json!([1, null]), json!([1, null]));
}

#[test]
fn functions_take_what_converts() {
    check("ABS(-N)", "DECIMAL(4, 2)", json!("12.34"), json!(null));
    check("ucase(T)", "STRING", json!("STREAM"), json!(null));
    check("COALESCE(I, L)", "BIGINT", json!(7), json!(null));
    check("IFNULL(T, 'none')", "STRING", json!("Stream"), json!("none"));
    check("SUBSTRING(T, I - 6, 3)", "STRING", json!("Str"), json!(null));
    check("ARRAY_CONTAINS(A, NULL)", "BOOLEAN", json!(true), json!(false));
    check("UNIX_TIMESTAMP('2020-01-01')", "BIGINT", json!(1_577_836_800_000i64), json!(1_577_836_800_000i64));
    check("AS_VALUE(K)", "STRING", json!("k"), json!(null));
    check("NULLIF(A, ARRAY[10, 20, NULL])", "ARRAY<INTEGER>", json!(null), json!(null));
    // A call that fails inside another expression is null; by itself it fails the row.
    check("IFNULL(CEIL(N + 87.65), 1.5)", "DECIMAL(5, 2)", json!("100.00"), json!("1.50"));
    check(
        "CEIL(CAST(D * 39.8 AS DECIMAL(4, 2)))",
        "DECIMAL(4, 2)",
        json!("failed: Numeric field overflow: the result does not fit DECIMAL(4, 2)"),
        json!(null),
    );
    check("IFNULL(CEIL(CAST(D * 39.8 AS DECIMAL(4, 2))), 0.5)", "DECIMAL(4, 2)", json!("0.50"), json!("0.50"));
}

#[test]
fn pseudo_columns_have_their_types() {
    check("ROWTIME", "BIGINT", json!(1_546_300_800_000i64), json!(0));
    check("ROWPARTITION + 1", "INTEGER", json!(4), json!(1));
    check("ROWOFFSET", "BIGINT", json!(42), json!(0));
}

#[test]
fn deep_expressions_fit_a_small_stack() {
    let sum = format!("I{}", " + 1".repeat(190));
    let nested = format!("{}I{}", "ABS(".repeat(90), ")".repeat(90));
    let choices: Vec<String> = (0..190).map(|n| format!("I = {n}")).collect();
    let deep = move || {
        check(&sum, "INTEGER", json!(197), json!(null));
        check(&nested, "INTEGER", json!(7), json!(null));
        check(&choices.join(" OR "), "BOOLEAN", json!(true), json!(false));
    };
    // Half the stack of a worker thread of the server.
    std::thread::Builder::new().stack_size(1 << 20).spawn(deep).unwrap().join().unwrap();
}
