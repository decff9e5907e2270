//! Statements that make, change, fill and remove sources.

use millstream_types::SqlType;

use super::{Expr, Ident, Query, SourceKind};
use crate::Span;

/// `CREATE STREAM|TABLE` over a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSource {
    /// Stream or table.
    pub kind: SourceKind,
    /// `OR REPLACE` was given.
    pub or_replace: bool,
    /// `SOURCE` was given: nothing is ever written to it.
    pub read_only: bool,
    /// `IF NOT EXISTS` was given.
    pub if_not_exists: bool,
    /// Name of the source.
    pub name: Ident,
    /// Declared columns in written order.
    pub columns: Vec<ColumnDef>,
    /// `WITH (…)`
    pub with: Vec<Property>,
}

/// A declared column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// Column name.
    pub name: Ident,
    /// Its type.
    pub ty: SqlType,
    /// What it is besides a plain value, if anything.
    pub constraint: Option<Constraint>,
    /// The whole definition.
    pub span: Span,
}

/// What a declared column may be besides a plain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// `KEY`, for streams.
    Key,
    /// `PRIMARY KEY`, for tables.
    PrimaryKey,
    /// `HEADERS`: all headers of the record.
    Headers,
    /// `HEADER('key')`: the last header of that key.
    Header(String),
}

/// `NAME = literal` of a WITH clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Upper-cased name; a connector's keeps its case where it was quoted.
    pub name: String,
    /// The value, a literal.
    pub value: Expr,
    /// Place of the name.
    pub span: Span,
}

/// `CREATE … AS SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateAs {
    /// Stream or table; of a view a table, until the query says what it makes.
    pub kind: SourceKind,
    /// `MATERIALIZED VIEW` was written: whichever the query makes (an extension).
    pub view: bool,
    /// `OR REPLACE` was given.
    pub or_replace: bool,
    /// `IF NOT EXISTS` was given.
    pub if_not_exists: bool,
    /// Name of the sink.
    pub name: Ident,
    /// `WITH (…)`
    pub with: Vec<Property>,
    /// The query.
    pub query: Query,
    /// `LATE RECORDS INTO name`: a stream of the records that come after their windows have closed (an extension).
    pub late: Option<Ident>,
}

/// `INSERT INTO … SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertSelect {
    /// The source written to.
    pub target: Ident,
    /// `WITH (QUERY_ID = '…', START = '…')`
    pub with: Vec<Property>,
    /// The query.
    pub query: Query,
}

/// `INSERT INTO … VALUES`.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertValues {
    /// The source written to.
    pub target: Ident,
    /// Columns named, in order; empty: all of them.
    pub columns: Vec<Ident>,
    /// The rows, at least one (more than one are an extension), each with one expression a column.
    pub rows: Vec<Vec<Expr>>,
}

/// `DROP`.
#[derive(Debug, Clone, PartialEq)]
pub struct Drop {
    /// Stream or table, as the statement says.
    pub kind: SourceKind,
    /// `MATERIALIZED VIEW` was written: whichever it is (an extension).
    pub view: bool,
    /// `IF EXISTS` was given.
    pub if_exists: bool,
    /// The source.
    pub name: Ident,
    /// `DELETE TOPIC` was given.
    pub delete_topic: bool,
}

/// `ALTER STREAM|TABLE name ADD …`
#[derive(Debug, Clone, PartialEq)]
pub struct Alter {
    /// Stream or table, as the statement says.
    pub kind: SourceKind,
    /// The source.
    pub name: Ident,
    /// The new columns.
    pub columns: Vec<ColumnDef>,
}
