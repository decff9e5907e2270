//! What names mean inside an expression: the columns of a row, where they stand in a batch, and the expressions whose
//! values stand there already.
//!
//! Sources and aliases are the query's (`statement::query`): by the time an expression is compiled, each name in it is
//! that of a column of the rows it is evaluated over.

use std::sync::Arc;

use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Lead};
use millstream_types::{SqlType, arrow_field};

use super::same::same;
use crate::Dialect;
use crate::topology::PseudoColumn;

/// Names that no column may have: the pseudo columns and the bounds of windows.
pub(crate) fn is_reserved(name: &str) -> bool {
    PseudoColumn::find(name).is_some()
}

/// `WINDOWSTART` or `WINDOWEND`.
pub(crate) fn is_window_bound(name: &str) -> bool {
    PseudoColumn::find(name).is_some_and(PseudoColumn::is_bound)
}

/// Where an expression stands; decides how its errors begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    /// The projection.
    Select,
    /// `WHERE`
    Where,
    /// `GROUP BY`
    GroupBy,
    /// `PARTITION BY`
    PartitionBy,
    /// `HAVING`
    Having,
    /// `ON` of a join.
    JoinOn,
    /// `VALUES`
    Values,
}

impl Clause {
    /// As messages name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Where => "WHERE",
            Self::GroupBy => "GROUP BY",
            Self::PartitionBy => "PARTITION BY",
            Self::Having => "HAVING",
            Self::JoinOn => "JOIN ON",
            Self::Values => "VALUES",
        }
    }

    /// How a message about types begins: ksqlDB checks conditions by themselves.
    pub(super) fn type_prefix(self) -> &'static str {
        match self {
            Self::Where => "Error in WHERE expression: ",
            Self::Having => "Error in HAVING expression: ",
            _ => "",
        }
    }

    /// How a message begins that ksqlDB makes when it generates code.
    pub(super) fn code_prefix(self) -> &'static str {
        match self {
            Self::Select => "Invalid Select: ",
            Self::Where | Self::Having => "Invalid Predicate: ",
            Self::GroupBy => "Invalid Group By: ",
            Self::PartitionBy => "Invalid Partition By: ",
            Self::JoinOn | Self::Values => "",
        }
    }
}

/// The columns that expressions may use.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// Names and types in batch order; `None` where there are no rows at all.
    columns: Option<Vec<(String, SqlType)>>,
    /// Expressions whose values are columns of the batch, with those columns' positions.
    computed: Vec<(Expr, usize)>,
    /// Columns that hold points in time as milliseconds, besides those named so.
    times: Vec<String>,
    /// How they are understood.
    pub(crate) reading: Reading,
}

/// How expressions are understood, whatever they stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reading {
    /// What the language has beside ksqlDB's.
    pub(crate) dialect: Dialect,
    /// `ksql.cast.strings.preserve.nulls` is off: a NULL that is no text already is cast to the text `null`.
    pub(crate) null_texts: bool,
}

/// A name that was found.
pub(crate) struct Resolved<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// Position in a batch.
    pub(crate) index: usize,
    /// Type.
    pub(crate) ty: SqlType,
}

impl Scope {
    /// No rows: constants only.
    pub(crate) fn constant() -> Self {
        Self { columns: None, computed: Vec::new(), times: Vec::new(), reading: Reading::default() }
    }

    /// Rows of these columns, in batch order.
    pub(crate) fn of(columns: impl IntoIterator<Item = (String, SqlType)>) -> Self {
        Self { columns: Some(columns.into_iter().collect()), ..Self::constant() }
    }

    /// The same, where these columns hold points in time as `ROWTIME` does: `L_ROWTIME` of a joined source.
    pub(crate) fn timed(self, times: Vec<String>) -> Self {
        Self { times, ..self }
    }

    /// Adds a column.
    pub(crate) fn push(&mut self, name: String, ty: SqlType) {
        self.columns.get_or_insert_default().push((name, ty));
    }

    /// Adds a column that holds the value of `expr`: where `expr` stands inside another expression, the
    /// column is taken.
    pub(crate) fn push_computed(&mut self, expr: Expr, name: String, ty: SqlType) {
        let columns = self.columns.get_or_insert_default();
        self.computed.push((expr, columns.len()));
        columns.push((name, ty));
    }

    /// Names and types in batch order.
    pub(crate) fn columns(&self) -> &[(String, SqlType)] {
        self.columns.as_deref().unwrap_or_default()
    }

    /// The same columns under other names.
    #[must_use]
    pub(crate) fn renamed(self, name: impl Fn(&str) -> String) -> Self {
        let columns = self.columns().iter().map(|(old, ty)| (name(old), ty.clone()));
        Self { reading: self.reading, ..Self::of(columns) }
    }

    /// Whether there is a column of that name.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.columns.iter().flatten().any(|(n, _)| n == name)
    }

    /// The same names, understood in another way.
    #[must_use]
    pub(crate) fn read_as(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    /// Arrow schema of a batch.
    pub(crate) fn rows(&self) -> SchemaRef {
        let columns = self.columns.iter().flatten();
        Arc::new(ArrowSchema::new(columns.map(|(name, ty)| arrow_field(name, ty)).collect::<Vec<_>>()))
    }

    /// Whether `expr` is a column of milliseconds that may be compared with a date in a text: `ROWTIME`, a bound of a window.
    pub(crate) fn is_time(&self, expr: &Expr) -> bool {
        let ExprKind::Column { name, .. } = &expr.kind else { return false };
        let known = self.columns.iter().flatten().any(|(n, _)| *n == name.value);
        let by_name = name.value == PseudoColumn::RowTime.name() || is_window_bound(&name.value);
        known && (by_name || self.times.contains(&name.value))
    }

    /// The column that holds the value of `expr`.
    pub(crate) fn computed(&self, expr: &Expr) -> Option<Resolved<'_>> {
        let (_, index) = self.computed.iter().find(|(computed, _)| same(computed, expr))?;
        let (name, ty) = self.columns.as_ref()?.get(*index)?;
        Some(Resolved { name, index: *index, ty: ty.clone() })
    }

    /// The column that a name means.
    pub(crate) fn resolve<'e>(
        &self,
        clause: Clause,
        qualifier: Option<&Ident>,
        name: &'e Ident,
    ) -> Result<Resolved<'e>, Diagnostic> {
        let Some(columns) = &self.columns else {
            if let Some(qualifier) = qualifier {
                let message = format!("'{}' is not a valid stream/table name or alias.", qualifier.value);
                return Err(Diagnostic::at(qualifier.span, message).lead(Lead::PrepareOnly));
            }
            let message = format!("VALUES expressions cannot refer to columns: '{}'.", name.value);
            return Err(Diagnostic::at(name.span, message).hint("Text stands in single quotes: 'like this'."));
        };
        let found = columns.iter().enumerate().find(|(_, (n, _))| *n == name.value && qualifier.is_none());
        if let Some((index, (_, ty))) = found {
            return Ok(Resolved { name: &name.value, index, ty: ty.clone() });
        }
        let shown = qualifier.map_or(name.value.clone(), |q| format!("{}.{}", q.value, name.value));
        let span = qualifier.map_or(name.span, |q| q.span.to(name.span));
        Err(Diagnostic::at(span, format!("{}Unknown column {shown}.", clause.type_prefix())))
    }
}
