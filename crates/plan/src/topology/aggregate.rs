//! GROUP BY as a step: what makes the groups, what is computed of each, and the windows around them.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion_physical_expr::PhysicalExpr;
use millstream_functions::{AggregateState, Constant, Error, Limits, ResolvedAggregate};
use millstream_types::Column;

use super::{Projection, PseudoColumn, RowKey, SinkNode};

/// An aggregation. Rows of a table are taken back from their groups when they change.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// What rows are grouped by. A row of which one of them fails is in no group, and where the rows do not end neither is
    /// one of which one of them is null.
    pub group: Vec<Projection>,
    /// How the key of a group is encoded: the columns are those of `group`.
    pub key: RowKey,
    /// Whether rows of one group may come from several partitions: the group is another than the key that the records of
    /// the source are partitioned by.
    pub moves: bool,
    /// The calls, over the step's input columns.
    pub calls: Vec<AggregateCall>,
    /// The windows, if there are.
    pub window: Option<Windowing>,
    /// Where rows go that come after all of their windows have closed, if anywhere besides the ledger.
    pub late: Option<Box<Late>>,
    /// How long after its last row a group is gone, ms of event time; `None`: never. There are no windows then.
    pub ttl: Option<i64>,
    /// Whether results leave once, when all rows have been seen, rather than with every row. There are no windows then.
    pub at_end: bool,
    /// Columns of the results that are not computed: their time, their window.
    pub pseudo: Vec<PseudoColumn>,
    /// Whether steps behind ask what a result was before.
    pub before: bool,
    /// Arrow schema of what leaves: the group's columns, the calls' results, the pseudo columns.
    pub rows: SchemaRef,
}

/// A topic of late rows, written with the results.
#[derive(Debug, Clone)]
pub struct Late {
    /// Where its columns stand among those that the step is given; in a join, among those of its result.
    pub columns: Vec<usize>,
    /// How they are written.
    pub sink: SinkNode,
}

/// A call of an aggregate function.
#[derive(Debug, Clone)]
pub struct AggregateCall {
    /// Name and type of its result.
    pub column: Column,
    /// Its arguments, without the constant ones.
    pub args: Vec<Arc<dyn PhysicalExpr>>,
    /// BOOLEAN over the step's input columns: the rows that it sees. `None`: all.
    pub filter: Option<Arc<dyn PhysicalExpr>>,
    /// The call as SQL, for EXPLAIN and the ledger.
    pub sql: String,
    /// The function, and the types it is called with.
    pub function: Arc<ResolvedAggregate>,
    /// The constant arguments.
    pub constants: Vec<Constant>,
    /// How much a group may hold.
    pub limits: Limits,
}

impl AggregateCall {
    /// A state of the call without groups.
    ///
    /// # Errors
    /// [`Error::User`] when a constant is out of range.
    pub fn state(&self) -> Result<Box<dyn AggregateState>, Error> {
        self.function.state(&self.constants, self.limits)
    }
}

/// Windows over event time. All lengths are in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windowing {
    /// Which windows a row is in.
    pub kind: WindowKind,
    /// How long after its end a window takes late rows.
    pub grace: i64,
    /// How long after its beginning a window's results are kept.
    pub retention: i64,
    /// Whether only the last result of a window leaves, when the window takes no more rows.
    pub last_only: bool,
}

/// Kinds of windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// Windows of one size; a new one begins every `advance`. They overlap when that is less than the size.
    Time {
        /// Length of a window.
        size: i64,
        /// From the beginning of one to that of the next.
        advance: i64,
    },
    /// Windows that rows make: one goes on while rows come no more than `gap` apart.
    Session {
        /// The longest silence within a session.
        gap: i64,
    },
}
