//! What a projection and a condition over groups may use, and what a function asks of the rows it adds up.

use millstream_sql::ast::{Expr, ExprKind, SourceKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::Format;

use super::super::analysis::KeyPart;
use super::super::front::Front;
use super::super::items::Named;
use super::super::resolve::Resolver;
use super::super::rewrite::visit;
use super::calls::{function, refuse_bounds};
use super::{AggregateCall, Aggregation};
use crate::Dialect;
use crate::expr::is_window_bound;
use crate::expr::same::same;
use crate::expr::shown::Shown;

/// Aggregate functions whose state is one plain value. That of the others is a struct or a collection, which not every
/// format can write.
const PLAIN_STATE: [&str; 5] = ["COUNT", "MAX", "MIN", "SUM", "SUM_LIST"];

/// What is not aggregated must be grouped by, and named once where it is the key of a sink.
pub(in crate::statement::query) fn check_outputs(
    outputs: &[Named],
    aggregation: &Aggregation,
    front: &Front,
    persistent: bool,
    findings: &mut Vec<Diagnostic>,
) {
    let is_loose = |o: &&Named| uncovered(&o.expr, &aggregation.group, front.has_made_windows()).is_some();
    let loose: Vec<&Named> = outputs.iter().filter(is_loose).collect();
    if let Some(first) = loose.first() {
        let shown: Vec<String> = loose.iter().map(|o| Shown(&o.expr).to_string()).collect();
        let message = format!(
            "Non-aggregate SELECT expression(s) not part of GROUP BY: {}\n\
             Either add the column(s) to the GROUP BY or remove them from the SELECT.",
            shown.join(", ")
        );
        findings.push(Diagnostic::at(first.span, message));
    }
    for part in aggregation.group.iter().filter(|_| persistent) {
        let copies: Vec<&Named> = outputs.iter().filter(|o| same(&o.expr, &part.expr)).collect();
        let [first, .., second] = copies.as_slice() else { continue };
        if copies.iter().all(|o| o.name == first.name) {
            // Told as a duplicate.
            continue;
        }
        let names: Vec<String> = copies.iter().map(|o| format!("`{}`", o.name)).collect();
        let message = format!(
            "The projection contains a key column more than once: {}.\n{}",
            super::super::listed(&names, "and"),
            super::super::keys::ONCE
        );
        findings.push(Diagnostic::at(second.span, message));
    }
}

/// A condition over groups may use what they are grouped by, and aggregate functions.
pub(super) fn check_having(
    condition: &Expr,
    group: &[KeyPart],
    front: &Front,
    resolver: &Resolver<'_>,
    windowed: bool,
    findings: &mut Vec<Diagnostic>,
) {
    refuse_bounds(condition, resolver, windowed, findings);
    if let Some(column) = uncovered(condition, group, front.has_made_windows()) {
        let message = format!("Non-aggregate HAVING expression not part of GROUP BY: [{}]", Shown(column));
        findings.push(Diagnostic::at(column.span, message));
    }
}

/// The first column in an expression that is neither grouped by nor aggregated. Bounds of windows are neither, and fine, unless
/// they are columns like any other.
fn uncovered<'e>(expr: &'e Expr, group: &[KeyPart], bounds: bool) -> Option<&'e Expr> {
    let mut found = None;
    visit(expr, &mut |part| {
        let covered = group.iter().any(|p| same(&p.expr, part)) || function(part).is_some();
        if let (ExprKind::Column { name, .. }, false, None) = (&part.kind, covered, found)
            && (bounds || !is_window_bound(&name.value))
        {
            found = Some(part);
        }
        !covered && found.is_none()
    });
    found
}

/// Rows of a table are taken back, and states are written somewhere: not every function can be used on everything.
pub(super) fn check_inputs(
    calls: &[AggregateCall],
    front: &Front,
    dialect: Dialect,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(first) = front.inputs.first() else { return };
    let counts = |call: &AggregateCall| dialect == Dialect::Extended && call.function.counts_values(call.args.len());
    let stuck = calls.iter().filter(|call| !call.function.undo && !counts(call));
    let stuck: Vec<&str> = stuck.map(|call| call.function.name).collect();
    if front.kind() == SourceKind::Table && !stuck.is_empty() {
        let message = format!(
            "The aggregation function{} {} cannot be applied to a table source, only to a stream source.",
            if stuck.len() > 1 { "s" } else { "" },
            super::super::listed(&stuck, "and")
        );
        findings.push(Diagnostic::at(span, message));
    }
    // The states of extensions are never written in a value's format.
    let nested = calls.iter().find(|c| !PLAIN_STATE.contains(&c.function.name) && !c.function.extension);
    if let (Some(call), Format::Delimited) = (nested, first.source.value_format.format) {
        let message = "One of the functions used in the statement has an intermediate type that the value format can not \
                       handle. Please remove the function or change the format.";
        findings.push(Diagnostic::at(call.expr.span, message));
    }
}
