//! Expressions.

use millstream_types::SqlType;

use super::{Ident, OrderItem, Query, TimeUnit};
use crate::Span;

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
    /// `x [NOT] IN (SELECT …)` (an extension)
    InQuery {
        /// Tested value.
        expr: Box<Expr>,
        /// `NOT` was given.
        negated: bool,
        /// Whose rows are the values.
        query: Box<Query>,
    },
    /// `EXISTS (SELECT …)` (an extension)
    Exists {
        /// Whether it has rows.
        query: Box<Query>,
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
    /// `name([DISTINCT] args) [FILTER (WHERE condition)]` with at least one of the two: an aggregate function that does not
    /// see every row (an extension).
    AggregateCall {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
        /// `DISTINCT`: equal arguments are seen once.
        distinct: bool,
        /// `FILTER`: rows for which the condition is not true are not seen.
        filter: Option<Box<Expr>>,
    },
    /// `name(args) OVER ([PARTITION BY …] [ORDER BY …])`: a function of a row's place among others (an extension).
    WindowCall {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
        /// `PARTITION BY`: which rows it is among.
        partition_by: Vec<Expr>,
        /// `ORDER BY`: in which order they stand.
        order_by: Vec<OrderItem>,
    },
    /// `x => e`, `(a, b) => e`: an argument of a function that takes collections apart.
    Lambda {
        /// Its parameters, at least one.
        params: Vec<Ident>,
        /// What it gives.
        body: Box<Expr>,
    },
    /// A unit of time that stands as an argument: `TIMESTAMPADD(DAYS, 1, t)`.
    Unit(TimeUnit),
    /// The star of `COUNT(*)`.
    Star,
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
