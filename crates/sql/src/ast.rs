//! The statements and expressions of the dialect as data, each with its place in the text.
//!
//! The tree is ours: a new release of the tokenizer never reaches the planner. Names are folded when parsed
//! (unquoted → upper case), types are resolved to [`SqlType`]; everything else about meaning is the planner's.

use millstream_types::SqlType;

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
    /// The text as written, from its first token to its semicolon, comments inside included.
    pub text: String,
    /// Where it stands in the request.
    pub span: Span,
}

/// Every statement the dialect has so far.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name (columns) WITH (…)`
    CreateSource(CreateSource),
    /// `CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [WITH (…)] AS query`
    CreateAs(CreateAs),
    /// `INSERT INTO name [(columns)] VALUES (expressions)`
    InsertValues(InsertValues),
    /// `DROP STREAM|TABLE [IF EXISTS] name [DELETE TOPIC]`
    Drop(Drop),
    /// `TERMINATE id|ALL`
    Terminate(QueryRef),
    /// `SHOW|LIST …`
    Show(Show),
    /// `DESCRIBE name [EXTENDED]`
    Describe {
        /// The source.
        name: Ident,
        /// Whether runtime details are wanted.
        extended: bool,
    },
    /// `SET 'name' = 'value'`
    Set {
        /// Property name as written.
        name: String,
        /// Its new value.
        value: String,
    },
    /// `UNSET 'name'`
    Unset {
        /// Property name as written.
        name: String,
    },
    /// `SELECT …`: a push query with EMIT CHANGES, a pull query without.
    Select(Query),
}

/// Stream or table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// An unbounded sequence of facts.
    Stream,
    /// The latest value per key.
    Table,
}

/// `CREATE STREAM|TABLE` over a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSource {
    /// Stream or table.
    pub kind: SourceKind,
    /// `OR REPLACE` was given.
    pub or_replace: bool,
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
    /// `KEY` or `PRIMARY KEY`, if any.
    pub constraint: Option<Constraint>,
    /// The whole definition.
    pub span: Span,
}

/// What a declared column may be besides a plain value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// `KEY`, for streams.
    Key,
    /// `PRIMARY KEY`, for tables.
    PrimaryKey,
}

/// `NAME = literal` of a WITH clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Upper-cased name.
    pub name: String,
    /// The value, a literal.
    pub value: Expr,
    /// Place of the name.
    pub span: Span,
}

/// `CREATE … AS SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateAs {
    /// Stream or table.
    pub kind: SourceKind,
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
}

/// `INSERT INTO … VALUES`.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertValues {
    /// The source written to.
    pub target: Ident,
    /// Columns named, in order; empty: all of them.
    pub columns: Vec<Ident>,
    /// One expression a column.
    pub values: Vec<Expr>,
}

/// `DROP`.
#[derive(Debug, Clone, PartialEq)]
pub struct Drop {
    /// Stream or table, as the statement says.
    pub kind: SourceKind,
    /// `IF EXISTS` was given.
    pub if_exists: bool,
    /// The source.
    pub name: Ident,
    /// `DELETE TOPIC` was given.
    pub delete_topic: bool,
}

/// Which query a control statement means.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryRef {
    /// `ALL`
    All,
    /// One query by id.
    Id(Ident),
}

/// `SHOW|LIST` of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// `STREAMS [EXTENDED]`
    Streams {
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `TABLES [EXTENDED]`
    Tables {
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `[ALL] TOPICS [EXTENDED]`
    Topics {
        /// `ALL`: internal topics too.
        all: bool,
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `QUERIES [EXTENDED]`
    Queries {
        /// `EXTENDED` was given.
        extended: bool,
    },
}

/// A SELECT over one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The projection.
    pub items: Vec<SelectItem>,
    /// The source read.
    pub from: Relation,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `EMIT CHANGES` was given.
    pub emit_changes: bool,
    /// `LIMIT n`
    pub limit: Option<u64>,
    /// The whole query.
    pub span: Span,
}

/// A source with its alias.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Name of the source.
    pub name: Ident,
    /// `AS alias`
    pub alias: Option<Ident>,
}

