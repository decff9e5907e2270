//! Every example of every function runs, and overload resolution obeys its rules.

mod aggregate;
mod aggregate_case;
mod aggregate_rules;
mod aggregate_state;
mod batches;
mod collections;
mod literal;
mod names;
mod page;
mod table;
mod temporal;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use millstream_types::{SqlType, arrow_type};

use crate::{Arg, Call, Error, Resolved, all, all_added, find, find_added};
use literal::Literal;

/// Evaluates a call of literals with constant arguments, and again with columns of three rows.
fn run(function: &'static crate::Function, args: &[Literal]) -> Result<(SqlType, ArrayRef), Error> {
    let types: Vec<_> = args.iter().map(Literal::ty).collect();
    let resolved = function.resolve(&types)?;
    let value = evaluate(function.name, &resolved, args, &resolved.returns)?;
    Ok((resolved.returns, value))
}

/// Evaluates an overload to a value of type `returns` in these three ways.
fn evaluate(name: &str, resolved: &Resolved, args: &[Literal], returns: &SqlType) -> Result<ArrayRef, Error> {
    let returns = arrow_type(returns);
    let arrays: Vec<ArrayRef> = args.iter().zip(&resolved.params).map(|(arg, ty)| literal::array(ty, &[arg])).collect();
    let constants: Vec<Arg> = arrays.iter().cloned().map(Arg::constant).collect();
    let one = (resolved.overload.eval)(&Call { args: &constants, rows: 1, lambdas: &[], returns: &returns })?;
    let columns: Vec<Arg> = arrays.iter().map(|a| Arg::column(concat(&[a, a, a]).unwrap())).collect();
    let many = (resolved.overload.eval)(&Call { args: &columns, rows: 3, lambdas: &[], returns: &returns })?;
    assert_eq!(one.data_type(), &returns, "{name}");
    assert_eq!(many.data_type(), &returns, "{name}");
    assert_eq!(&concat(&[&one, &one, &one]).unwrap(), &many, "{name} differs on columns");
    // No rows is a batch too.
    let empty: Vec<Arg> = columns.iter().map(|a| Arg::column(a.array().slice(0, 0))).collect();
    assert_eq!((resolved.overload.eval)(&Call { args: &empty, rows: 0, lambdas: &[], returns: &returns })?.len(), 0);
    Ok(one)
}

