//! Statements to plans: names, types and keys resolved against a catalog, expressions compiled, queries laid out as topologies.
//!
//! It must not touch Kafka, clocks or files: the same statement over the same catalog with the same settings gives the
//! same plan on every server.
//!
//! 1. [`Catalog`] says which sources exist, [`Settings`] what holds where a statement says nothing.
//! 2. `expr` resolves and types an expression by ksqlDB's rules and compiles it to a DataFusion `PhysicalExpr`.
//! 3. `statement`, one file per statement, validates and builds a [`Plan`].
//! 4. [`topology`] is what the engine runs.

mod catalog;
mod dialect;
pub mod explain;
mod expr;
mod on_error;
mod pull;
mod settings;
mod start;
mod statement;
mod suggest;
#[cfg(test)]
mod testing;
mod time_format;
pub mod topology;

pub use catalog::{Catalog, Source, Timestamp};
pub use dialect::Dialect;
pub use on_error::OnError;
pub use pull::{Access, Bounds, OrderKey, PullPart, PullQuery, WindowBounds};
pub use settings::{PullRefusals, Settings};
pub use start::start_at;
pub use statement::{PullColumn, PullSource, check_bounded, is_in_standard_sql, pull_source, rewritten};
pub use suggest::nearest;
pub use time_format::TimeFormat;
pub use topology::Topology;

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_common::DataFusionError;
use millstream_schemas::{SchemaIds, SchemaNeed};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::{Column, StartAt};

/// What a statement asks the server to do, checked and ready.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Register a source over a topic.
    CreateSource {
        /// The source to add.
        source: Arc<Source>,
        /// Its topic: must exist, or be created when `topic.partitions` is given.
        topic: TopicSpec,
    },
    /// Register a sink and start the query that feeds it.
    CreateAs {
        /// The sink to add.
        source: Arc<Source>,
        /// Its topic: created when missing; partitions default to those of the query's source topic.
        topic: TopicSpec,
        /// `LATE RECORDS INTO`: the stream of late records to add, and its topic (an extension).
        late: Option<Box<(Arc<Source>, TopicSpec)>>,
        /// `START`: where the query starts instead of where `auto.offset.reset` says (an extension).
        start: Option<StartAt>,
        /// `ON_ERROR`: what becomes of records that it cannot read (an extension); `None`: what the session says.
        on_error: Option<OnError>,
        /// The query.
        topology: Topology,
    },
    /// Start one more query that feeds an existing stream.
    InsertSelect {
        /// The stream written to.
        target: Arc<Source>,
        /// `QUERY_ID`, if given, folded; it must not be that of another query. Else the server gives one.
        query_id: Option<String>,
        /// The sources that the query reads.
        reads: Vec<String>,
        /// `START`: where the query starts instead of where `auto.offset.reset` says (an extension).
        start: Option<StartAt>,
        /// `ON_ERROR`: what becomes of records that it cannot read (an extension); `None`: what the session says.
        on_error: Option<OnError>,
        /// The query.
        topology: Topology,
    },
    /// Write rows to a source's topic.
    InsertValues {
        /// The source written to.
        source: Arc<Source>,
        /// One row or more, in written order, columns as `source.schema.columns()`.
        rows: RecordBatch,
        /// `ROWTIME` of each row, if given: the record's timestamp in ms. Else the server's clock.
        times: Vec<Option<i64>>,
    },
    /// Run a query for one client (`topology.stages[..].sink` is `None`).
    Select {
        /// The query.
        topology: Topology,
        /// The sources that it reads, the left-most one first.
        reads: Vec<String>,
        /// Its columns in written order. Keys are those that identify a row, bounds of its window included: what is
        /// left of a deleted row of a table.
        columns: Vec<Column>,
        /// `LIMIT`
        limit: Option<u64>,
        /// Whether it goes on (`EMIT CHANGES`) or ends at the end of the topic: then it reads streams.
        push: bool,
    },
    /// Answer a client from the rows of tables as they are now.
    Pull(Box<PullQuery>),
    /// Answer a client with rows that are known already: a SELECT without FROM.
    Answer {
        /// Their columns in written order.
        columns: Vec<Column>,
        /// The rows, LIMIT applied.
        rows: RecordBatch,
    },
    /// Put a source with more columns in the place of the one of its name.
    Alter {
        /// The source as it will be.
        source: Arc<Source>,
    },
    /// Remove a source.
    Drop {
        /// The source.
        source: Arc<Source>,
        /// Whether its topic goes too.
        delete_topic: bool,
    },
    /// Nothing to do, said as a warning: IF NOT EXISTS or IF EXISTS applied.
    Nothing {
        /// The warning.
        message: String,
    },
}

impl Plan {
    /// The same with the ids that the schemas of its topic have been given.
    #[must_use]
    pub fn with_schema_ids(mut self, ids: SchemaIds) -> Self {
        let given = |source: &mut Arc<Source>| {
            let schemas = source.schemas.with_ids(ids.key, ids.value);
            *source = Arc::new(Source { schemas, ..Source::clone(source) });
        };
        match &mut self {
            Self::CreateSource { source, .. } | Self::InsertValues { source, .. } | Self::Alter { source } => {
                given(source);
            }
            Self::CreateAs { source, topology, .. } => {
                given(source);
                topology.set_schemas(&source.schemas);
            }
            Self::InsertSelect { target, topology, .. } => {
                given(target);
                topology.set_schemas(&target.schemas);
            }
            Self::Select { .. } | Self::Pull(_) | Self::Answer { .. } | Self::Drop { .. } | Self::Nothing { .. } => {}
        }
        self
    }
}

/// What a statement says about a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Name, case kept.
    pub name: String,
    /// `PARTITIONS`
    pub partitions: Option<i32>,
    /// `REPLICAS`
    pub replicas: Option<i16>,
    /// `RETENTION_MS`
    pub retention_ms: Option<i64>,
}

/// Plans a statement that reads or changes the catalog: CREATE, CREATE AS, INSERT SELECT, INSERT VALUES, ALTER, DROP,
/// SELECT. SHOW, DESCRIBE, TERMINATE, SET and UNSET are the server's own and must not be passed.
/// `settings` say what the statement leaves open.
///
/// Errors: every finding at once, each with its place.
pub fn plan(statement: &Statement, catalog: &Catalog, settings: &Settings) -> Result<Plan, Vec<Diagnostic>> {
    statement::plan(statement, catalog, settings).map(|plan| plan.with_schema_ids(settings.found.ids))
}

/// The schemas of a registry without which a statement cannot be planned; what the registry says of them goes into
/// [`Settings::found`].
pub fn schema_needs(statement: &Statement, settings: &Settings) -> Vec<SchemaNeed> {
    statement::needs(statement, settings)
}

/// Why evaluating an expression failed, without DataFusion's prefixes: the text for the error ledger.
pub fn reason(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::Execution(text) | DataFusionError::Internal(text) => text.clone(),
        DataFusionError::ArrowError(error, _) => error.to_string(),
        other => other.to_string(),
    }
}
