//! What a pull query over tables asks of whoever keeps the tables' rows: which rows are looked at, and what is made of
//! each.

use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_types::Column;

use crate::Source;
use crate::topology::Stage;

/// A query that reads the rows of tables as they are now.
#[derive(Debug, Clone)]
pub struct PullQuery {
    /// The tables and what is made of their rows, one after the other: several where UNION ALL joins queries.
    pub parts: Vec<PullPart>,
    /// The columns of the result in written order. Keys and headers of the table are told from values here, as ksqlDB's
    /// schema of a pull query does.
    pub columns: Vec<Column>,
    /// The same in the order in which ksqlDB's schema names them: for `SELECT *` headers stand before values.
    pub shown: Vec<Column>,
    /// `ORDER BY`, the most important key first. Columns behind [`PullQuery::columns`] are there to be compared only.
    pub order: Vec<OrderKey>,
    /// `LIMIT`
    pub limit: Option<u64>,
    /// `OFFSET`: rows that are left out before the first.
    pub offset: u64,
}

/// A column by which rows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// Its place among the columns of the last step.
    pub column: usize,
    /// The largest comes first.
    pub descending: bool,
    /// Nulls come before everything else.
    pub nulls_first: bool,
}

/// One table of a pull query.
#[derive(Debug, Clone)]
pub struct PullPart {
    /// The table.
    pub source: Arc<Source>,
    /// How its records are read, and the steps of the rows: filter and projection. The filter is the whole of WHERE, so
    /// that `access` may give more rows than are wanted.
    pub stage: Stage,
    /// Which keys are looked at.
    pub access: Access,
    /// Which windows are looked at, where keys have one.
    pub windows: WindowBounds,
    /// How long after their start windows are kept, ms; `None`: for ever.
    pub retention_ms: Option<i64>,
}

impl PullPart {
    /// Whether it asks for the rows of a few keys, and so for a few rows unless a key has many windows.
    pub fn is_lookup(&self) -> bool {
        matches!(&self.access, Access::Keys(columns) if columns.first().is_some_and(|column| column.len() <= LOOKUP_KEYS_MAX))
    }
}

/// Keys that are few.
const LOOKUP_KEYS_MAX: usize = 100;

/// Which rows of a table can be in the result.
#[derive(Debug, Clone)]
pub enum Access {
    /// Any.
    All,
    /// Those of these keys: one column for each column of the table's key, in its order and of its type, all of one
    /// length; a key may stand there twice.
    Keys(Vec<ArrayRef>),
    /// Those whose only key column, STRING or BYTES, lies between these.
    Range {
        /// From here on.
        from: std::ops::Bound<Vec<u8>>,
        /// Up to here.
        to: std::ops::Bound<Vec<u8>>,
    },
}

/// The windows that can be in the result, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowBounds {
    /// Bounds of where they begin.
    pub start: Bounds,
    /// Bounds of where they end.
    pub end: Bounds,
}

/// A range of points in time, ms, both ends inclusive; empty where `from` is behind `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first.
    pub from: i64,
    /// The last.
    pub to: i64,
}

impl Bounds {
    /// All of time.
    pub const ALL: Self = Self { from: i64::MIN, to: i64::MAX };

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

impl WindowBounds {
    /// All windows.
    pub const ALL: Self = Self { start: Bounds::ALL, end: Bounds::ALL };

    /// The smallest bounds that hold both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { start: self.start.or(other.start), end: self.end.or(other.end) }
    }
}