#[test]
fn examples_hold() {
    for function in all().iter().chain(all_added()) {
        let by_chance = function.overloads.iter().all(crate::Overload::is_volatile);
        assert!(by_chance || !function.examples.is_empty(), "{} has no example", function.name);
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
    for functions in [all(), all_added()] {
        assert!(functions.is_sorted_by_key(|f| f.name.to_uppercase()));
    }
    for function in all().iter().chain(all_added()) {
        assert!(function.description.ends_with('.') && !function.category.is_empty(), "{}", function.name);
    }
    assert!(find("sUbString").is_some() && find("LOWER").is_none());
    assert!(find_added("Date_Diff").is_some() && find("DATEDIFF").is_none());
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
    resolves("TO_JSON_STRING(NULL)", "(STRING) STRING");
    resolves("JSON_ARRAY_CONTAINS('[null]', NULL)", "(STRING, STRING) BOOLEAN");
    resolves("ARRAY_LENGTH(NULL)", "(ARRAY<STRING>) INTEGER");
    resolves("MAP_KEYS(MAP('a' := 1))", "(MAP<STRING, INTEGER>) ARRAY<STRING>");
}

#[test]
fn calls_that_fit_nothing_are_refused() {
    let described = "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;";
    for (call, message, signatures) in [
        ("COALESCE()", "Function 'COALESCE' does not accept parameters ().", "COALESCE(T first, T... others)"),
        ("LEN(1)", "Function 'len' does not accept parameters (INTEGER).", "len(VARCHAR text)\nlen(BYTES bytes)"),
        (
            "SIGN(NULL)",
            "Function 'sign' cannot be resolved due to ambiguous method parameters (null).\n\
             Use CAST() to explicitly cast your parameters to one of the supported signatures.",
            "sign(INT value)\nsign(BIGINT value)\nsign(DOUBLE value)",
        ),
        (
            "TRUNC(1, 1)",
            "Function 'Trunc' cannot be resolved due to ambiguous method parameters (INTEGER, INTEGER).\n\
             Use CAST() to explicitly cast your parameters to one of the supported signatures.",
            "Trunc(INT value)\nTrunc(BIGINT value)\nTrunc(DOUBLE value)\nTrunc(DECIMAL value)\n\
             Trunc(DOUBLE value, INT scale)\nTrunc(DECIMAL value, INT scale)",
        ),
        (
            "LEN(STRUCT(F := 1))",
            "Function 'len' does not accept parameters (STRUCT<F INTEGER>).",
            "len(VARCHAR text)\nlen(BYTES bytes)",
        ),
        (
            "IFNULL(1, 'a')",
            "Function 'IFNULL' does not accept parameters (INTEGER, STRING).",
            "IFNULL(T value, T otherwise)",
        ),
    ] {
        resolves(call, &format!("{message}\nValid alternatives are:\n{signatures}\n{described}"));
    }
}

#[track_caller]
fn fails(call: &str, expected: &str) {
    let (name, args) = literal::call(call);
    assert_eq!(run(find(&name).unwrap(), &args).unwrap_err(), Error::Data(expected.into()));
}

#[test]
fn rows_without_a_result_fail_with_a_reason() {
    fails("CONCAT_WS('-')", "CONCAT_WS expects at least two arguments");
    fails("ENCODE('a', 'hex', 'HEX')", "ENCODE needs two different encodings");
    fails(
        "FROM_BYTES(X'21', 'hax')",
        "Unknown encoding type 'hax'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.",
    );
    fails("CHR('\\u00\\u004b')", "Unable to parse unicode value in '\\u00\\u004b'");
    fails("GEO_DISTANCE(91E0, 0E0, 0E0, 0E0)", "invalid latitude value for geo_distance function: 91");
    fails("GEO_DISTANCE(0E0, 0E0, 0E0, -181E0)", "invalid longitude value for geo_distance function: -181");
    fails("GEO_DISTANCE(0E0, 0E0, 0E0, 0E0, 'ft')", "invalid units value for geo_distance function: 'ft'");
    fails("INT_FROM_BYTES(X'00')", "Number of bytes must be equal to 4, but found 1");
    fails("INT_FROM_BYTES(X'00000000', 'BIG')", "Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, but is 'BIG'");
    fails("MASK('a', 'xx', NULL, NULL, NULL)", "A mask must be one character, but is 'xx'");
    fails("MASK_LEFT('a', -1)", "The count of a mask must not be negative, but is -1");
    fails("RPAD('a', 2147483647, 'b')", "The result is larger than 67108864 bytes");
    fails("LPAD(X'00', 2147483647, X'00')", "The result is larger than 67108864 bytes");
    fails("REGEXP_EXTRACT('a', 'a', -1)", "No group -1");
    fails("REGEXP_REPLACE('a', 'a', '$1')", "Invalid replacement: No group 1");
    fails("REGEXP_SPLIT_TO_ARRAY('a', '(')", "Invalid regular expression '(': Unclosed group");
    fails("CEIL(9.9)", "Numeric field overflow: the result does not fit DECIMAL(2, 1)");
    fails("ROUND(1E999, 2)", "inf has no decimal digits");
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

#[test]
fn chance_is_asked_for_every_row() {
    crate::chance::seed(1);
    for name in ["RANDOM", "UUID"] {
        let resolved = find(name).unwrap().resolve(&[]).unwrap();
        assert!(resolved.overload.is_volatile());
        let returns = arrow_type(&resolved.returns);
        let values = (resolved.overload.eval)(&Call { args: &[], rows: 2, lambdas: &[], returns: &returns }).unwrap();
        assert_eq!((values.len(), values.null_count()), (2, 0));
        assert_ne!(values.slice(0, 1).to_data(), values.slice(1, 1).to_data());
    }
}

#[test]
fn units_between_moments_are_known_by_name() {
    let (name, args) = literal::call("DATEDIFF('WEEKS', DATE 1, DATE 2)");
    let error = run(find_added(&name).unwrap(), &args).unwrap_err();
    assert_eq!(error, Error::Data("'WEEKS' is no unit of an interval".into()));
}
