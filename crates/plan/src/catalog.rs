//! Which sources exist. A value: cloned as a sandbox, replaced as a whole when a command is applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_schemas::TopicSchemas;
use millstream_sql::ast::{Query, SourceKind};
use millstream_types::{FormatSpec, KeyWindow, Schema};

use crate::TimeFormat;

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
    /// The window that its keys carry, if any.
    pub key_window: Option<KeyWindow>,
    /// Its columns, without pseudo columns.
    pub schema: Schema,
    /// The schemas that its topic is written with, where the formats have any.
    pub schemas: TopicSchemas,
    /// The column that gives event time. `None`: the record's own timestamp.
    pub timestamp: Option<Timestamp>,
    /// SOURCE was given: nothing is ever written to it from here.
    pub read_only: bool,
    /// The statement that created it, as written.
    pub statement: String,
    /// The number of partitions of its topic, as far as statements tell.
    pub partitions: Option<i32>,
    /// The sources its query reads, for one created AS SELECT.
    pub reads: Vec<String>,
    /// That query.
    pub query: Option<Arc<Query>>,
    /// The id of the query that feeds it (set by the server when the command is applied), for one created AS SELECT.
    pub query_id: Option<String>,
    /// `TTL`: how long after its last change a row of it is gone, ms of event time (an extension). Of a table that a query feeds
    /// it is the query that deletes rows.
    pub ttl: Option<i64>,
    /// The table whose late records it takes, for one that LATE RECORDS INTO made.
    pub late_of: Option<String>,
}

/// Which column gives event time, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// `TIMESTAMP`: the column's stored name.
    pub column: String,
    /// `TIMESTAMP_FORMAT`: how the text of a STRING column is read. `None`: the column is BIGINT (ms) or TIMESTAMP.
    pub format: Option<TimeFormat>,
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
