//! Joins: what may be joined to what, on what, and by what the result is keyed. Left-deep, in written order; each step
//! obeys the rules by itself.

mod condition;
mod key;
mod kinds;
mod using;
mod windows;

use std::borrow::Cow;

use millstream_sql::ast::{Expr, ExprKind, From, JoinKind, SourceKind, Within};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::inputs::Inputs;
use super::resolve::Resolver;
use crate::expr::Scope;
use crate::topology::SinkNode;

pub(super) use key::{JoinKey, chosen_of, key, result_key};
pub(super) use using::{Merged, conditions};

/// One source joined to those before it.
#[derive(Debug, Clone)]
pub(in crate::statement) struct JoinStep {
    /// Which rows without a partner stay.
    pub(in crate::statement) kind: JoinKind,
    /// What is joined to what.
    pub(in crate::statement) form: JoinForm,
    /// What rows of the left side are joined by: with its source before each column.
    pub(in crate::statement) left: Expr,
    /// What rows of the right side are joined by.
    pub(in crate::statement) right: Expr,
    /// The type of both.
    pub(in crate::statement) ty: SqlType,
    /// What else must be true of two rows, over row names.
    pub(in crate::statement) rest: Option<Expr>,
    /// `WITHIN`
    pub(in crate::statement) within: Option<Within>,
    /// Where records go that come too late to be kept for partners, if anywhere.
    pub(in crate::statement) late: Option<SinkNode>,
    /// Where it stands.
    pub(in crate::statement) span: Span,
}

/// What is joined to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::statement) enum JoinForm {
    /// Records that lie near each other in time.
    StreamStream,
    /// Records looked up in a table.
    StreamTable,
    /// Tables by their primary keys.
    TableTable,
    /// A table by any expression with another one by its primary key; the result keeps the left key.
    ForeignKey,
}

impl JoinForm {
    /// Whether the result is a stream or a table.
    pub(super) fn result(self) -> SourceKind {
        match self {
            Self::StreamStream | Self::StreamTable => SourceKind::Stream,
            Self::TableTable | Self::ForeignKey => SourceKind::Table,
        }
    }
}

/// The steps behind FROM under these conditions; `None` when one of them may not be.
pub(super) fn steps(
    from: &From,
    conditions: &[Cow<'_, Expr>],
    inputs: &Inputs,
    resolver: &Resolver<'_>,
    scope: &Scope,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<JoinStep>> {
    let before = findings.len();
    let mut kind = inputs.first()?.source.kind;
    let mut out = Vec::new();
    let joined = from.joins.iter().zip(inputs.0.iter().skip(1));
    for ((join, right), on) in joined.zip(conditions) {
        let condition = condition::condition(on, right, inputs, resolver, scope, findings);
        let Some(condition) = condition else { continue };
        let Some(form) = kinds::form(join, &condition, kind, out.len(), inputs, findings) else { continue };
        kinds::check_partitions(join.span, form, inputs, right, findings);
        kind = form.result();
        kinds::check_rest(join, form, &condition, findings);
        let (left, right) = condition.sides();
        out.push(JoinStep {
            kind: join.kind,
            form,
            left: left.clone(),
            right: right.clone(),
            ty: condition.ty(findings)?,
            rest: condition.rest.iter().map(|one| resolver.flat(one)).reduce(and),
            within: join.within,
            late: None,
            span: join.span,
        });
    }
    (findings.len() == before).then_some(out)
}

fn and(left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::And(Box::new(left), Box::new(right)), span }
}
