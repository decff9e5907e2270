//! What the engine runs: stages from source topics through steps to a sink.

mod aggregate;
mod branch;
mod cut;
mod join;
mod rank;
mod spread;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion_physical_expr::PhysicalExpr;
use millstream_schemas::TopicSchemas;
use millstream_types::{Column, FormatSpec, KeyWindow, Schema, SqlType, arrow_field};

pub use aggregate::{Aggregate, AggregateCall, Late, WindowKind, Windowing};
pub use branch::{Branch, StageInput};
pub use cut::{Cutting, Input, Output, Repartition, SubTopology, cut, cut_as, is_cut_either_way};
pub use join::{Identity, Join, JoinForm, JoinKind, Within};
pub use rank::{Rank, RankedBy};
pub use spread::{Latest, Note, Point, Pointer};

use crate::{Settings, Source, TimeFormat, Timestamp};

/// A continuous query, cut into stages at repartition topics.
#[derive(Debug, Clone)]
pub struct Topology {
    /// Stages in the order of the data.
    pub stages: Vec<Stage>,
}

impl Topology {
    /// Says with which schemas its sink is written.
    pub(crate) fn set_schemas(&mut self, schemas: &TopicSchemas) {
        for sink in self.stages.iter_mut().filter_map(|stage| stage.sink.as_mut()) {
            sink.schemas = schemas.clone();
        }
    }
}

/// One stage: a task of it runs per partition of its source topic.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Where its records come from. Joins and unions among the steps bring in further sources.
    pub source: SourceNode,
    /// What happens to them, in order.
    pub steps: Vec<Step>,
    /// Where the results go; `None`: to the client of a push query.
    pub sink: Option<SinkNode>,
}

impl Stage {
    /// All inputs in the order of their numbers: its own source is number 0, then come those of the branches of its steps in
    /// order, each followed by those among the steps of its branch.
    pub fn inputs(&self) -> Vec<StageInput<'_>> {
        let mut out = Vec::new();
        branch::inputs_of(&self.source, &self.steps, false, &mut out);
        out
    }

    /// The sources of all inputs.
    pub fn sources(&self) -> Vec<&SourceNode> {
        self.inputs().into_iter().map(|input| input.source).collect()
    }
}

/// Reading a topic: which columns are decoded and in which order they travel.
#[derive(Debug, Clone)]
pub struct SourceNode {
    /// The topic.
    pub topic: String,
    /// How keys are read.
    pub key_format: FormatSpec,
    /// How values are read.
    pub value_format: FormatSpec,
    /// The window that keys end with, if they do.
    pub window: Option<KeyWindow>,
    /// The declared columns of the source.
    pub schema: Schema,
    /// Which of them are decoded: indexes into `schema.columns()`, ascending.
    pub used: Vec<usize>,
    /// Pseudo columns that follow the used ones in a batch.
    pub pseudo: Vec<PseudoColumn>,
    /// The column that gives event time, by its position among `used`.
    pub timestamp: Option<TimeColumn>,
    /// Arrow schema of the batches: used columns, then pseudo columns.
    pub rows: SchemaRef,
}

impl SourceNode {
    /// Reading these columns of a source, by place among its declared ones, and these pseudo columns. The column that tells
    /// time is read besides; `strict`: a record of which it tells none stops the query.
    pub fn of(source: &Source, mut columns: BTreeSet<usize>, pseudo: &BTreeSet<PseudoColumn>, strict: bool) -> Self {
        let time = source.timestamp.as_ref().and_then(|t| Some((t, source.schema.find(&t.column)?.0)));
        columns.extend(time.iter().map(|(_, index)| *index));
        let used: Vec<usize> = columns.into_iter().collect();
        let declared = used.iter().filter_map(|i| source.schema.columns().get(*i)).map(|c| arrow_field(&c.name, &c.ty));
        let fields: Vec<_> = declared.chain(pseudo.iter().map(|p| arrow_field(p.name(), &p.ty()))).collect();
        let timestamp = time.and_then(|(time, index)| {
            let position = used.iter().position(|u| *u == index)?;
            Some(TimeColumn { position, format: time.format.clone(), strict })
        });
        Self {
            topic: source.topic.clone(),
            key_format: source.key_format,
            value_format: source.value_format,
            window: source.key_window,
            schema: source.schema.clone(),
            used,
            pseudo: pseudo.iter().copied().collect(),
            timestamp,
            rows: Arc::new(arrow::datatypes::Schema::new(fields)),
        }
    }

