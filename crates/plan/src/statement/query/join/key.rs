//! By what the rows of a join are keyed.

use millstream_sql::ast::{Expr, ExprKind, JoinKind};

use super::super::analysis::KeyPart;
use super::super::items::Item;
use super::super::keys::{KeyRule, ResultKey};
use super::super::resolve::Resolver;
use super::super::rows::Rows;
use super::{JoinForm, JoinStep};
use crate::expr::same::same;
use crate::expr::shown::Shown;

/// The key of a join's result.
#[derive(Debug, Clone)]
pub(in crate::statement::query) enum JoinKey {
    /// One of these columns, which are all equal: the first that the projection has. With their sources.
    Columns(Vec<Expr>),
    /// What the rows were joined by, which is no column of either side (or of both, and null on one).
    Synthetic,
    /// The primary key of the first source, in a join by a foreign key.
    Foreign,
}

/// The key of what these steps make.
pub(in crate::statement::query) fn key(steps: &[JoinStep]) -> JoinKey {
    let Some(last) = steps.last() else { return JoinKey::Synthetic };
    if last.form == JoinForm::ForeignKey {
        return JoinKey::Foreign;
    }
    // Either side of a full join may be null: neither is the key.
    if last.kind == JoinKind::Full {
        return JoinKey::Synthetic;
    }
    let columns: Vec<Expr> =
        equal_to_key(steps).into_iter().filter(|e| matches!(e.kind, ExprKind::Column { .. })).collect();
    if columns.is_empty() { JoinKey::Synthetic } else { JoinKey::Columns(columns) }
}

/// The expressions that are equal in every row: those of the last step, and of the steps before as far as they hang
/// together.
fn equal_to_key(steps: &[JoinStep]) -> Vec<Expr> {
    let mut known: Vec<Expr> = Vec::new();
    for step in steps {
        let own = [&step.left, &step.right];
        if !own.iter().any(|e| known.iter().any(|k| same(k, e))) {
            known.clear();
        }
        for expr in own {
            if !known.iter().any(|k| same(k, expr)) {
                known.push(expr.clone());
            }
        }
    }
    known
}

/// The first of `columns` that the projection has, and else the first.
pub(in crate::statement::query) fn chosen_of(columns: &[Expr], projected: impl Fn(&Expr) -> bool) -> Option<&Expr> {
    columns.iter().find(|c| projected(c)).or(columns.first())
}

/// Whether a projection has that column of a source, by name or by star.
fn has(items: &[Item], column: &Expr, resolver: &Resolver<'_>) -> bool {
    let ExprKind::Column { source: Some(source), name } = &column.kind else { return false };
    items.iter().any(|item| match item {
        Item::Star { source: None, .. } => resolver.star_has(&source.value, &name.value),
        Item::Star { source: Some(of), .. } => *of == source.value,
        Item::Expr(named) => same(&named.shown, column),
    })
}

/// The key of a join, for a sink.
pub(in crate::statement::query) fn result_key(
    key: &JoinKey,
    synthetic: Option<&str>,
    items: &[Item],
    resolver: &Resolver<'_>,
    rows: &Rows,
) -> ResultKey {
    let part = |name: &str, shown: String| Some(KeyPart::column(name.to_owned(), shown, rows.find(name)?.clone()));
    match key {
        JoinKey::Columns(columns) => {
            let shown = columns.iter().map(|c| Shown(c).to_string()).collect();
            let chosen = chosen_of(columns, |c| has(items, c, resolver)).and_then(|c| match resolver.flat(c).kind {
                ExprKind::Column { name, .. } => part(&name.value, Shown(c).to_string()),
                _ => None,
            });
            ResultKey { parts: chosen.into_iter().collect(), rule: KeyRule::Join(shown) }
        }
        JoinKey::Synthetic => {
            let parts = synthetic.and_then(|name| part(name, name.to_owned())).into_iter().collect();
            ResultKey { parts, rule: KeyRule::Synthetic }
        }
        JoinKey::Foreign => {
            let inputs = resolver.inputs;
            let Some(table) = inputs.first() else { return ResultKey::of_source(inputs) };
            let keys = table.source.schema.keys().iter();
            let parts = keys.filter_map(|c| part(&inputs.row_name(&table.alias, &c.name), c.name.clone()));
            ResultKey { parts: parts.collect(), rule: KeyRule::Foreign(table.alias.clone()) }
        }
    }
}
