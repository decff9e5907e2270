//! Aggregate functions resolve by the types of their arguments, which are never cast.

use super::literal::{self, Literal};
use crate::{all_aggregates, find, find_aggregate, find_table};

#[track_caller]
fn resolves(call: &str, expected: &str) {
    let (name, args) = literal::call(call);
    let types: Vec<_> = args.iter().map(Literal::ty).collect();
    let text = match find_aggregate(&name).unwrap().resolve(&types) {
        Ok(resolved) => {
            let params: Vec<_> = resolved.params.iter().map(ToString::to_string).collect();
            let constants = resolved.overload.constants.iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
            format!("({}) {} [{constants}]", params.join(", "), resolved.returns)
        }
        Err(error) => error.to_string().lines().next().unwrap().to_owned(),
    };
    assert_eq!(text, expected, "{call}");
}

#[test]
fn calls_resolve_by_exact_types() {
    resolves("COUNT('a')", "(STRING) BIGINT []");
    resolves("count_distinct(ARRAY[1])", "(ARRAY<INTEGER>) BIGINT []");
    resolves("SUM(1.50)", "(DECIMAL(3, 2)) DECIMAL(3, 2) []");
    resolves("SUM('1')", "Function 'SUM' does not accept parameters (STRING).");
    resolves("SUM_LIST(ARRAY[3000000000])", "(ARRAY<BIGINT>) BIGINT []");
    resolves("AVG(1)", "(INTEGER) DOUBLE []");
    resolves("AVG(1.5)", "Function 'AVG' does not accept parameters (DECIMAL(2, 1)).");
    resolves("MIN(X'00')", "(BYTES) BYTES []");
    resolves("MAX(TRUE)", "Function 'MAX' does not accept parameters (BOOLEAN).");
    resolves("CORRELATION(1, 1)", "(INTEGER, INTEGER) DOUBLE []");
    resolves("CORRELATION(1, 3000000000)", "Function 'CORRELATION' does not accept parameters (INTEGER, BIGINT).");
    resolves("HISTOGRAM('a')", "(STRING) MAP<STRING, BIGINT> []");
    resolves("HISTOGRAM(1)", "Function 'HISTOGRAM' does not accept parameters (INTEGER).");
    resolves("COLLECT_LIST(STRUCT(A := 1))", "(STRUCT<`A` INTEGER>) ARRAY<STRUCT<`A` INTEGER>> []");
    resolves("ATTR(MAP('a' := 1))", "(MAP<STRING, INTEGER>) MAP<STRING, INTEGER> []");
    resolves("STDDEV_SAMP(1E0)", "(DOUBLE) DOUBLE []");
    resolves("SUM()", "Function 'SUM' does not accept parameters ().");
}

#[test]
fn constants_follow_the_inputs() {
    resolves("LATEST_BY_OFFSET('a')", "(STRING) STRING []");
    resolves("LATEST_BY_OFFSET('a', FALSE)", "(STRING, BOOLEAN) STRING [ignore_nulls]");
    resolves("EARLIEST_BY_OFFSET(1, 2)", "(INTEGER, INTEGER) ARRAY<INTEGER> [n]");
    resolves("EARLIEST_BY_OFFSET(1, 2, TRUE)", "(INTEGER, INTEGER, BOOLEAN) ARRAY<INTEGER> [n, ignore_nulls]");
    resolves(
        "EARLIEST_BY_OFFSET(1, 'a')",
        "Function 'EARLIEST_BY_OFFSET' does not accept parameters (INTEGER, STRING).",
    );
    resolves("TOPKDISTINCT(1.5, 3)", "(DECIMAL(2, 1), INTEGER) ARRAY<DECIMAL(2, 1)> [k]");
    resolves("TOPK(1E0, 3)", "(DOUBLE, INTEGER) ARRAY<DOUBLE> [k]");
    resolves(
        "TOPK('a', 1.5, 2.25, TRUE, 3)",
        "(STRING, DECIMAL(2, 1), DECIMAL(3, 2), BOOLEAN, INTEGER) \
         ARRAY<STRUCT<`sort_col` STRING, `col0` DECIMAL(2, 1), `col1` DECIMAL(3, 2), `col2` BOOLEAN>> [k]",
    );
    resolves("TOPK('a', 1, 'b')", "Function 'TOPK' does not accept parameters (STRING, INTEGER, STRING).");
    resolves("TOPK('a')", "Function 'TOPK' does not accept parameters (STRING).");
    let error = find_aggregate("TOPKDISTINCT").unwrap().resolve(&[]).unwrap_err().to_string();
    assert!(error.contains("\nTOPKDISTINCT(VARCHAR column, INT k)\n"), "{error}");
    let error = find_aggregate("TOPK").unwrap().resolve(&[]).unwrap_err().to_string();
    assert!(error.contains("\nTOPK(VARCHAR column, ANY... others, INT k)\n"), "{error}");
}

#[test]
fn functions_are_sorted_and_say_whether_they_undo() {
    assert!(all_aggregates().is_sorted_by_key(|f| f.name));
    for function in all_aggregates() {
        assert!(function.description.ends_with('.') && !function.overloads.is_empty(), "{}", function.name);
        assert!(find(function.name).is_none() && find_table(function.name).is_none(), "{}", function.name);
    }
    let undone: Vec<_> = all_aggregates().iter().filter(|f| f.undo).map(|f| f.name).collect();
    assert_eq!(
        undone,
        [
            "ARRAY_AGG",
            "ATTR",
            "AVG",
            "BIT_AND",
            "BIT_OR",
            "BIT_XOR",
            "BOOL_AND",
            "BOOL_OR",
            "COLLECT_LIST",
            "CORR",
            "CORRELATION",
            "COUNT",
            "COUNT_IF",
            "COVAR_POP",
            "COVAR_SAMP",
            "EVERY",
            "HISTOGRAM",
            "MEDIAN",
            "PERCENTILE_CONT",
            "STDDEV",
            "STDDEV_POP",
            "STDDEV_SAMP",
            "STDDEV_SAMPLE",
            "STRING_AGG",
            "SUM",
            "SUM_LIST",
            "VARIANCE",
            "VAR_POP",
            "VAR_SAMP"
        ]
    );
}
