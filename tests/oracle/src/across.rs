//! Cases for real servers over topics of several partitions: what to create, what to send where, and whether what the
//! query's topic holds is what the model says.

use std::collections::BTreeSet;

use millstream_engine::driver::TopicRecord;
use millstream_plan::topology::cut;
use millstream_sqltest::session::Session;
use millstream_types::partition_for_key;

use crate::case::Case;
use crate::chance::{Chance, of_part, pick};
use crate::check::difference;
use crate::shape::draw_named;

/// What runs over partitions whose records come in any order, and leaves a table.
const SHAPES: &[&str] = &[
    "foreign key",
    "n-way",
    "table-table",
    "group of a join",
    "table group",
    "group",
    "nested",
    "table top",
    "distinct",
    "table distinct",
];
/// Cases that are looked at for one whose order does not matter.
const TRIES: u64 = 200;

/// A case over topics of several partitions.
#[derive(Debug)]
pub struct Across {
    /// The operators, for people.
    pub shape: &'static str,
    /// The topics of its sources, with partitions.
    pub topics: Vec<(String, i32)>,
    /// Statements that declare the sources and the query.
    pub statements: String,
    /// The topic of its results.
    pub sink: String,
    /// Topic, partition and record, in the order in which they are drawn.
    pub records: Vec<(String, i32, TopicRecord)>,
    case: Case,
}

impl Across {
    /// The case of that number, all of its names behind `prefix`; of that shape, if one is given. Sources that need not have
    /// their keys in the same partitions have different numbers of them, up to `partitions`; the others have as many.
    ///
    /// # Errors
    /// None of the cases looked at fits, or there is no such shape.
    pub fn draw(seed: u64, number: u64, prefix: &str, partitions: i32, shape: Option<&str>) -> Result<Self, String> {
        let unknown = |name: &str| format!("there is no shape {name}, but {}", SHAPES.join(", "));
        let shape = match shape {
            Some(name) => SHAPES.iter().find(|shape| **shape == name).ok_or_else(|| unknown(name))?,
            None => SHAPES[usize::try_from(number).unwrap_or(0) % SHAPES.len()],
        };
        let cases = (0..TRIES).map(|at| draw_named(of_part(seed, number * TRIES + at), shape, prefix));
        // A handful of records would prove little, and so would a table of which nothing is left.
        let left = |case: &Case| case.expected.lines(&case.expected.rows, false).len();
        let fits =
            |case: &Case| case.expected.commutes && case.expected.table && case.inputs.len() > 20 && left(case) > 2;
        let case = cases.into_iter().find(fits).ok_or_else(|| format!("no case of {shape} fits"))?;
        let mut chance = of_part(seed, number);
        let beside = beside(&case)?;
        let mut topics: Vec<(String, i32)> = Vec::new();
        for topic in &case.topics {
            let count = if beside.contains(topic) { partitions } else { pick(&mut chance, &[1, 2, 3, partitions]) };
            topics.push((topic.clone(), count.min(partitions)));
        }
        let records = case.inputs.iter().map(|(topic, record)| {
            let count = topics.iter().find(|(name, _)| name == topic).map_or(1, |(_, count)| *count);
            (topic.clone(), place(&mut chance, record, count), record.clone())
        });
        let records = records.collect();
        let sink = format!("{prefix}O");
        Ok(Self { shape: case.shape, topics, statements: case.statements.clone(), sink, records, case })
    }

    /// In what the records of the sink, each partition's in its order, differ from the model, if in anything.
    pub fn difference(&self, records: &[TopicRecord]) -> Option<String> {
        difference(&self.case.expected, records, false).err()
    }

    /// How many rows there must be in the end.
    pub fn rows(&self) -> usize {
        self.case.expected.lines(&self.case.expected.rows, false).len()
    }
}

/// The topics that some part of the query reads beside others.
fn beside(case: &Case) -> Result<BTreeSet<String>, String> {
    let mut session = Session::new(0).with_topics(Default::default(), 1);
    session.script(&case.statements).map_err(|refusal| refusal.to_string())?;
    let stages = session.queries.first().map(|query| query.stages.as_slice()).unwrap_or_default();
    let mut beside = BTreeSet::new();
    for part in cut(stages) {
        let topics: BTreeSet<&str> = part.inputs.iter().filter_map(|i| Some(i.source()?.topic.as_str())).collect();
        if topics.len() > 1 {
            beside.extend(topics.into_iter().map(str::to_owned));
        }
    }
    Ok(beside)
}

fn place(chance: &mut Chance, record: &TopicRecord, partitions: i32) -> i32 {
    match &record.key {
        Some(key) => partition_for_key(key, partitions),
        None => chance.i32(0..partitions),
    }
}