/// One item of a projection.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// `*` or `source.*`
    Wildcard {
        /// The source before the star.
        source: Option<Ident>,
        /// Place of the star.
        span: Span,
    },
    /// `struct->*`
    StructWildcard {
        /// The struct whose fields are meant.
        base: Expr,
        /// The whole item.
        span: Span,
    },
    /// `expression [AS alias]`
    Expr {
        /// The expression.
        expr: Expr,
        /// Its name.
        alias: Option<Ident>,
    },
}

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression can be.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `NULL`
    Null,
    /// `TRUE`, `FALSE`
    Boolean(bool),
    /// An integer literal that fits 32 bits, a minus before it included.
    Integer(i32),
    /// An integer literal that fits 64 bits only, a minus before it included.
    Bigint(i64),
    /// A decimal literal, at most 76 digits as written (`1.50`, `.5`, `1.`); a sign before it is a [`ExprKind::Sign`].
    Decimal(String),
    /// A literal with an exponent, finite, a minus before it included.
    Double(f64),
    /// `'text'`
    String(String),
    /// `column` or `source.column`
    Column {
        /// The source before the dot.
        source: Option<Ident>,
        /// The column.
        name: Ident,
    },
    /// `-x`, `+x`
    Sign {
        /// `-` rather than `+`.
        negative: bool,
        /// Operand.
        expr: Box<Expr>,
    },
    /// `a + b`, `a || b` …
    Arithmetic {
        /// The operator.
        op: ArithmeticOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a = b`, `a IS DISTINCT FROM b` …
    Compare {
        /// The operator.
        op: CompareOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a AND b`
    And(Box<Expr>, Box<Expr>),
    /// `a OR b`
    Or(Box<Expr>, Box<Expr>),
    /// `NOT a`
    Not(Box<Expr>),
    /// `x [NOT] BETWEEN low AND high`
    Between {
        /// Tested value.
        expr: Box<Expr>,
        /// `NOT` was given.
        negated: bool,
        /// Lower bound, inclusive.
        low: Box<Expr>,
        /// Upper bound, inclusive.
        high: Box<Expr>,
    },
    /// `x [NOT] IN (a, b)`
    InList {
        /// Tested value.
        expr: Box<Expr>,
        /// `NOT` was given.
        negated: bool,
        /// The values, at least one.
        list: Vec<Expr>,
    },
    /// `x [NOT] LIKE pattern [ESCAPE 'c']`
    Like {
        /// Tested text.
        expr: Box<Expr>,
        /// `NOT` was given.
        negated: bool,
        /// Pattern with `%` and `_`.
        pattern: Box<Expr>,
        /// Escape character.
        escape: Option<char>,
    },
    /// `x IS [NOT] NULL`
    IsNull {
        /// Tested value.
        expr: Box<Expr>,
        /// `NOT` was given.
        negated: bool,
    },
    /// `CASE [x] WHEN a THEN b … [ELSE c] END`
    Case {
        /// The operand of the simple form.
        operand: Option<Box<Expr>>,
        /// Conditions and results.
        whens: Vec<(Expr, Expr)>,
        /// `ELSE`
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(x AS type)`
    Cast {
        /// Operand.
        expr: Box<Expr>,
        /// Target type.
        ty: SqlType,
    },
    /// `base->field`
    Field {
        /// The struct.
        base: Box<Expr>,
        /// The field.
        field: Ident,
    },
    /// `base[index]`
    Subscript {
        /// Array or map.
        base: Box<Expr>,
        /// Position (from 1) or key.
        index: Box<Expr>,
    },
    /// `name(args)`
    Call {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `ARRAY[a, b]`
    Array(Vec<Expr>),
    /// `MAP(k := v, …)`
    Map(Vec<(Expr, Expr)>),
    /// `STRUCT(f := v, …)`
    Struct(Vec<(Ident, Expr)>),
}

/// Operators whose result has the type of their operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `||`
    Concat,
}

/// Operators with a boolean result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Equal,
    /// `<>`, `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `IS DISTINCT FROM`
    Distinct,
    /// `IS NOT DISTINCT FROM`
    NotDistinct,
}