    /// The same source, reading these of its columns, by place among the declared ones, and these pseudo columns.
    #[must_use]
    pub fn reading(&self, mut columns: BTreeSet<usize>, pseudo: &BTreeSet<PseudoColumn>) -> Self {
        let time = self.timestamp.as_ref().and_then(|time| Some((time, *self.used.get(time.position)?)));
        columns.extend(time.iter().map(|(_, column)| *column));
        let used: Vec<usize> = columns.into_iter().collect();
        let declared = used.iter().filter_map(|i| self.schema.columns().get(*i)).map(|c| arrow_field(&c.name, &c.ty));
        let fields: Vec<_> = declared.chain(pseudo.iter().map(|p| arrow_field(p.name(), &p.ty()))).collect();
        let timestamp = time.and_then(|(time, column)| {
            Some(TimeColumn { position: used.iter().position(|u| *u == column)?, ..time.clone() })
        });
        Self {
            used,
            pseudo: pseudo.iter().copied().collect(),
            timestamp,
            rows: Arc::new(arrow::datatypes::Schema::new(fields)),
            ..self.clone()
        }
    }

    /// Reading every column of a source, as whoever keeps its records needs it: no pseudo columns, and records whose
    /// TIMESTAMP column tells no time are passed over.
    pub fn whole(source: &Source) -> Self {
        let columns = source.schema.columns();
        let fields: Vec<_> = columns.iter().map(|c| arrow_field(&c.name, &c.ty)).collect();
        let time = |t: &Timestamp| {
            let position = source.schema.find(&t.column)?.0;
            Some(TimeColumn { position, format: t.format.clone(), strict: false })
        };
        Self {
            topic: source.topic.clone(),
            key_format: source.key_format,
            value_format: source.value_format,
            window: source.key_window,
            schema: source.schema.clone(),
            used: (0..columns.len()).collect(),
            pseudo: Vec::new(),
            timestamp: source.timestamp.as_ref().and_then(time),
            rows: Arc::new(arrow::datatypes::Schema::new(fields)),
        }
    }
}

/// A column that tells times.
#[derive(Debug, Clone)]
pub struct TimeColumn {
    /// Where the column stands.
    pub position: usize,
    /// How its texts are read, if it is a STRING. `None`: it is BIGINT ms or TIMESTAMP.
    pub format: Option<TimeFormat>,
    /// A record of which it tells no time stops the query; else such a record is passed over.
    pub strict: bool,
}

impl TimeColumn {
    /// The column that a WITH clause names, which stands at `position`.
    pub(crate) fn new(position: usize, timestamp: &Timestamp, settings: &Settings) -> Self {
        Self { position, format: timestamp.format.clone(), strict: settings.strict_time }
    }
}

/// A column that records have without declaring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PseudoColumn {
    /// `ROWTIME BIGINT`: event time, ms.
    RowTime,
    /// `ROWPARTITION INTEGER`: input partition.
    RowPartition,
    /// `ROWOFFSET BIGINT`: input offset.
    RowOffset,
    /// `WINDOWSTART BIGINT`: where the window of the key begins, ms; only where keys have one.
    WindowStart,
    /// `WINDOWEND BIGINT`: where the window of the key ends, ms; only where keys have one.
    WindowEnd,
}

impl PseudoColumn {
    /// All of them, in the order in which they follow the columns of a batch.
    pub const ALL: [Self; 5] = [Self::RowTime, Self::RowPartition, Self::RowOffset, Self::WindowStart, Self::WindowEnd];

    /// The column's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RowTime => "ROWTIME",
            Self::RowPartition => "ROWPARTITION",
            Self::RowOffset => "ROWOFFSET",
            Self::WindowStart => "WINDOWSTART",
            Self::WindowEnd => "WINDOWEND",
        }
    }

    /// The column's type.
    pub fn ty(self) -> SqlType {
        match self {
            Self::RowTime | Self::RowOffset | Self::WindowStart | Self::WindowEnd => SqlType::Bigint,
            Self::RowPartition => SqlType::Integer,
        }
    }

    /// Whether it is a bound of a window.
    pub fn is_bound(self) -> bool {
        matches!(self, Self::WindowStart | Self::WindowEnd)
    }

    /// The pseudo column of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// A step of a stage.
