//! Any tree that the parser can give prints and reads back as itself.

use millstream_sql::ast::{Expr, StatementKind};
use millstream_sql::{Context, parse_expression, parse_in};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::generate::{expression, statement};
use crate::round_trip::{bare, formatted as formatted_is};

/// As many cases as this times what proptest takes for normal (`PROPTEST_CASES`).
const CASES_FACTOR: u32 = 6;

/// What proptest's strategies of strategies need.
const STACK_BYTES: usize = 64 << 20;

/// Runs a test over what a strategy makes: always the same, unless `PROPTEST_RNG_SEED` asks for others.
fn run<S: Strategy + 'static>(strategy: fn() -> S, test: fn(&S::Value) -> Result<(), TestCaseError>) {
    let default = Config::default();
    let rng_seed = if default.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { default.rng_seed };
    let config =
        Config { cases: default.cases * CASES_FACTOR, rng_seed, failure_persistence: None, ..Config::default() };
    let check =
        move || TestRunner::new(config).run(&strategy(), |value| test(&value)).map_err(|failure| failure.to_string());
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(check).unwrap();
    thread.join().unwrap().unwrap_or_else(|failure| panic!("{failure}"));
}

fn reads_back(kind: &StatementKind) -> Result<(), TestCaseError> {
    let printed = millstream_sql::print(kind);
    let mut context = Context { tests: true, ..Context::default() };
    let again = parse_in(&printed, &mut context)
        .map_err(|findings| TestCaseError::fail(format!("{printed}\n{}", findings[0].render(&printed))))?;
    prop_assert_eq!(again.len(), 1, "{}", printed);
    prop_assert_eq!(bare(&again[0].kind), bare(kind), "{}", printed);
    prop_assert_eq!(&again[0].text, &printed);
    prop_assert_eq!(again[0].to_string(), &*printed);
    let formatted = millstream_sql::format(&printed)
        .map_err(|findings| TestCaseError::fail(format!("{printed}\n{}", findings[0].render(&printed))))?;
    formatted_is(&printed, &formatted);
    Ok(())
}

fn expression_reads_back(expr: &Expr) -> Result<(), TestCaseError> {
    let printed = expr.to_string();
    let again =
        parse_expression(&printed).map_err(|f| TestCaseError::fail(format!("{printed}\n{}", f.render(&printed))))?;
    prop_assert_eq!(bare(&again.kind), bare(&expr.kind), "{}", printed);
    prop_assert_eq!(again.to_string(), printed);
    Ok(())
}

#[test]
fn statements_read_back() {
    run(statement::any, reads_back);
}

#[test]
fn expressions_read_back() {
    run(expression::any, expression_reads_back);
}
