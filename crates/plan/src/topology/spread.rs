//! A join by a foreign key over all partitions: what its three parts do.
//!
//! 1. [`Point`], where rows of the left table are by their own keys: sends each to the partition of the key that it points to,
//!    and tells that of the key that it pointed to before that it has left.
//! 2. The join itself ([`JoinForm::Pointed`]), where rows of the right table are by theirs: keeps the rows that point to each.
//!    Its results go back to the partitions of the left table's keys.
//! 3. [`Latest`]: results of what a row was overtake those of what it is where the two pointed to different partitions. Each
//!    carries the number of the change that it is about; those of an earlier change than the latest seen are dropped.
//!
//! Four columns travel behind those of the left table: see [`Pointer`].

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_types::{SqlType, arrow_field, arrow_type};

use super::{Identity, Join, JoinForm, JoinKind, Projection};

/// The columns behind those of the left table, by their places there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// The key that the row points to, of the type of [`Join::key`]; the others follow.
    first: usize,
}

impl Pointer {
    /// How many columns they are.
    pub const COLUMNS: usize = 4;

    /// The key that a row points to; of one that has left, the key that it pointed to.
    pub fn key(self) -> usize {
        self.first
    }

    /// `BIGINT`: the number of the change among those of its task; later ones have greater numbers.
    pub fn version(self) -> usize {
        self.first + 1
    }

    /// `BIGINT`: the number of the change with which the row has come into the table.
    pub fn life(self) -> usize {
        self.first + 2
    }

    /// `BIGINT`: a [`Note`].
    pub fn note(self) -> usize {
        self.first + 3
    }

    fn range(self) -> Range<usize> {
        self.first..self.first + Self::COLUMNS
    }
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A row that was not there before.
    New,
    /// A row that was there before: its result is told even if there is none.
    Changed,
    /// The row points elsewhere now. What is told there about this change comes from elsewhere.
    Left,
    /// The row is gone, after it has left that many keys.
    Gone(i64),
}

impl Note {
    /// As it is written.
    pub fn number(self) -> i64 {
        match self {
            Self::New => -3,
            Self::Changed => -2,
            Self::Left => -1,
            Self::Gone(left) => left,
        }
    }

    /// The one that is written so; `None`: there is none.
    pub fn of(number: i64) -> Option<Self> {
        match number {
            -3 => Some(Self::New),
            -2 => Some(Self::Changed),
            -1 => Some(Self::Left),
            left => (left >= 0).then_some(Self::Gone(left)),
        }
    }
}

/// Rows of a table say where they point to.
#[derive(Debug, Clone)]
pub struct Point {
    /// What identifies rows.
    pub identity: Identity,
    /// What they point by, over their columns.
    pub by: Projection,
    /// Whether rows that point nowhere stay.
    pub keeps_left: bool,
    /// Arrow schema of what leaves: the columns that come in, and those of a [`Pointer`].
    pub rows: SchemaRef,
}

/// Of each row only what is told about its latest change goes on.
#[derive(Debug, Clone)]
pub struct Latest {
    /// What identifies rows.
    pub identity: Identity,
    /// The columns that say what is told; they go no further.
    pub pointer: Pointer,
    /// Whether steps behind ask what a row was before.
    pub before: bool,
    /// Arrow schema of what leaves.
    pub rows: SchemaRef,
}

impl Latest {
    /// The columns that go on, by place among those that come in.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        let dropped = self.pointer.range();
        (0..self.rows.fields().len() + Pointer::COLUMNS).filter(move |at| !dropped.contains(at))
    }
}

/// The parts of a join.
pub(super) struct Spread {
    pub(super) point: Point,
    pub(super) join: Join,
    pub(super) latest: Latest,
}

impl Spread {
    /// The parts of a join; `None`: it is none by a foreign key.
    pub(super) fn of(join: &Join) -> Option<Self> {
        let identity = join.left_identity.clone().filter(|_| join.form == JoinForm::ForeignKey)?;
        let ([by], [column]) = (join.left_key.as_slice(), join.key.columns.as_slice()) else { return None };
        let left = join.left_rows.fields().len();
        let long = |name: &str| Arc::new(arrow_field(name, &SqlType::Bigint));
        let added = [
            Arc::new(Field::new("POINTER", arrow_type(&column.ty), true)),
            long("VERSION"),
            long("LIFE"),
            long("NOTE"),
        ];
        let with = |rows: &SchemaRef, at: usize| {
            let (before, behind) = rows.fields().split_at(at.min(rows.fields().len()));
            Arc::new(Schema::new([before, added.as_slice(), behind].concat()))
        };
        let shown = if join.shows_key { join.key.columns.len() } else { 0 };
        let moved =
            Identity { positions: identity.positions.iter().map(|at| at + shown).collect(), key: identity.key.clone() };
        let left_rows = with(&join.left_rows, left);
        let pointer = Projection { expr: Arc::new(ColumnExpr::new("POINTER", left)), ..by.clone() };
        Some(Self {
            point: Point {
                identity,
                by: by.clone(),
                keeps_left: matches!(join.kind, JoinKind::Left | JoinKind::Full),
                rows: Arc::clone(&left_rows),
            },
            latest: Latest {
                identity: moved,
                pointer: Pointer { first: left + shown },
                before: join.before,
                rows: Arc::clone(&join.rows),
            },
            join: Join {
                form: JoinForm::Pointed,
                left_key: vec![pointer],
                rows: with(&join.rows, left + shown),
                left_rows,
                before: false,
                ..join.clone()
            },
        })
    }
}

impl Join {
    /// Where the columns that say where rows point to stand among those of the left side: only in [`JoinForm::Pointed`].
    pub fn pointer(&self) -> Option<Pointer> {
        let first = self.left_rows.fields().len().checked_sub(Pointer::COLUMNS)?;
        (self.form == JoinForm::Pointed).then_some(Pointer { first })
    }
}
