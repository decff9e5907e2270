//! A query, analysed: every name resolved, every expression typed, every rule of the dialect checked. Stages are laid out
//! from this and from nothing else.
//!
//! Expressions are kept as trees over *row names*: the columns of a source by their own names, those of joined sources
//! with the alias before them (`L_A`), as ksqlDB names them inside a query and in its messages.

use std::sync::Arc;

use millstream_sql::Span;
use millstream_sql::ast::{Expr, ExprKind, SourceKind};
use millstream_types::{KeyWindow, Role, SqlType};

use super::aggregation::Aggregation;
use super::inputs::{Input, Inputs};
use super::join::JoinStep;
use super::order::Order;
use super::rank::Ranking;
use super::rows::Rows;
use super::table_functions::TableCall;
use crate::Source;

/// What a query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::statement) enum Purpose<'s> {
    /// It feeds a sink of that name.
    Persistent(&'s str),
    /// It streams to a client.
    Push,
    /// It answers a client and ends.
    Pull,
    /// Another query reads it.
    Derived,
}

impl Purpose<'_> {
    /// Whether its columns are those of a source, to a sink or to another query.
    pub(super) fn makes_source(self) -> bool {
        matches!(self, Self::Persistent(_) | Self::Derived)
    }

    /// Whether it feeds a sink.
    pub(super) fn is_persistent(self) -> bool {
        matches!(self, Self::Persistent(_))
    }
}

/// An analysed query.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Analysis {
    /// The sources, in written order.
    pub(in crate::statement) inputs: Inputs,
    /// How they are joined: one step for each source but the first.
    pub(in crate::statement) joins: Vec<JoinStep>,
    /// The rows that the sources make together, before WHERE.
    pub(in crate::statement) rows: Rows,
    /// `WHERE`: BOOLEAN over the rows.
    pub(in crate::statement) filter: Option<Expr>,
    /// The calls of table functions in the projection.
    pub(in crate::statement) table_calls: Vec<TableCall>,
    /// GROUP BY and what belongs to it.
    pub(in crate::statement) aggregation: Option<Aggregation>,
    /// The first rows of partitions, numbered, if it asks for them.
    pub(in crate::statement) rank: Option<Ranking>,
    /// `PARTITION BY`, if given.
    pub(in crate::statement) partition: Option<Partition>,
    /// Whether that key is another than the rows had before.
    pub(in crate::statement) rekeyed: bool,
    /// The result's columns. To a sink keys come first, in the order of the key; to a client they stand as written and
    /// are all values.
    pub(in crate::statement) outputs: Vec<Output>,
    /// Whether the result is a stream or a table.
    pub(in crate::statement) kind: SourceKind,
    /// The window of the result's key, if it has one.
    pub(in crate::statement) window: Option<KeyWindow>,
    /// `ORDER BY`, of a query that ends.
    pub(in crate::statement) order: Order,
    /// Where the projection stands.
    pub(in crate::statement) projection: Span,
    /// The further queries of UNION ALL, their columns brought to those of this one.
    pub(in crate::statement) union: Vec<Analysis>,
}

impl Analysis {
    /// The sources of the catalog that it reads.
    pub(in crate::statement) fn reads(&self) -> Vec<String> {
        let of = |input: &Input| match &input.derived {
            Some(inner) => inner.reads(),
            None => vec![input.source.name.clone()],
        };
        let mut out: Vec<String> = Vec::new();
        for name in self.inputs.0.iter().flat_map(of).chain(self.union.iter().flat_map(Self::reads)) {
            if !out.contains(&name) {
                out.push(name);
            }
        }
        out
    }

    /// The same over another sub-query in place of its own.
    fn over(&self, inner: Analysis) -> Self {
        let mut over = self.clone();
        if let Some(input) = over.inputs.0.first_mut() {
            input.derived = Some(Box::new(inner));
        }
        over
    }
}

/// The queries without UNION ALL whose rows together are those of a query: its own, and those of a sub-query that it reads
/// row by row. Groups and joins need the rows of all in one place: what is below them stays as it is.
pub(in crate::statement) fn branches(analysis: &Analysis) -> Vec<Analysis> {
    let mut out = Vec::new();
    for one in std::iter::once(analysis).chain(&analysis.union) {
        let plain = Analysis { union: Vec::new(), ..one.clone() };
        let row_by_row = one.aggregation.is_none() && one.rank.is_none() && !one.inputs.is_join();
        match one.inputs.first().and_then(|input| input.derived.as_deref()).filter(|_| row_by_row) {
            None => out.push(plain),
            Some(inner) => out.extend(branches(inner).into_iter().map(|branch| plain.over(branch))),
        }
    }
    out
}

/// The source of the catalog that a query without joins reads in the end, and where it is named.
pub(in crate::statement) fn innermost(analysis: &Analysis) -> Option<(&Arc<Source>, Span)> {
    let input = analysis.inputs.first()?;
    match &input.derived {
        Some(inner) => innermost(inner),
        None => Some((&input.source, input.span)),
    }
}

/// What rows are keyed by after PARTITION BY.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::statement) enum Partition {
    /// By nothing: `PARTITION BY NULL`.
    Keyless,
    /// By the values of these expressions.
    By(Vec<KeyPart>),
}

/// One column of a result's key.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::statement) struct KeyPart {
    /// What it is, over the rows.
    pub(in crate::statement) expr: Expr,
    /// How messages show it: with its source.
    pub(in crate::statement) shown: String,
    /// Its name where the projection does not give it another.
    pub(in crate::statement) name: String,
    /// Its type.
    pub(in crate::statement) ty: SqlType,
}

impl Partition {
    /// The columns of the new key.
    pub(super) fn parts(&self) -> &[KeyPart] {
        match self {
            Self::Keyless => &[],
            Self::By(parts) => parts,
        }
    }
}

impl KeyPart {
    /// The row's column of that name.
    pub(super) fn column(name: String, shown: String, ty: SqlType) -> Self {
        Self { expr: super::column(&name, Span::default()), shown, name, ty }
    }
}

/// A column of the result.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Output {
    /// Its name.
    pub(in crate::statement) name: String,
    /// Its value over the rows.
    pub(in crate::statement) expr: Expr,
    /// Its type.
    pub(in crate::statement) ty: SqlType,
    /// Key or value.
    pub(in crate::statement) role: Role,
    /// Whether it identifies its row, to a client too: a column of the key, or a bound of its window.
    pub(in crate::statement) identifies: bool,
    /// Its place in the projection as written, stars expanded.
    pub(in crate::statement) position: usize,
    /// Where it stands.
    pub(in crate::statement) span: Span,
}

impl Output {
    /// The same in another type, to which its own converts.
    pub(in crate::statement) fn cast(self, to: &SqlType) -> Self {
        if self.ty == *to {
            return self;
        }
        let kind = ExprKind::Cast { expr: Box::new(self.expr), ty: to.clone() };
        Self { expr: Expr { kind, span: self.span }, ty: to.clone(), ..self }
    }
}
