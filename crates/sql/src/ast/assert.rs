//! `ASSERT …`

use super::{Duration, Expr, Ident, Property};

/// `ASSERT [NOT EXISTS] TOPIC name [WITH (…)] [TIMEOUT n unit]`
#[derive(Debug, Clone, PartialEq)]
pub struct AssertTopic {
    /// `NOT EXISTS` was given.
    pub not_exists: bool,
    /// The topic, its case kept even without quotes.
    pub topic: Ident,
    /// What it must have.
    pub with: Vec<Property>,
    /// How long to wait for it.
    pub timeout: Option<Duration>,
}

/// `ASSERT [NOT EXISTS] SCHEMA [SUBJECT name] [ID n] [TIMEOUT n unit]`
#[derive(Debug, Clone, PartialEq)]
pub struct AssertSchema {
    /// `NOT EXISTS` was given.
    pub not_exists: bool,
    /// The subject, its case kept even without quotes.
    pub subject: Option<Ident>,
    /// The schema's id.
    pub id: Option<i64>,
    /// How long to wait for it.
    pub timeout: Option<Duration>,
}

/// `ASSERT VALUES source (columns) VALUES (expressions)`, `ASSERT NULL VALUES source (columns) KEY (expressions)`
#[derive(Debug, Clone, PartialEq)]
pub struct AssertValues {
    /// `NULL VALUES`: the next record must be a tombstone with this key.
    pub tombstone: bool,
    /// The source whose next record is looked at.
    pub source: Ident,
    /// Columns named, in order; empty: all of them.
    pub columns: Vec<Ident>,
    /// One expression a column.
    pub values: Vec<Expr>,
}
