//! What names mean inside an expression: the columns of the source, the pseudo columns, and where they stand in a batch.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_types::{SqlType, arrow_field};

use super::walk;
use crate::suggest::did_you_mean;
use crate::topology::PseudoColumn;
use crate::{Dialect, Source};

/// Names that no column may have: the pseudo columns and the bounds of windows.
pub(crate) fn is_reserved(name: &str) -> bool {
    PseudoColumn::find(name).is_some() || name == "WINDOWSTART" || name == "WINDOWEND"
}

/// Where an expression stands; decides how its errors begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    /// The projection.
    Select,
    /// `WHERE`
    Where,
    /// `VALUES`
    Values,
}

impl Clause {
    fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Where => "WHERE",
            Self::Values => "VALUES",
        }
    }
}

/// The columns that expressions may use.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'a> {
    /// Source and the name by which it is qualified; none in VALUES.
    source: Option<(&'a Source, &'a str)>,
    /// Indexes of the decoded columns, ascending.
    pub(crate) used: Vec<usize>,
    /// Pseudo columns that follow them.
    pub(crate) pseudo: Vec<PseudoColumn>,
    /// Arrow schema of a batch.
    pub(crate) rows: SchemaRef,
    /// What the language has beside ksqlDB's.
    pub(crate) dialect: Dialect,
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

impl<'a> Scope<'a> {
    /// No columns at all.
    pub(crate) fn constant() -> Self {
        Self {
            source: None,
            used: vec![],
            pseudo: vec![],
            rows: Arc::new(ArrowSchema::empty()),
            dialect: Dialect::default(),
        }
    }

    /// The columns of `source` that `expressions` use, and `always` whatever they use. Unknown names are left out.
    pub(crate) fn of<'e>(
        source: &'a Source,
        alias: &'a str,
        expressions: impl IntoIterator<Item = &'e Expr>,
        always: impl IntoIterator<Item = usize>,
    ) -> Self {
        let mut used: BTreeSet<usize> = always.into_iter().collect();
        let mut pseudo = BTreeSet::new();
        for expression in expressions {
            walk::for_each(expression, |part| {
                let ExprKind::Column { source: qualifier, name } = &part.kind else { return };
                if qualifier.as_ref().is_some_and(|q| q.value != alias) {
                    return;
                }
                if let Some((index, _)) = source.schema.find(&name.value) {
                    used.insert(index);
                } else if let Some(position) = PseudoColumn::ALL.iter().position(|p| p.name() == name.value) {
                    pseudo.insert(position);
                }
            });
        }
        let used: Vec<usize> = used.into_iter().collect();
        let pseudo: Vec<PseudoColumn> =
            PseudoColumn::ALL.into_iter().enumerate().filter(|(i, _)| pseudo.contains(i)).map(|(_, p)| p).collect();
        let columns = used.iter().filter_map(|i| source.schema.columns().get(*i));
        let fields: Vec<_> = columns
            .map(|c| arrow_field(&c.name, &c.ty))
            .chain(pseudo.iter().map(|p| arrow_field(p.name(), &p.ty())))
            .collect();
        Self {
            source: Some((source, alias)),
            used,
            pseudo,
            rows: Arc::new(ArrowSchema::new(fields)),
            dialect: Dialect::default(),
        }
    }

    /// Whether the source has a column of that name, used or not, pseudo columns included.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.source.is_some_and(|(source, _)| source.schema.find(name).is_some() || PseudoColumn::find(name).is_some())
    }

    /// Where the declared column `index` stands in a batch.
    pub(crate) fn position(&self, index: usize) -> Option<usize> {
        self.used.iter().position(|u| *u == index)
    }

    /// Whether `expr` is that pseudo column.
    pub(crate) fn is_pseudo(&self, expr: &Expr, pseudo: PseudoColumn) -> bool {
        matches!(&expr.kind, ExprKind::Column { name, .. } if name.value == pseudo.name())
            && self.source.is_some_and(|(source, _)| source.schema.find(pseudo.name()).is_none())
    }

    /// The column that a name means.
    pub(crate) fn resolve<'e>(
        &self,
        clause: Clause,
        qualifier: Option<&Ident>,
        name: &'e Ident,
    ) -> Result<Resolved<'e>, Diagnostic> {
        let known = self.source.filter(|(_, alias)| qualifier.is_none_or(|q| q.value == *alias));
        if let (Some(qualifier), None) = (qualifier, known) {
            let message = format!("'{}' is not a valid stream/table name or alias.", qualifier.value);
            return Err(Diagnostic::at(qualifier.span, message));
        }
        let Some((source, _)) = known else {
            let message = format!("VALUES expressions cannot refer to columns: '{}'.", name.value);
            return Err(Diagnostic::at(name.span, message).hint("Text stands in single quotes: 'like this'."));
        };
        let found = match source.schema.find(&name.value) {
            Some((index, column)) => self.position(index).map(|at| (at, column.ty.clone())),
            None => PseudoColumn::find(&name.value).and_then(|p| {
                let at = self.pseudo.iter().position(|q| *q == p)?;
                Some((self.used.len() + at, p.ty()))
            }),
        };
        if let Some((index, ty)) = found {
            return Ok(Resolved { name: &name.value, index, ty });
        }
        let span = qualifier.map_or(name.span, |q| q.span.to(name.span));
        let shown = qualifier.map_or(name.value.clone(), |q| format!("{}.{}", q.value, name.value));
        let finding = Diagnostic::at(span, format!("{} column '{shown}' cannot be resolved.", clause.name()));
        let names = source.schema.columns().iter().map(|c| c.name.as_str());
        Err(match did_you_mean(&name.value, names) {
            Some(hint) => finding.hint(hint),
            None => finding,
        })
    }
}
