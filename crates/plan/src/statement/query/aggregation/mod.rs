//! GROUP BY, aggregate functions, WINDOW and HAVING: rows become one row a group.

mod calls;
mod rules;
mod selected;
mod window;

use millstream_functions::AggregateFunction;
use millstream_sql::ast::{Duration, Emit, Expr, ExprKind, Query, SourceKind, Window, WindowKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{KeyWindow, SqlType};

use super::analysis::{KeyPart, Purpose};
use super::front::Front;
use super::inputs::Inputs;
use super::items::Item;
use super::names::Names;
use super::resolve::Resolver;
use crate::expr::same::same;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope};
use crate::topology::SinkNode;

pub(super) use calls::{check_arguments, function, overload, refuse};
pub(super) use rules::check_outputs;
pub(in crate::statement) use selected::selected;
pub(super) use window::DAY_MS;

/// An aggregation, analysed.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Aggregation {
    /// What rows are grouped by, in written order; nothing: all rows are one group.
    pub(in crate::statement) group: Vec<KeyPart>,
    /// The calls of aggregate functions in projection and HAVING, each once.
    pub(in crate::statement) calls: Vec<AggregateCall>,
    /// Whether rows are taken back: they are those of a table, and do not end.
    pub(in crate::statement) taken_back: bool,
    /// `HAVING`: BOOLEAN over groups and calls.
    pub(in crate::statement) having: Option<Expr>,
    /// `WINDOW`
    pub(in crate::statement) window: Option<Window>,
    /// Whether only the last state of a window leaves.
    pub(in crate::statement) last_only: bool,
    /// How long after its last row a group is gone, ms.
    pub(in crate::statement) ttl: Option<i64>,
    /// How rows are written that come too late for their windows, if they are.
    pub(in crate::statement) late: Option<SinkNode>,
}

impl Aggregation {
    /// The window that the keys of the result carry.
    pub(super) fn key_window(&self) -> Option<KeyWindow> {
        let ms = |d: Duration| i64::try_from(d.millis()).unwrap_or(i64::MAX);
        Some(match self.window.as_ref()?.kind {
            WindowKind::Tumbling { size } => KeyWindow::Tumbling { size_ms: ms(size) },
            WindowKind::Hopping { size, .. } => KeyWindow::Hopping { size_ms: ms(size) },
            WindowKind::Session { .. } => KeyWindow::Session,
        })
    }
}

/// A call of an aggregate function.
#[derive(Debug, Clone)]
pub(in crate::statement) struct AggregateCall {
    /// The call, over the rows.
    pub(in crate::statement) expr: Expr,
    /// The function.
    pub(in crate::statement) function: &'static AggregateFunction,
    /// Its arguments over the rows: the time of the row where the call has none.
    pub(in crate::statement) args: Vec<Expr>,
    /// `DISTINCT`: equal arguments are seen once.
    pub(in crate::statement) distinct: bool,
    /// `FILTER`: the condition of the rows that are seen.
    pub(in crate::statement) filter: Option<Expr>,
    /// Type of its result.
    pub(in crate::statement) ty: SqlType,
}

/// What the analysis of an aggregation starts from.
pub(super) struct Start<'s> {
    /// The query.
    pub(super) query: &'s Query,
    /// What it is for.
    pub(super) purpose: Purpose<'s>,
    /// Whether the statement is a query that ends.
    pub(super) ends: bool,
    /// Its sources and rows.
    pub(super) front: &'s Front,
    /// Its names.
    pub(super) resolver: &'s Resolver<'s>,
    /// Its items.
    pub(super) items: &'s [Item],
    /// The scope of its rows.
    pub(super) scope: &'s Scope,
}

