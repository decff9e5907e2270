//! The seam to whoever keeps rows: sources by name, each read as of one moment.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use futures::Stream;
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

/// Rows batch by batch; an error ends them.
pub type Batches = Pin<Box<dyn Stream<Item = Result<RecordBatch, String>> + Send>>;

/// The sources that a query may name.
pub trait Sources {
    /// The source of that stored name; a query that names it twice is given the same one, and so the same rows. `span`:
    /// where the query names it.
    ///
    /// # Errors
    /// There is none, or it may not be asked.
    fn find(&self, name: &str, span: Option<Span>) -> Result<Arc<dyn Source>, Diagnostic>;
}

/// Rows of one table or stream as of one moment.
pub trait Source: Debug + Send + Sync {
    /// Its columns, in the order in which `*` names them.
    fn columns(&self) -> &[SourceColumn];

    /// Its rows. Called once for each mention in a query, while that runs.
    ///
    /// # Errors
    /// It cannot be read.
    fn scan(&self, scan: &Scan) -> Result<Batches, String>;
}

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    /// Its name as stored.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// It is no part of `*`: a pseudo column such as ROWTIME.
    pub hidden: bool,
}

/// What is wanted of a source.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The columns of the batches, by place among [`Source::columns`]; none where rows are only counted.
    pub columns: Vec<usize>,
    /// Conditions that all wanted rows fulfil. Rows that do not may be given all the same.
    pub equal: Vec<Equal>,
}

/// A column whose value is one of some.
#[derive(Debug, Clone)]
pub struct Equal {
    /// The column's place among [`Source::columns`].
    pub column: usize,
    /// The values, of the column's type, no nulls.
    pub values: ArrayRef,
}
