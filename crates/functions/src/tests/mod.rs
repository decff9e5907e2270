//! Every example of every function runs, and overload resolution obeys its rules.

mod literal;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use millstream_types::{SqlType, arrow_type};

use crate::{Arg, Call, Error, all, find};
use literal::Literal;

/// Evaluates a call of literals with constant arguments, and again with columns of three rows.
fn run(function: &'static crate::Function, args: &[Literal]) -> Result<(SqlType, ArrayRef), Error> {
    let types: Vec<_> = args.iter().map(Literal::ty).collect();
    let resolved = function.resolve(&types)?;
    let returns = arrow_type(&resolved.returns);
    let arrays: Vec<ArrayRef> = args.iter().zip(&resolved.params).map(|(arg, ty)| literal::array(ty, &[arg])).collect();
    let constants: Vec<Arg> = arrays.iter().cloned().map(Arg::constant).collect();
    let one = (resolved.overload.eval)(&Call { args: &constants, rows: 1, lambdas: &[], returns: &returns })?;
    let columns: Vec<Arg> = arrays.iter().map(|a| Arg::column(concat(&[a, a, a]).unwrap())).collect();
    let many = (resolved.overload.eval)(&Call { args: &columns, rows: 3, lambdas: &[], returns: &returns })?;
    assert_eq!(one.data_type(), &returns, "{}", function.name);
    assert_eq!(many.data_type(), &returns, "{}", function.name);
    assert_eq!(&concat(&[&one, &one, &one]).unwrap(), &many, "{} differs on columns", function.name);
    // No rows is a batch too.
    let empty: Vec<Arg> = columns.iter().map(|a| Arg::column(a.array().slice(0, 0))).collect();
    assert_eq!((resolved.overload.eval)(&Call { args: &empty, rows: 0, lambdas: &[], returns: &returns })?.len(), 0);
    Ok((resolved.returns, one))
}

#[test]
fn examples_hold() {
    for function in all() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        // Lambdas are expressions: the planner's tests run their examples.
        for example in function.examples.iter().filter(|e| !e.call.contains("=>")) {
            let (name, args) = literal::call(example.call);
            assert_eq!(name, function.name.to_uppercase());
            let (ty, actual) = run(function, &args).unwrap_or_else(|e| panic!("{}: {e}", example.call));
            let expected = literal::array(&ty, &[&literal::parse(example.result)]);
            assert_eq!(&actual, &expected, "{}", example.call);
        }
    }
}

#[test]
fn functions_are_sorted_and_documented() {
    assert!(all().is_sorted_by_key(|f| f.name.to_uppercase()));
    for function in all() {
        assert!(function.description.ends_with('.') && !function.category.is_empty(), "{}", function.name);
    }
    assert!(find("sUbString").is_some() && find("LOWER").is_none());
}

#[track_caller]
fn resolves(call: &str, expected: &str) {
    let (name, args) = literal::call(call);
    let types: Vec<_> = args.iter().map(Literal::ty).collect();
    let text = match find(&name).unwrap().resolve(&types) {
        Ok(r) => {
            let params: Vec<String> = r.params.iter().map(SqlType::to_string).collect();
            format!("({}) {}", params.join(", "), r.returns)
        }
        Err(e) => e.to_string(),
    };
    assert_eq!(text, expected);
}

#[test]
fn overloads_resolve_by_rank() {
    resolves("ABS(1)", "(INTEGER) INTEGER");
    resolves("ABS(1.50)", "(DECIMAL(3, 2)) DECIMAL(3, 2)");
    resolves("GREATEST(1.5, NULL, 22.25)", "(DECIMAL(4, 2), DECIMAL(4, 2), DECIMAL(4, 2)) DECIMAL(4, 2)");
    resolves("LEAST(1, 1.5E0, 3000000000)", "(DOUBLE, DOUBLE, DOUBLE) DOUBLE");
    resolves("SQRT(2.25)", "(DOUBLE) DOUBLE");
    resolves("ROUND(12.34)", "(DECIMAL(4, 2)) DECIMAL(2, 0)");
    resolves("ROUND(1.5E0, 1)", "(DOUBLE, INTEGER) DOUBLE");
    resolves("COALESCE(1, 3000000000)", "(BIGINT, BIGINT) BIGINT");
    resolves("COALESCE(NULL, 'a', NULL)", "(STRING, STRING, STRING) STRING");
    resolves("IFNULL(ARRAY[3000000000], ARRAY[1])", "(ARRAY<BIGINT>, ARRAY<BIGINT>) ARRAY<BIGINT>");
    resolves("ARRAY_CONTAINS(ARRAY[3000000000], 1)", "(ARRAY<BIGINT>, BIGINT) BOOLEAN");
    resolves("SUBSTRING('a', NULL)", "(STRING, INTEGER) STRING");
    resolves("UNIX_TIMESTAMP('2020')", "(TIMESTAMP) BIGINT");
    resolves("MAP_KEYS(MAP('a' := 1))", "(MAP<STRING, INTEGER>) ARRAY<STRING>");
}

#[test]
fn calls_that_fit_nothing_are_refused() {
    resolves(
        "COALESCE()",
        "Function 'COALESCE' does not accept parameters ().\nValid alternatives are:\nCOALESCE(T first, T... others)",
    );
    resolves(
        "LEN(1)",
        "Function 'LEN' does not accept parameters (INTEGER).\nValid alternatives are:\nLEN(STRING text)\nLEN(BYTES bytes)",
    );
    resolves(
        "ABS(NULL)",
        "Function 'ABS' cannot be resolved due to ambiguous method parameters (null). Cast the arguments to the types you mean.",
    );
    resolves(
        "LEAST(1, 3000000000)",
        "Function 'least' cannot be resolved due to ambiguous method parameters (INTEGER, BIGINT). Cast the arguments to the \
         types you mean.",
    );
    resolves(
        "IFNULL(1, 'a')",
        "Function 'IFNULL' does not accept parameters (INTEGER, STRING).\nValid alternatives are:\nIFNULL(T value, T otherwise)",
    );
}

#[track_caller]
fn fails(call: &str, expected: &str) {
    let (name, args) = literal::call(call);
    assert_eq!(run(find(&name).unwrap(), &args).unwrap_err(), Error::Data(expected.into()));
}

#[test]
fn rows_without_a_result_fail_with_a_reason() {
    fails("CEIL(9.9)", "Numeric field overflow: the result does not fit DECIMAL(2, 1)");
    fails("ROUND(1E999, 2)", "ROUND: inf has no decimal digits");
}

#[test]
fn rounding_follows_ties_up() {
    for (call, expected) in [
        ("ROUND(0.49999999999999994E0)", "0"),
        ("ROUND(-1.7E0)", "-2"),
        ("ROUND(1E300)", "9223372036854775807"),
        ("ROUND(-1.1E0, -1)", "0E0"),
        ("ROUND(1.005E0, 2)", "1.01E0"),
        ("ROUND(-1.5E0, 0)", "-1E0"),
        ("ROUND(5E0, -1)", "10E0"),
        ("ROUND(1E22, 2147483647)", "1E22"),
        ("ROUND(12.345, -3)", "0.000"),
        ("ROUND(12.345, 7)", "12.345"),
        ("FLOOR(-9.9)", "-9.9 overflows"),
    ] {
        let (name, args) = literal::call(call);
        match run(find(&name).unwrap(), &args) {
            Ok((ty, actual)) => assert_eq!(&actual, &literal::array(&ty, &[&literal::parse(expected)]), "{call}"),
            Err(e) => assert!(expected.ends_with("overflows"), "{call}: {e}"),
        }
    }
}
