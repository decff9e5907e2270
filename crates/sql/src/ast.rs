//! The statements and expressions of the dialect as data, each with its place in the text.
//!
//! The tree is ours: a new release of the tokenizer never reaches the planner. Names are folded when parsed
//! (unquoted → upper case), types are resolved to [`SqlType`](millstream_types::SqlType), custom types included;
//! everything else about meaning is the planner's.

mod assert;
mod connector;
mod expr;
mod query;
mod source;
mod statement;

pub use assert::{AssertSchema, AssertTopic, AssertValues};
pub use connector::{ConnectorKind, CreateConnector};
pub use expr::{ArithmeticOp, CompareOp, Expr, ExprKind};
pub use query::{
    CommonTable, Duration, Emit, From, Join, JoinCondition, JoinKind, OrderItem, Query, Relation, RelationSource,
    SelectItem, TimeUnit, Window, WindowKind, Within,
};
pub use source::{Alter, ColumnDef, Constraint, CreateAs, CreateSource, Drop, InsertSelect, InsertValues, Property};
pub use statement::{Explain, Print, QueryRef, Show, SourceKind, StatementKind};

use crate::Span;

/// A name as written: folded to upper case unless it was quoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name after folding and unquoting.
    pub value: String,
    /// Whether it stood in back-quotes or double quotes.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

/// One statement with its source text.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it asks for.
    pub kind: StatementKind,
    /// The text as written, from its first token to its semicolon, comments inside included, with the values of
    /// variables in their places. Custom types stand in it by name.
    pub text: String,
    /// Where it stands in the request.
    pub span: Span,
}
