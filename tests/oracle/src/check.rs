//! A case, driven in several ways: what comes of it each time, against what must.

use millstream_engine::driver::TopicRecord;
use millstream_sqltest::json::{Json, parse};
use millstream_sqltest::session::Session;

use crate::case::{Case, Expected, Out, Window};
use crate::expr::Column;
use crate::flaw::Flaw;
use crate::partitions::{Driving, drive};
use crate::value::Value;

/// What became of a case.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Everything is as it must be; so many rows there were, and so many drivings.
    Held(usize, usize),
    /// The planner refused the statements.
    Refused(String),
}

/// Drives a case in all ways that the seed has, with a flaw if there is one.
///
/// # Errors
/// What differs, and from what.
pub(crate) fn check(case: &Case, seed: u64, flaw: Option<Flaw>) -> Result<Outcome, String> {
    let mut session = Session::new(0).with_topics(Default::default(), 1);
    if let Err(refusal) = session.script(&case.statements) {
        return Ok(Outcome::Refused(refusal.to_string()));
    }
    let Some(query) = session.queries.first_mut() else { return Err("there is no query".into()) };
    if let Some(flaw) = flaw {
        flaw.put_into(&mut query.stages);
    }
    let drivings: Vec<Driving> = drivings(case, seed).into_iter().map(|driving| Driving { flaw, ..driving }).collect();
    let mut plain: Option<Vec<TopicRecord>> = None;
    for driving in &drivings {
        let records = drive(&query.stages, &case.inputs, *driving).map_err(|e| format!("{}: {e}", driving.name))?;
        compare(&case.expected, &records, driving)?;
        match &plain {
            None => plain = Some(records),
            // Nothing but merged updates may show how records were cut.
            Some(plain) if driving.partitions == 1 && !driving.merges && case.expected.cuts_alike() => {
                if *plain != records {
                    return Err(format!("{}: the results are not those of one record at a time", driving.name));
                }
            }
            Some(_) => {}
        }
    }
    Ok(Outcome::Held(case.expected.rows.len(), drivings.len()))
}

impl Expected {
    /// Whether the order of results is known: of several branches over one topic it is not.
    fn cuts_alike(&self) -> bool {
        self.table || self.ordered
    }
}

fn drivings(case: &Case, seed: u64) -> Vec<Driving> {
    let plain = Driving {
        name: "record by record",
        seed,
        cut: false,
        partitions: 1,
        batch: 1,
        merges: false,
        ends: 100,
        undone: 0,
        restarts: 0,
        flaw: None,
    };
    let drawn = Driving { name: "in batches", batch: 9, ends: 40, undone: 25, restarts: 40, ..plain };
    let mut all = vec![
        plain,
        drawn,
        Driving { name: "merged", merges: true, seed: seed ^ 1, ..drawn },
        Driving { name: "in parts", cut: true, undone: 20, restarts: 50, ..plain },
    ];
    if case.expected.commutes {
        let partitions = 2 + (seed % 3) as i32;
        let several = Driving { name: "over partitions", cut: true, partitions, batch: 6, ..drawn };
        all.push(several);
        all.push(Driving { name: "over partitions, merged", merges: true, seed: seed ^ 2, ..several });
    }
    all.retain(|driving| case.expected.at_once || !driving.merges);
    all
}

fn compare(expected: &Expected, records: &[TopicRecord], driving: &Driving) -> Result<(), String> {
    difference(expected, records, driving.partitions == 1).map_err(|e| format!("{}: {e}", driving.name))
}

/// Compares records of a sink with what must be there. `ordered`: the inputs came in the order of the case.
///
/// # Errors
/// What differs.
pub(crate) fn difference(expected: &Expected, records: &[TopicRecord], ordered: bool) -> Result<(), String> {
    let rows = records.iter().map(|record| out(expected, record)).collect::<Result<Vec<Out>, _>>()?;
    let (want, have) = (expected.lines(&expected.rows, ordered), expected.lines(&rows, ordered));
    if want == have {
        return Ok(());
    }
    let missing = without(&want, &have);
    let surplus = without(&have, &want);
    let list = |lines: &[String]| lines.iter().take(8).map(|line| format!("\n    {line}")).collect::<String>();
    Err(format!(
        "the model has {} rows, the query {}\n  only the model:{}\n  only the query:{}",
        want.len(),
        have.len(),
        list(&missing),
        list(&surplus)
    ))
}

/// The lines that others have not, each as often as it occurs more often.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut rest = lines.to_vec();
    rest.retain(|line| match others.iter().position(|other| other == line) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    });
    rest
}

/// A record as a result.
fn out(expected: &Expected, record: &TopicRecord) -> Result<Out, String> {
    let suffix = match expected.window {
        Window::None => 0,
        Window::Time(_) => 8,
        Window::Session => 16,
    };
    let (mut key, mut window) = (record.key.as_deref(), None);
    if let (true, Some(whole)) = (suffix > 0, key) {
        let (bare, bounds) =
            whole.split_at_checked(whole.len().wrapping_sub(suffix)).ok_or("a key without a window")?;
        let long = |at: usize| bounds.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, i64::from_be_bytes);
        window = Some(match expected.window {
            Window::Time(size) => (long(0), long(0) + size),
            _ => (long(8), long(0)),
        });
        key = Some(bare);
    }
    let key = match (key, expected.keys.as_slice()) {
        (None, _) => None,
        (Some(_), []) => return Err("a key where there is none".into()),
        (Some(bytes), columns) => Some(expected.format.read(bytes, columns)?),
    };
    let value = record.value.as_deref().map(|bytes| members(&parse(bytes)?, &expected.values)).transpose()?;
    Ok(Out { key, window, value, time: record.timestamp })
}

/// The columns of an object.
///
/// # Errors
/// It has others, or values of other types.
pub(crate) fn members(json: &Json, columns: &[Column]) -> Result<Vec<Value>, String> {
    if json.members().len() != columns.len() {
        return Err(format!("{json} has not the columns {columns:?}"));
    }
    columns.iter().map(|column| Value::of_json(json.get(&column.name).unwrap_or(&Json::Null), &column.ty)).collect()
}