/// Analyses GROUP BY, WINDOW and HAVING; `None` when the query aggregates nothing. The scope of what comes after it has
/// the results of the calls.
pub(super) fn aggregation(
    start: &Start<'_>,
    after: &mut Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<Aggregation> {
    let Start { query, resolver, items, scope, .. } = start;
    let having = query.having.as_ref().and_then(|h| resolver.qualify(h, Clause::Having, findings));
    let having = having.map(|h| resolver.flat(&h));
    let selected = items.iter().filter_map(|item| match item {
        Item::Expr(named) => Some(&named.expr),
        Item::Star { .. } => None,
    });
    let windowed = query.window.is_some();
    let calls = calls::calls(selected.chain(&having), resolver, scope, windowed, findings);
    let grouped = query.group_by.is_some();
    if !grouped && calls.is_empty() {
        refuse_without_group(query, findings);
        return None;
    }
    for (i, call) in calls.iter().enumerate() {
        after.push_computed(call.expr.clone(), format!("KSQL_AGG_VARIABLE_{i}"), call.ty.clone());
    }
    let written = query.group_by.as_deref().unwrap_or_default();
    let group = group(written, start, names, findings);
    let span = written.first().map_or(query.span, |e| e.span);
    // A query that ends gives each group once all the same.
    if calls.is_empty() && !start.ends {
        let message = "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.";
        findings.push(Diagnostic::at(span, message));
    }
    if !grouped && start.purpose.is_persistent() {
        let message = "Aggregate functions without GROUP BY give a result without a key, which no table can have.";
        let hint = "Add a GROUP BY clause; all rows are one group with SELECT 0 AS k, … GROUP BY 0.";
        findings.push(Diagnostic::at(span, message).hint(hint));
    }
    if let Some(window) = &query.window {
        window::check(window, start.front, findings);
    }
    if !start.ends {
        rules::check_inputs(&calls, start.front, scope.reading.dialect, span, findings);
    }
    if let Some(condition) = &having {
        Compiler::new(after, Clause::Having, findings).predicate(condition);
        rules::check_having(condition, &group, start.front, resolver, windowed, findings);
    }
    let last_only = query.emit == Emit::Final;
    if last_only && query.window.is_none() {
        refuse_final(query, findings);
    }
    let taken_back = !start.ends && start.front.kind() == SourceKind::Table;
    let window = query.window.clone();
    Some(Aggregation { group, calls, taken_back, having, window, last_only, late: None, ttl: None })
}

/// What belongs to aggregations only.
fn refuse_without_group(query: &Query, findings: &mut Vec<Diagnostic>) {
    if let Some(window) = &query.window {
        findings.push(Diagnostic::at(window.span, "WINDOW clause requires a GROUP BY clause."));
    }
    if let Some(having) = &query.having {
        findings.push(Diagnostic::at(having.span, "HAVING clause requires a GROUP BY clause."));
    }
    if query.emit == Emit::Final {
        refuse_final(query, findings);
    }
}

fn refuse_final(query: &Query, findings: &mut Vec<Diagnostic>) {
    findings.push(Diagnostic::at(query.span, "EMIT FINAL is only supported for windowed aggregations."));
}

/// The grouping expressions.
fn group<'s>(
    written: &'s [Expr],
    start: &Start<'s>,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Vec<KeyPart> {
    let mut parts: Vec<KeyPart> = Vec::new();
    for expr in selected::meant(written, start) {
        let Some(qualified) = start.resolver.qualify(expr, Clause::GroupBy, findings) else { continue };
        if !calls::check_group(&qualified, start.resolver, start.query.window.is_some(), findings) {
            continue;
        }
        let flat = start.resolver.flat(&qualified);
        if parts.iter().any(|p| same(&p.expr, &flat)) {
            let message = format!("Duplicate GROUP BY expression: {}", Shown(&qualified));
            findings.push(Diagnostic::at(expr.span, message));
            continue;
        }
        let Some(typed) = Compiler::new(start.scope, Clause::GroupBy, findings).compile(&flat) else { continue };
        let Some(ty) = typed.ty else {
            findings.push(super::untyped(expr.span));
            continue;
        };
        let name = key_name(&flat, start.items, names);
        parts.push(KeyPart { shown: Shown(&flat).to_string(), expr: flat, name, ty });
    }
    parts
}

/// The name of a column of the key: as the projection names it, else its own or a generated one.
fn key_name(expr: &Expr, items: &[Item], names: &mut Names) -> String {
    let selected = items.iter().find_map(|item| match item {
        Item::Expr(named) if same(&named.expr, expr) => Some(named.name.clone()),
        _ => None,
    });
    selected.unwrap_or_else(|| match &expr.kind {
        ExprKind::Column { name, .. } => name.value.clone(),
        _ => names.of(expr),
    })
}

/// The column that a call without arguments counts: the time of a row, that of the first source where several are joined.
fn default_argument(inputs: &Inputs, span: Span) -> Option<Expr> {
    let first = inputs.first()?;
    Some(super::column(&inputs.row_name(&first.alias, crate::topology::PseudoColumn::RowTime.name()), span))
}
