//! Conditions of a join beside the equality that its rows are joined by, as steps behind it.
//!
//! In an inner join they are a filter. Where each row of the side that stays has one partner at most, a partner that does
//! not fulfil them is none: its columns become null. Other kinds of joins do not come here.

use std::ops::Range;

use millstream_sql::ast::{Expr, ExprKind, JoinKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Role, SqlType};

use super::super::join::JoinStep;
use crate::Settings;
use crate::expr::{Clause, Compiler, Scope};
use crate::topology::{Projection, Step};

/// The column that says whether the conditions are fulfilled; no column of a source has that name in a row.
const FULFILLED: &str = "FULFILLED";

/// The steps behind a join whose result has that scope; `partner` is where the columns of the side stand whose rows do not
/// stay by themselves.
pub(super) fn steps(
    step: &JoinStep,
    partner: &Range<usize>,
    scope: &Scope,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<Step>> {
    let rest = step.rest.as_ref()?;
    if step.kind == JoinKind::Inner {
        let predicate = Compiler::new(scope, Clause::JoinOn, findings).predicate(rest)?.expr;
        return Some(vec![Step::Filter { predicate, sql: rest.to_string() }]);
    }
    let mut asked: Vec<(Column, Expr)> = columns(scope).map(|c| (c.clone(), name(&c.name))).collect();
    let fulfilled = Column { name: FULFILLED.to_owned(), ty: SqlType::Boolean, role: Role::Value };
    asked.push((fulfilled, rest.clone()));
    let (first, with) = project(asked, scope, settings, findings)?;
    let told = columns(scope).enumerate().map(|(at, column)| {
        let value = name(&column.name);
        let value = if partner.contains(&at) { fulfilled_only(value) } else { value };
        (column, value)
    });
    let (second, _) = project(told.collect(), &with, settings, findings)?;
    Some(vec![first, second])
}

fn columns(scope: &Scope) -> impl Iterator<Item = Column> + '_ {
    scope.columns().iter().map(|(name, ty)| Column { name: name.clone(), ty: ty.clone(), role: Role::Value })
}

fn name(name: &str) -> Expr {
    super::super::column(name, Span::default())
}

/// A value, or null where the conditions are not fulfilled.
fn fulfilled_only(value: Expr) -> Expr {
    let span = value.span;
    Expr { kind: ExprKind::Case { operand: None, whens: vec![(name(FULFILLED), value)], otherwise: None }, span }
}

/// The step that makes these columns, and their scope.
fn project(
    asked: Vec<(Column, Expr)>,
    scope: &Scope,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Step, Scope)> {
    let mut columns = Vec::with_capacity(asked.len());
    for (column, expr) in asked {
        let typed = Compiler::new(scope, Clause::JoinOn, findings).compile(&expr)?;
        columns.push(Projection { column, expr: typed.expr, sql: expr.to_string() });
    }
    let after = Scope::of(columns.iter().map(|p| (p.column.name.clone(), p.column.ty.clone())));
    let after = after.read_as(settings.reading());
    Some((Step::Project { columns, rows: after.rows() }, after))
}
