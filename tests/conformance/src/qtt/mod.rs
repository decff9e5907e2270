//! One case of the `qtt` suite: statements, inputs, outputs, or the error that is expected instead.

mod expected;
mod post;
mod schemas;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sql::ast::SourceKind;
use millstream_sqltest::failure::{Failure, Kind};
use millstream_sqltest::records::{Rules, compare, encode};
use millstream_sqltest::session::Session;
use millstream_sqltest::triple::{PARTITIONS_DEFAULT, drive, drive_cut};

use crate::case::Case;
use crate::fairness::Tier;
use crate::registry::registered;
use crate::topics::before;

/// Runs a case.
///
/// # Errors
/// What is not as the case expects.
pub fn run(case: &Case, tier: Option<Tier>) -> Result<(), String> {
    match (&case.expected, attempt(case)) {
        (None, Ok(())) => Ok(()),
        (None, Err(failure)) => Err(failure.to_string()),
        (Some(expected), Ok(())) => {
            Err(format!("nothing failed, but expected {}: {}", expected.class, expected.message))
        }
        (Some(expected), Err(failure)) => expected::check(expected, &failure, tier),
    }
}

fn attempt(case: &Case) -> Result<(), Failure> {
    // The wall clock of the suite stands at 1970.
    let mut session = Session::new(0).with(case.properties());
    let topics = before(&case.topics, &case.statements, &session.settings, case.inputs.iter().chain(&case.outputs));
    session = session.with_topics(topics.clone(), PARTITIONS_DEFAULT);
    registered(session.schemas(), &case.topics, &case.statements, &session.settings)
        .map_err(|e| Failure::new(Kind::Test, e))?;
    let rows = session.script(&case.statements.join("\n"))?;
    if case.expected.is_some() && case.inputs.is_empty() {
        return Ok(());
    }
    // A query keeps the rows of a SOURCE TABLE, though it writes nothing.
    let kept = session.catalog.sources().any(|s| s.read_only && s.kind == SourceKind::Table);
    if session.queries.is_empty() && !kept {
        return Err(Failure::new(Kind::Ksql, "The case has no query."));
    }
    let mut inputs = Vec::with_capacity(case.inputs.len());
    for record in &case.inputs {
        inputs.push((record.topic.clone(), encode(record, &session.catalog, &session.registry())?));
    }
    let driver = every_way(&session, &rows, &inputs)?;
    let (exact_numbers, any_time_for_zero) = (case.exact_numbers(), case.inputs.is_empty());
    let rules = Rules { exact_numbers, any_time_for_zero, ..Rules::default() };
    compare(&case.outputs, rules, &session.catalog, &session.registry(), &driver)?;
    match &case.post {
        Some(post) if case.expected.is_none() => post::check(post, &topics, &session, &driver),
        _ => Ok(()),
    }
}

/// Feeds the inputs one by one, in batches, one by one with a restart between any two, and through the parts that queries
/// are cut into; the driver of the first way when all gave the same.
fn every_way(
    session: &Session,
    rows: &[(String, TopicRecord)],
    inputs: &[(String, TopicRecord)],
) -> Result<Driver, Failure> {
    let run = |feeding| drive(session, rows, inputs.to_vec(), feeding);
    let single = agree("in batches", run(Feeding::Single), run(Feeding::Batches))?;
    let single = agree("with restarts", Ok(single), run(Feeding::Restarts))?;
    if !rows.is_empty() {
        // What was inserted before is not given to the queries here.
        return Ok(single);
    }
    agree("in parts", Ok(single), drive_cut(session, inputs.to_vec()))
}

/// The first of two runs, or its error, when the other one is the same.
fn agree(way: &str, single: Result<Driver, Failure>, other: Result<Driver, Failure>) -> Result<Driver, Failure> {
    let differ =
        |what: String| Err(Failure::new(Kind::Assertion, format!("record by record and {way} differ: {what}")));
    match (single, other) {
        (Ok(single), Ok(other)) => {
            let between = |name: &&str| !name.ends_with("-repartition");
            let names: BTreeSet<&str> = single.topics().chain(other.topics()).filter(between).collect();
            let differs = names.into_iter().find(|name| single.topic(name) != other.topic(name)).map(str::to_owned);
            differs.map_or(Ok(single), |name| differ(format!("topic {name}")))
        }
        (Err(one), Err(other)) if one.to_string() == other.to_string() => Err(one),
        (Err(one), Err(other)) => differ(format!("{one}; {other}")),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => differ(format!("only one of them fails: {one}")),
    }
}
