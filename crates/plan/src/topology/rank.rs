//! ROW_NUMBER as a step: the first rows of each partition in an order, numbered.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion_physical_expr::PhysicalExpr;

use super::{Projection, RowKey};

/// A ranking: what leaves is a table whose rows are identified by their partition and their number in it. Rows of a
/// table are taken back when they change.
#[derive(Debug, Clone)]
pub struct Rank {
    /// What makes the partitions; nothing: all rows are one. A row of which one of them is null or fails is in none.
    pub partition: Vec<Projection>,
    /// How a partition is told from others.
    pub key: RowKey,
    /// Whether rows of one partition may come from several partitions of what is read.
    pub moves: bool,
    /// What rows are compared by, the most important first; where nothing differs the earlier comes first.
    pub order: Vec<RankedBy>,
    /// How many rows of a partition leave: 1 at least.
    pub limit: usize,
    /// Whether steps behind ask what a row was before.
    pub before: bool,
    /// The call as SQL, for EXPLAIN.
    pub sql: String,
    /// Arrow schema of what leaves: the columns of the rows, then their numbers, BIGINT from 1.
    pub rows: SchemaRef,
}

/// What rows are compared by.
#[derive(Debug, Clone)]
pub struct RankedBy {
    /// Its value over the step's input columns. A row whose evaluation fails has null and a ledger entry.
    pub expr: Arc<dyn PhysicalExpr>,
    /// The largest comes first.
    pub descending: bool,
    /// Nulls come before everything else.
    pub nulls_first: bool,
    /// The expression as SQL, for EXPLAIN and the ledger.
    pub sql: String,
}
