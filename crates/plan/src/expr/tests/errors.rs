//! What the compiler says about expressions that make no sense: ksqlDB's words, a place, and advice.

use super::SOURCE;
use crate::testing::{catalog, findings};

#[track_caller]
fn check(clause: &str, expected: &str) {
    let sql = if clause.starts_with("WHERE") {
        format!("SELECT * FROM S {clause} EMIT CHANGES;")
    } else {
        format!("SELECT {clause} FROM S EMIT CHANGES;")
    };
    assert_eq!(findings(&catalog(SOURCE), &sql), expected);
}

#[test]
fn names_that_are_not_there() {
    check("BOB", "line 1:8: SELECT column 'BOB' cannot be resolved.\nSELECT BOB FROM S EMIT CHANGES;\n       ^^^");
    check(
        "WHERE ABS(ROWTIM) > 1",
        "line 1:27: WHERE column 'ROWTIM' cannot be resolved.\nSELECT * FROM S WHERE ABS(ROWTIM) > 1 EMIT CHANGES;\n                          ^^^^^^",
    );
    check(
        "FOO.I",
        "Failed to prepare statement: 'FOO' is not a valid stream/table name or alias.\nSELECT FOO.I FROM S EMIT CHANGES;\n       ^^^",
    );
    check(
        "FROBNICATE(T, 1)",
        "line 1:8: Can't find any functions with the name 'FROBNICATE'\nSELECT FROBNICATE(T, 1) FROM S EMIT CHANGES;\n       ^^^^^^^^^^",
    );
    check(
        "CONCATT(T)",
        "line 1:8: Can't find any functions with the name 'CONCATT'\nSELECT CONCATT(T) FROM S EMIT CHANGES;\n       ^^^^^^^\n\
         Hint: Did you mean CONCAT?",
    );
    check(
        "ST->FF",
        "line 1:12: Could not find field 'FF' in 'ST'.\nSELECT ST->FF FROM S EMIT CHANGES;\n           ^^\nHint: Did you mean F?",
    );
}

#[test]
fn a_star_passes_nothing() {
    check(
        "PI(*) + SIGN(*)",
        "line 1:16: Function 'sign' does not accept parameters ().\nValid alternatives are:\nsign(INT value)\n\
         sign(BIGINT value)\nsign(DOUBLE value)\n\
         For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;\n\
         SELECT PI(*) + SIGN(*) FROM S EMIT CHANGES;\n               ^^^^^^^",
    );
}

#[test]
fn all_findings_at_once() {
    check(
        "X1, Y1 + Z1",
        "line 1:8: SELECT column 'X1' cannot be resolved.\nSELECT X1, Y1 + Z1 FROM S EMIT CHANGES;\n       ^^\n\
         line 1:12: SELECT column 'Y1' cannot be resolved.\nSELECT X1, Y1 + Z1 FROM S EMIT CHANGES;\n           ^^\n\
         Hint: Did you mean Y?\n\
         line 1:17: SELECT column 'Z1' cannot be resolved.\nSELECT X1, Y1 + Z1 FROM S EMIT CHANGES;\n                ^^\n\
         Hint: Did you mean Z?",
    );
}

/// The message alone.
#[track_caller]
pub(super) fn says(clause: &str, expected: &str) {
    let catalog = catalog(SOURCE);
    let sql = if clause.starts_with("WHERE") {
        format!("SELECT * FROM S {clause} EMIT CHANGES;")
    } else {
        format!("SELECT {clause} FROM S EMIT CHANGES;")
    };
    let statement = millstream_sql::parse(&sql).unwrap().remove(0);
    let messages: Vec<String> = crate::plan(&statement, &catalog, &crate::Settings::default())
        .unwrap_err()
        .into_iter()
        .map(|f| f.message)
        .collect();
    assert_eq!(messages, [expected], "{clause}");
}

