//! `USING`: columns of both sides that are equal, and of which the rows of the join have one. (An extension.)

use std::borrow::Cow;

use millstream_sql::ast::{CompareOp, Expr, ExprKind, From, Ident, JoinCondition, JoinKind};
use millstream_sql::{Diagnostic, Span};

use super::super::inputs::{Input, Inputs};

/// A column that USING makes of those of several sources.
#[derive(Debug, Clone)]
pub(in crate::statement::query) struct Merged {
    /// Its name.
    pub(in crate::statement::query) name: String,
    /// The source that has it in every row; `None`: what the rows of a FULL join are joined by.
    pub(in crate::statement::query) source: Option<String>,
    /// Its name there, or that of the key which the join adds.
    pub(in crate::statement::query) column: String,
    /// The aliases of the sources whose columns of that name it is.
    of: Vec<String>,
}

impl Merged {
    /// Whether it is made of the column of that source.
    pub(in crate::statement::query) fn is_of(&self, alias: &str) -> bool {
        self.of.iter().any(|own| own == alias)
    }

    /// The column, with its source before it if it has one.
    pub(in crate::statement::query) fn expr(&self, span: Span) -> Expr {
        let source = self.source.as_deref().map(|source| ident(source, span));
        Expr { kind: ExprKind::Column { source, name: ident(&self.column, span) }, span }
    }

    /// Whether `*` leaves out that column of a source.
    pub(in crate::statement::query) fn hides(&self, alias: &str, column: &str) -> bool {
        self.name == column && self.is_of(alias)
    }
}

/// The conditions of all joins, and the columns that USING merges; `None` when one of those may not be.
pub(in crate::statement::query) fn conditions<'f>(
    from: &'f From,
    inputs: &Inputs,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Vec<Cow<'f, Expr>>, Vec<Merged>)> {
    let (mut conditions, mut merged) = (Vec::with_capacity(from.joins.len()), Vec::new());
    for (at, join) in from.joins.iter().enumerate() {
        let columns = match &join.condition {
            JoinCondition::On(condition) => {
                conditions.push(Cow::Borrowed(condition));
                continue;
            }
            JoinCondition::Using(columns) => columns,
        };
        if join.kind == JoinKind::Full && at + 1 < from.joins.len() {
            let message = "A FULL join with USING must be the last join of its query.";
            findings.push(Diagnostic::at(join.span, message));
            return None;
        }
        let (left, right) = inputs.0.split_at_checked(at + 1)?;
        let right = right.first()?;
        let mut equalities = Vec::with_capacity(columns.len());
        for column in columns {
            match merge(column, join.kind, left, right, &mut merged) {
                Ok(equality) => equalities.push(equality),
                Err(finding) => {
                    findings.push(finding);
                    return None;
                }
            }
        }
        conditions.push(Cow::Owned(equalities.into_iter().reduce(super::and)?));
    }
    Some((conditions, merged))
}

/// Merges a column of the right side with that of the left one; gives their equality.
fn merge(
    column: &Ident,
    kind: JoinKind,
    left: &[Input],
    right: &Input,
    merged: &mut Vec<Merged>,
) -> Result<Expr, Diagnostic> {
    if !has(right, column) {
        return Err(unknown(column, &right.alias));
    }
    let known = merged.iter().position(|one| one.name == column.value);
    let before = match known.and_then(|at| merged.get(at)) {
        Some(one) => one.clone(),
        None => Merged { name: column.value.clone(), source: None, column: column.value.clone(), of: Vec::new() },
    };
    let others: Vec<&Input> = left.iter().filter(|input| has(input, column) && !before.is_of(&input.alias)).collect();
    let (of_left, mut of) = match (&before.source, others.as_slice()) {
        (Some(source), []) => (source.clone(), before.of.clone()),
        (None, [only]) => (only.alias.clone(), vec![only.alias.clone()]),
        (None, []) => return Err(unknown(column, "the sources before it")),
        _ => {
            let message = format!("USING column '{}' is ambiguous: several sources before it have one.", column.value);
            return Err(Diagnostic::at(column.span, message));
        }
    };
    let side = |alias: &str| Merged { source: Some(alias.to_owned()), ..before.clone() }.expr(column.span);
    let equality =
        ExprKind::Compare { op: CompareOp::Equal, left: Box::new(side(&of_left)), right: Box::new(side(&right.alias)) };
    // The side of which no row is missing has it always.
    let source = match kind {
        JoinKind::Inner | JoinKind::Left => Some(of_left),
        JoinKind::Right => Some(right.alias.clone()),
        JoinKind::Full => None,
    };
    of.push(right.alias.clone());
    let after = Merged { source, of, ..before };
    match known.and_then(|at| merged.get_mut(at)) {
        Some(one) => *one = after,
        None => merged.push(after),
    }
    Ok(Expr { kind: equality, span: column.span })
}

/// Whether a source has a column of that name; pseudo columns are not meant.
fn has(input: &Input, column: &Ident) -> bool {
    input.source.schema.find(&column.value).is_some()
}

fn unknown(column: &Ident, whose: &str) -> Diagnostic {
    let message = format!("USING column '{}' cannot be resolved: it is no column of {whose}.", column.value);
    Diagnostic::at(column.span, message)
}

fn ident(name: &str, span: Span) -> Ident {
    Ident { value: name.to_owned(), quoted: true, span }
}
