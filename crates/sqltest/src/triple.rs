//! Statements, input records and expected output records, as `ksql-test-runner` takes them.

use std::collections::BTreeMap;

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_plan::topology::Stage;

use crate::failure::{Failure, Kind};
use crate::json::{Json, parse};
use crate::records::{Rules, TestRecord, compare, encode};
use crate::session::Session;

/// Partitions of a topic of which no statement says anything.
pub const PARTITIONS_DEFAULT: i32 = 4;

/// A triple, read.
#[derive(Debug, Clone)]
pub struct Triple {
    /// The statements.
    pub statements: String,
    /// The input records in order, besides the rows that the statements insert.
    pub inputs: Vec<TestRecord>,
    /// The expected records in order.
    pub outputs: Vec<TestRecord>,
}

impl Triple {
    /// Reads a triple: `{"inputs": […]}`, if there is any, and `{"outputs": […]}`.
    ///
    /// # Errors
    /// A text is not JSON of that form, or nothing is expected.
    pub fn read(statements: &str, input: Option<&str>, output: &str) -> Result<Self, String> {
        let inputs = input.map(|text| records(text, "inputs").map_err(|e| format!("input: {e}"))).transpose()?;
        let outputs = records(output, "outputs").map_err(|e| format!("output: {e}"))?;
        Ok(Self { statements: statements.to_owned(), inputs: inputs.unwrap_or_default(), outputs })
    }

    /// Runs the statements, feeds the inputs query by query, and compares the topics that something is expected of.
    /// `now_ms`: the time of rows that say none, ms since the epoch.
    ///
    /// # Errors
    /// What is not as expected.
    pub fn run(&self, now_ms: i64) -> Result<(), Failure> {
        let mut session = Session::new(now_ms).with_topics(BTreeMap::new(), PARTITIONS_DEFAULT);
        let rows = session.script(&self.statements)?;
        if session.queries.is_empty() {
            return Err(Failure::new(Kind::Ksql, "The statements start no query."));
        }
        let schemas = &session.registry();
        let inputs = self.inputs.iter().map(|r| Ok((r.topic.clone(), encode(r, &session.catalog, schemas)?)));
        let driver = drive(&session, &rows, inputs.collect::<Result<_, Failure>>()?, Feeding::Single)?;
        let rules = Rules { any_time_for_zero: self.inputs.is_empty(), ..Rules::default() };
        compare(&self.outputs, rules, &session.catalog, schemas, &driver)
    }
}

/// Runs the queries of a session, one after another, over the rows that were inserted and these inputs.
///
/// # Errors
/// A query cannot run, or stopped.
pub fn drive(
    session: &Session,
    rows: &[(String, TopicRecord)],
    inputs: Vec<(String, TopicRecord)>,
    feeding: Feeding,
) -> Result<Driver, Failure> {
    let mut driver = Driver::new().with_registry(session.registry());
    for (query, stage) in session.queries.iter().flat_map(|q| q.stages.iter().map(move |stage| (q, stage))) {
        driver.add(&query.id, stage).map_err(|e| Failure::new(Kind::Ksql, e.to_string()))?;
    }
    for (topic, record) in rows {
        driver.append(topic, record.clone());
    }
    driver.run(inputs, feeding).map_err(|e| Failure::new(Kind::Runtime, e.to_string()))?;
    Ok(driver)
}

/// The same with the queries in parts, as they run over topics of several partitions: one query after another, each
/// record to its end before the next one.
///
/// # Errors
/// As [`drive`]'s.
pub fn drive_cut(session: &Session, inputs: Vec<(String, TopicRecord)>) -> Result<Driver, Failure> {
    let mut all = Driver::new();
    for (topic, record) in &inputs {
        all.append(topic, record.clone());
    }
    for query in &session.queries {
        let mut own = Driver::new().with_registry(session.registry());
        own.add_cut(&query.id, &query.stages).map_err(|e| Failure::new(Kind::Ksql, e.to_string()))?;
        let mut sources: Vec<&str> = Vec::new();
        for source in query.stages.iter().flat_map(Stage::sources) {
            if !sources.contains(&source.topic.as_str()) {
                sources.push(&source.topic);
            }
        }
        let mut given: Vec<(String, TopicRecord)> =
            inputs.iter().filter(|(topic, _)| sources.contains(&topic.as_str())).cloned().collect();
        // What nothing was given to holds what earlier queries wrote.
        for topic in sources.iter().filter(|topic| inputs.iter().all(|(given, _)| given != *topic)) {
            given.extend(all.topic(topic).iter().map(|record| ((*topic).to_owned(), record.clone())));
        }
        for (topic, record) in given {
            own.pipe(&topic, record).map_err(|e| Failure::new(Kind::Runtime, e.to_string()))?;
        }
        for topic in own.topics().filter(|topic| !sources.contains(topic)) {
            own.topic(topic).iter().for_each(|record| all.append(topic, record.clone()));
        }
    }
    Ok(all)
}

fn records(text: &str, name: &str) -> Result<Vec<TestRecord>, String> {
    let json = parse(text.as_bytes())?;
    let Some(Json::Array(items)) = json.get(name) else {
        return Err(format!("it has no list `{name}`"));
    };
    if items.is_empty() {
        return Err(format!("its list `{name}` is empty"));
    }
    items.iter().map(TestRecord::of_json).collect()
}
