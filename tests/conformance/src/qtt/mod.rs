//! One case of the `qtt` suite: statements, inputs, outputs, or the error that is expected instead.

mod compare;
mod decimal;
mod expected;
mod input;
mod output;
mod post;
mod script;
mod thrown;
mod topics;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use millstream_engine::driver::{Driver, Feeding, TopicRecord};

use crate::case::Case;
use crate::fairness::Tier;
use script::Script;
use thrown::{Kind, Thrown};

/// Runs a case.
///
/// # Errors
/// What is not as the case expects.
pub fn run(case: &Case, tier: Option<Tier>) -> Result<(), String> {
    match (&case.expected, attempt(case)) {
        (None, Ok(())) => Ok(()),
        (None, Err(thrown)) => Err(thrown.to_string()),
        (Some(expected), Ok(())) => {
            Err(format!("nothing failed, but expected {}: {}", expected.class, expected.message))
        }
        (Some(expected), Err(thrown)) => expected::check(expected, &thrown, tier),
    }
}

fn attempt(case: &Case) -> Result<(), Thrown> {
    let script = script::run(&case.statements, case.settings())?;
    if case.expected.is_some() && case.inputs.is_empty() {
        return Ok(());
    }
    if script.queries.is_empty() {
        return Err(Thrown::new(Kind::Ksql, "The case has no query."));
    }
    let mut inputs = Vec::with_capacity(case.inputs.len());
    for record in &case.inputs {
        inputs.push((record.topic.clone(), input::record(record, &script.catalog)?));
    }
    let driver = both_ways(&script, &inputs)?;
    compare::outputs(case, &script.catalog, &driver)?;
    match &case.post {
        Some(post) if case.expected.is_none() => post::check(post, case, &script, &driver),
        _ => Ok(()),
    }
}

/// Feeds the inputs one by one and in batches; the driver afterwards, when both gave the same.
fn both_ways(script: &Script, inputs: &[(String, TopicRecord)]) -> Result<Driver, Thrown> {
    let single = drive(script, inputs, Feeding::Single);
    let batches = drive(script, inputs, Feeding::Batches);
    let differ =
        |what: String| Err(Thrown::new(Kind::Assertion, format!("record by record and in batches differ: {what}")));
    match (single, batches) {
        (Ok(single), Ok(batches)) => {
            let names: BTreeSet<&str> = single.topics().chain(batches.topics()).collect();
            let other = names.into_iter().find(|name| single.topic(name) != batches.topic(name)).map(str::to_owned);
            other.map_or(Ok(single), |name| differ(format!("topic {name}")))
        }
        (Err(one), Err(other)) if one.to_string() == other.to_string() => Err(one),
        (Err(one), Err(other)) => differ(format!("{one}; {other}")),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => differ(format!("only one of them fails: {one}")),
    }
}

fn drive(script: &Script, inputs: &[(String, TopicRecord)], feeding: Feeding) -> Result<Driver, Thrown> {
    let mut driver = Driver::new();
    for query in &script.queries {
        driver.add(&query.id, &query.stage).map_err(|e| Thrown::new(Kind::Ksql, e.to_string()))?;
    }
    for (topic, record) in &script.inserted {
        driver.append(topic, record.clone());
    }
    driver.run(inputs.to_vec(), feeding).map_err(|e| Thrown::new(Kind::Runtime, e.to_string()))?;
    Ok(driver)
}
