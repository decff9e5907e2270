//! A case: statements, records, and what must come of them.

use std::collections::BTreeMap;

use millstream_engine::driver::TopicRecord;

use crate::expr::Column;
use crate::format::Format;
use crate::relation::Relation;
use crate::source::Inputs;
use crate::value::{Value, tokens};

/// What is tried.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The operators, for people.
    pub(crate) shape: &'static str,
    /// The topics of the sources.
    pub(crate) topics: Vec<String>,
    /// What declares the sources and the query.
    pub(crate) statements: String,
    /// The records in the order in which they come.
    pub(crate) inputs: Vec<(String, TopicRecord)>,
    /// What comes of them.
    pub(crate) expected: Expected,
}

/// A query over relations, and what comes of it.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// `CREATE … AS SELECT …;`
    pub(crate) sql: String,
    /// Its results.
    pub(crate) expected: Expected,
}

/// What comes of a query.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// It is a table: the last row of each key counts.
    pub(crate) table: bool,
    /// The columns of the key.
    pub(crate) keys: Vec<Column>,
    /// How keys are written.
    pub(crate) format: Format,
    /// The others.
    pub(crate) values: Vec<Column>,
    /// What keys end with.
    pub(crate) window: Window,
    /// The rows of a stream come in the order of their records.
    pub(crate) ordered: bool,
    /// Times are known.
    pub(crate) times: bool,
    /// The same comes of the records in whatever order those of different partitions are.
    pub(crate) commutes: bool,
    /// It is the same whether results of parts wait for the end of an epoch or leave at once.
    pub(crate) at_once: bool,
    /// What is known of groups without rows, which the first value tells: what was taken back again before it was looked at
    /// leaves nothing.
    pub(crate) empties: Empties,
    /// The rows.
    pub(crate) rows: Vec<Out>,
}

/// What is known of groups that have lost all of their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empties {
    /// All, or there are none.
    All,
    /// All where records came in their order.
    InOrder,
    /// Nothing.
    Nothing,
}

/// What the keys of results end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// Nothing.
    None,
    /// The beginning of a window of that size.
    Time(i64),
    /// Beginning and end of a session.
    Session,
}

/// A result.
#[derive(Debug, Clone)]
pub(crate) struct Out {
    pub(crate) key: Option<Vec<Value>>,
    /// Beginning and end.
    pub(crate) window: Option<(i64, i64)>,
    /// `None`: a deletion, or a row of a stream without a value.
    pub(crate) value: Option<Vec<Value>>,
    pub(crate) time: i64,
}

impl Out {
    /// What tells it among the rows of a table, as keys of that format know it.
    pub(crate) fn identity(&self, format: Format) -> String {
        let key: Vec<Value> = self.key.iter().flatten().map(|part| format.known(part).clone()).collect();
        let key = if key.iter().all(Value::is_null) { "none".into() } else { tokens(&key) };
        match self.window {
            Some((start, end)) => format!("{key} @{start}..{end}"),
            None => key,
        }
    }

    fn rest(&self, times: bool) -> String {
        let value = self.value.as_deref().map_or("none".into(), tokens);
        if times { format!("{value} at {}", self.time) } else { value }
    }
}

impl Expected {
    /// What rows are as texts that can be compared: of a table what is there in the end, of a stream all of them, in order
    /// where there is one. `ordered`: records came in theirs.
    pub(crate) fn lines(&self, rows: &[Out], ordered: bool) -> Vec<String> {
        if !self.table {
            let mut lines: Vec<String> =
                rows.iter().map(|row| format!("{} -> {}", row.identity(self.format), row.rest(self.times))).collect();
            if !ordered || !self.ordered {
                lines.sort();
            }
            return lines;
        }
        let mut last: BTreeMap<String, &Out> = BTreeMap::new();
        for row in rows {
            last.insert(row.identity(self.format), row);
        }
        let empty = |row: &Out| row.value.as_ref().is_some_and(|value| value.first() == Some(&Value::Long(0)));
        let all = self.empties == Empties::All || (ordered && self.empties == Empties::InOrder);
        let known = |row: &Out| all || !empty(row);
        let there = last.into_iter().filter(|(_, row)| row.value.is_some() && known(row));
        there.map(|(identity, row)| format!("{identity} -> {}", row.rest(self.times))).collect()
    }
}

impl Case {
    /// A case of a query over these inputs.
    pub(crate) fn new(shape: &'static str, inputs: &Inputs, query: Query) -> Self {
        let declared = inputs.sources.iter().map(|source| source.sql());
        let statements = declared.chain([query.sql]).collect::<Vec<_>>().join("\n");
        let topics = inputs.sources.iter().map(|source| source.topic()).collect();
        Self { shape, topics, statements, inputs: inputs.encoded(), expected: query.expected }
    }
}

/// What stands behind the name of a query's result. Where no source has a key its format would be another one.
pub(crate) fn with(keys: &[Column], format: Format) -> String {
    if keys.is_empty() { String::new() } else { format!(" WITH ({})", format.sql()) }
}

/// The text of a query that makes `O`, with keys of that format if there are some.
pub(crate) fn create(
    table: bool,
    (keys, format): (&[Column], Format),
    select: &[String],
    relation: &Relation,
    rest: &str,
) -> String {
    let kind = if table { "TABLE" } else { "STREAM" };
    let with = with(keys, format);
    format!("CREATE {kind} O{with} AS SELECT {} FROM {}{rest};", select.join(", "), relation.sql)
}