#[test]
fn types_that_do_not_go_together() {
    says("A < A", "Cannot compare A (ARRAY<INTEGER>) to A (ARRAY<INTEGER>) with LESS_THAN.");
    says(
        "WHERE I >= 'x'",
        "Error in WHERE expression: Cannot compare I (INTEGER) to 'x' (STRING) with GREATER_THAN_OR_EQUAL.",
    );
    says(
        "T BETWEEN 10 AND 'x'",
        "Invalid expression: Cannot compare T (STRING) to 10 (INTEGER) with GREATER_THAN_OR_EQUAL.",
    );
    says("I <> NULL", "Comparison with NULL not supported: INTEGER <> NULL\nUse 'IS NULL' or 'IS NOT NULL' instead.");
    says(
        "WHERE D + 1.5",
        "Type error in WHERE expression: Should evaluate to boolean but is (D + 1.5) (DOUBLE) instead.",
    );
    says(
        "WHERE TRUE + 1.5",
        "Error in WHERE expression: Error processing expression: (true + 1.5). Unsupported arithmetic types. BOOLEAN DECIMAL",
    );
    says(
        "1 + NULL",
        "Error processing expression: (1 + null). Arithmetic on types INTEGER and null are not supported.",
    );
    says(
        "MAP(1 := 'cat') + NULL",
        "Error processing expression: (MAP(1:='cat') + null). Arithmetic on types MAP<INTEGER, STRING> and null are not supported.",
    );
    says(
        "5.0 / NULL",
        "Error processing expression: (5.0 / null). Arithmetic on types DECIMAL(2, 1) and null are not supported.",
    );
    says("-T", "Error processing expression: -T. Sign of type STRING.");
    says("I AND B", "Expected a BOOLEAN but I is INTEGER.");
    says("T LIKE 12", "Like condition must be between strings, but 12 is INTEGER.");
    says("I->F", "Expected a STRUCT before '->', but I is INTEGER.");
    says("I[1]", "Subscript applies to ARRAY and MAP, but I is INTEGER.");
    says("A['x']", "Array index must be an INTEGER, but 'x' is STRING.");
    says("M[1]", "Map key must be STRING, but 1 is INTEGER.");
    says(
        "NULL",
        "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).",
    );
    says(
        "ROWTIME > 'soon'",
        "Failed to parse timestamp 'soon': Text 'soon-01-01T00:00:00.000' could not be parsed at index 0",
    );
    says(
        "W * W",
        "Error processing expression: (W * W). The result has more than 76 digits; such decimals are not supported.",
    );
}

#[test]
fn casts_that_are_none() {
    says("CAST(T AS MAP<VARCHAR, INTEGER>)", "Invalid Select: Cast of STRING to MAP<STRING, INTEGER> is not supported");
    says("CAST(Y AS STRING)", "Invalid Select: Cast of BYTES to STRING is not supported");
    says("WHERE CAST(I AS BOOLEAN)", "Invalid Predicate: Cast of INTEGER to BOOLEAN is not supported");
    says("CAST(ARRAY[1] AS ARRAY<DATE>)", "Invalid Select: Cast of ARRAY<INTEGER> to ARRAY<DATE> is not supported");
}

#[test]
fn lists_without_a_common_type() {
    says(
        "WHERE B IN (TRUE, 'Not a boolean')",
        "Invalid Predicate: invalid input syntax for type BOOLEAN: \"Not a boolean\".",
    );
    says("WHERE I IN (10, T)", "Invalid Predicate: operator does not exist: INTEGER = STRING (T)");
    says("WHERE N IN (10, TRUE)", "Invalid Predicate: operator does not exist: DECIMAL(12, 2) = BOOLEAN (true)");
    says(
        "WHERE A IN (ARRAY[B])",
        "Invalid Predicate: operator does not exist: ARRAY<INTEGER> = ARRAY<BOOLEAN> (ARRAY[B])",
    );
    says("ARRAY[1, 'x']", "Invalid Select: invalid input syntax for type INTEGER: \"x\".");
    says(
        "ARRAY[]",
        "Invalid Select: Array constructor cannot be empty. Please supply at least one element (see https://github.com/confluentinc/ksql/issues/4239).",
    );
    says(
        "MAP()",
        "Invalid Select: Map constructor cannot be empty. Please supply at least one key value pair (see https://github.com/confluentinc/ksql/issues/4239).",
    );
    says(
        "ARRAY[NULL]",
        "Invalid Select: Cannot construct an array with all NULL elements (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL value to the desired type.",
    );
    says("STRUCT(A := 1, B := 2, A := 'x')", "Duplicate field names found in STRUCT: '`A` INTEGER' and '`A` STRING'");
    says(
        "CASE WHEN B THEN 1 ELSE L END",
        "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses.\nTHEN type: INTEGER.\nDEFAULT type: BIGINT.",
    );
    says(
        "CASE WHEN B THEN NULL WHEN B THEN 1 WHEN I = 3 THEN L ELSE T END",
        "Invalid Case expression. Type for all 'THEN' clauses should be the same.\nTHEN expression 'WHEN (I = 3) THEN L' has type: BIGINT.\nPrevious THEN expression(s) type: INTEGER.",
    );
    says("CASE WHEN B THEN NULL END", "Invalid Case expression. All case branches have NULL type");
    says("CASE WHEN I THEN 1 END", "WHEN operand type should be boolean.\nType for 'I' is INTEGER");
}