#[derive(Debug, Clone)]
pub enum Step {
    /// Keeps the rows for which the predicate is true (false, null or failing: dropped).
    Filter {
        /// BOOLEAN over the step's input columns.
        predicate: Arc<dyn PhysicalExpr>,
        /// The condition as SQL, for EXPLAIN and the ledger.
        sql: String,
    },
    /// Makes a row of each element of lists, several lists side by side to the end of the longest; rows whose lists are
    /// all empty vanish. The elements are columns behind the others.
    FlatMap {
        /// The lists over the step's input columns; null counts as empty.
        lists: Vec<Unnesting>,
        /// Arrow schema of what leaves: the input columns, then one column a list.
        rows: SchemaRef,
    },
    /// Numbers the first rows of partitions in an order.
    Rank(Box<Rank>),
    /// Rows get another key: that their record had none says nothing any more.
    Rekey {
        /// The new key as SQL, for EXPLAIN.
        sql: String,
    },
    /// Records are the states of a table's rows: what was appended replaces what was there. Records without a key are
    /// passed over.
    Table {
        /// By what rows are remembered, where steps behind ask what they were before.
        remember: Option<RowKey>,
    },
    /// Rows of a table that have not changed for a while are deleted. Nothing but the key of what comes in says what rows were.
    Expire {
        /// What identifies rows: the first columns.
        key: RowKey,
        /// How long after the last change of a row, ms of event time.
        ttl: i64,
        /// Whether steps behind ask what a row was before.
        before: bool,
    },
    /// Rows become one row a group.
    Aggregate(Box<Aggregate>),
    /// Rows meet those of another source.
    Join(Box<Join>),
    /// Rows of a table say where they point to: only in a query that is cut.
    Point(Box<Point>),
    /// Of each row only what is told about its latest change goes on: only in a query that is cut.
    Latest(Box<Latest>),
    /// Rows of further sources come in, with the same columns.
    Union {
        /// Where from.
        branches: Vec<Branch>,
    },
    /// Replaces the columns.
    Project {
        /// The new columns in order.
        columns: Vec<Projection>,
        /// Their Arrow schema.
        rows: SchemaRef,
    },
}

impl Step {
    /// The branches that come in here.
    pub fn branches(&self) -> &[Branch] {
        match self {
            Self::Join(join) => std::slice::from_ref(&join.right),
            Self::Union { branches } => branches,
            _ => &[],
        }
    }
}

/// What identifies a row: its first columns, encoded as one.
#[derive(Debug, Clone, PartialEq)]
pub struct RowKey {
    /// How they are encoded.
    pub format: FormatSpec,
    /// The columns.
    pub columns: Vec<Column>,
}

/// One projected column. A row whose evaluation fails yields null and a ledger entry.
#[derive(Debug, Clone)]
pub struct Projection {
    /// Name, type and role of the result.
    pub column: Column,
    /// Its value over the step's input columns.
    pub expr: Arc<dyn PhysicalExpr>,
    /// The expression as SQL, for EXPLAIN and the ledger.
    pub sql: String,
}

/// A list of which each element becomes a row. A row whose evaluation fails has an empty list and a ledger entry.
#[derive(Debug, Clone)]
pub struct Unnesting {
    /// Name and type of the column that holds an element.
    pub column: Column,
    /// The list, over the step's input columns.
    pub expr: Arc<dyn PhysicalExpr>,
    /// The call as SQL, for EXPLAIN and the ledger.
    pub sql: String,
}

/// Writing a topic. The columns of a batch that arrives here are exactly `schema.columns()`.
#[derive(Debug, Clone)]
pub struct SinkNode {
    /// The topic.
    pub topic: String,
    /// How keys are written.
    pub key_format: FormatSpec,
    /// How values are written.
    pub value_format: FormatSpec,
    /// The window that keys end with, if they do: that of the rows.
    pub window: Option<KeyWindow>,
    /// The columns, keys first.
    pub schema: Schema,
    /// The column that gives the records' timestamps, by its index into `schema.columns()`.
    pub timestamp: Option<TimeColumn>,
    /// The schemas that keys and values are written with, where their formats have any.
    pub schemas: TopicSchemas,
}
