//! Which sources exist. A value: cloned as a sandbox, replaced as a whole when a command is applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_sql::ast::{Query, SourceKind};
use millstream_types::{FormatSpec, Schema};

/// A stream or table over a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Name as stored.
    pub name: String,
    /// Stream or table.
    pub kind: SourceKind,
    /// Its topic.
    pub topic: String,
    /// How keys are written.
    pub key_format: FormatSpec,
    /// How values are written.
    pub value_format: FormatSpec,
    /// Its columns, without pseudo columns.
    pub schema: Schema,
    /// `TIMESTAMP`: the column that gives event time, by its stored name. `None`: the record's own timestamp.
    pub timestamp: Option<String>,
    /// SOURCE was given: nothing is ever written to it from here.
    pub read_only: bool,
    /// The statement that created it, as written.
    pub statement: String,
    /// The sources its query reads, for one created AS SELECT.
    pub reads: Vec<String>,
    /// That query.
    pub query: Option<Arc<Query>>,
    /// The id of the query that feeds it (set by the server when the command is applied), for one created AS SELECT.
    pub query_id: Option<String>,
}

/// All sources by stored name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    sources: BTreeMap<String, Arc<Source>>,
}

impl Catalog {
    /// The source of that exact stored name.
    pub fn get(&self, name: &str) -> Option<&Arc<Source>> {
        self.sources.get(name)
    }

    /// All sources in name order.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.sources.values()
    }

    /// Adds or replaces a source.
    pub fn put(&mut self, source: Arc<Source>) {
        self.sources.insert(source.name.clone(), source);
    }

    /// Removes a source; says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.sources.remove(name).is_some()
    }

    /// The sources whose query reads `name`, in name order.
    pub fn readers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Source>> {
        self.sources.values().filter(move |s| s.reads.iter().any(|r| r == name))
    }
}
