//! A join as a step: the rows of the stage so far are its left side, those of a branch its right side.

use arrow::datatypes::SchemaRef;
use millstream_types::KeyWindow;

use super::{Branch, Late, Projection, PseudoColumn, RowKey};

/// A join of two sides by equal keys.
///
/// The columns of the result are: those of [`Join::key`] where [`Join::shows_key`] says so, those of the left side, those
/// of the right side (nulls where a side has no row), and the pseudo columns.
#[derive(Debug, Clone)]
pub struct Join {
    /// What is joined to what.
    pub form: JoinForm,
    /// Which rows without a partner stay.
    pub kind: JoinKind,
    /// The right side.
    pub right: Branch,
    /// What rows of the left side are joined by, over its columns. A row of which one of them is null has no partner.
    pub left_key: Vec<Projection>,
    /// What rows of the right side are joined by, over its columns.
    pub right_key: Vec<Projection>,
    /// How the values of either are encoded: rows are stored and matched by these bytes.
    pub key: RowKey,
    /// The window that the keys of both sides carry, which is part of what must be equal.
    pub key_window: Option<KeyWindow>,
    /// Whether the left side is joined by something else than the key that its records are partitioned by.
    pub left_moves: bool,
    /// The same of the right side.
    pub right_moves: bool,
    /// How near in time records must be: only in [`JoinForm::StreamStream`].
    pub within: Option<Within>,
    /// Where records go that come too late to be kept for partners, if anywhere besides the ledger: only in
    /// [`JoinForm::StreamStream`]. Its columns are among those of the result.
    pub late: Option<Box<Late>>,
    /// What identifies the rows of the left side: only where that points to rows of the right one.
    pub left_identity: Option<Identity>,
    /// Whether the result begins with the values of the key.
    pub shows_key: bool,
    /// Columns at the end of the result that nothing computes.
    pub pseudo: Vec<PseudoColumn>,
    /// Whether steps behind ask what a row of the result was before: only where it is a table.
    pub before: bool,
    /// Arrow schema of the left side.
    pub left_rows: SchemaRef,
    /// Arrow schema of the right side.
    pub right_rows: SchemaRef,
    /// Arrow schema of what leaves.
    pub rows: SchemaRef,
    /// The condition as SQL, for EXPLAIN and the ledger.
    pub sql: String,
}

/// What is joined to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinForm {
    /// Records that lie near each other in time.
    StreamStream,
    /// Records looked up in a table as it is then.
    StreamTable,
    /// Rows of tables with the same primary key.
    TableTable,
    /// Rows of a table with the row of another one that they point to.
    ForeignKey,
    /// The same, of rows that say where they point to, as [`super::Point`] lets them go.
    Pointed,
}

impl JoinForm {
    /// As plans name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StreamStream => "stream-stream",
            Self::StreamTable => "stream-table",
            Self::TableTable => "table-table",
            Self::ForeignKey | Self::Pointed => "foreign-key table-table",
        }
    }
}

/// Which rows without a partner stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// None.
    Inner,
    /// Those of the left side.
    Left,
    /// Those of the right side.
    Right,
    /// All.
    Full,
}

impl JoinKind {
    /// Whether rows of the left side stay.
    pub fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Full)
    }

    /// Whether rows of the right side stay.
    pub fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Full)
    }

    /// As SQL writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inner => "INNER",
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
            Self::Full => "FULL",
        }
    }
}

/// How near in time the records of two streams must be. All lengths are in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// How much earlier than the left record the right one may be.
    pub before: i64,
    /// How much later.
    pub after: i64,
    /// How long records are waited for that come late.
    pub grace: i64,
    /// How long records are kept for those of the other side.
    pub retention: i64,
    /// A record without a partner leaves as soon as it comes, and again with each partner that comes later; else only when
    /// it can have none any more. (ksqlDB's way where no GRACE PERIOD is given.)
    pub eager: bool,
}

/// What identifies the rows of a side.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Where its columns stand among those of the side.
    pub positions: Vec<usize>,
    /// How they are encoded.
    pub key: RowKey,
}
