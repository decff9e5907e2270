//! What a query that answers and ends may not have.

use millstream_sql::ast::{ExprKind, Query};
use millstream_sql::{Diagnostic, Span};

use super::inputs::Inputs;
use super::items::Item;
use crate::expr::for_each;
use crate::topology::PseudoColumn;
use millstream_sql::ast::Expr;

/// Refuses the clauses that only go with EMIT.
pub(super) fn refuse_clauses(query: &Query, findings: &mut Vec<Diagnostic>) {
    let first = |exprs: &Option<Vec<Expr>>| exprs.as_ref().map(|e| e.first().map_or(query.span, |e| e.span));
    let joins = query.from.as_ref().and_then(|f| f.joins.first());
    let given: [(&str, Option<Span>); 5] = [
        ("JOIN", joins.map(|j| j.span)),
        ("WINDOW", query.window.as_ref().map(|w| w.span)),
        ("GROUP BY", first(&query.group_by)),
        ("PARTITION BY", first(&query.partition_by)),
        ("HAVING", query.having.as_ref().map(|h| h.span)),
    ];
    for (clause, span) in given {
        if let Some(span) = span {
            let message = format!(
                "Pull queries don't support {clause} clauses. See https://cnfl.io/queries for more info.\n\
                 Add EMIT CHANGES if you intended to issue a push query."
            );
            findings.push(Diagnostic::at(span, message));
        }
    }
}

/// Refuses the columns that a row at rest does not have: its partition and its offset.
pub(super) fn refuse_positions(items: &[Item], filter: Option<&Expr>, inputs: &Inputs, findings: &mut Vec<Diagnostic>) {
    let selected = items.iter().filter_map(|item| match item {
        Item::Expr(named) => Some((&named.shown, "SELECT")),
        Item::Star { .. } => None,
    });
    for (expr, clause) in selected.chain(filter.map(|f| (f, "WHERE"))) {
        for_each(expr, |part| {
            let ExprKind::Column { name, .. } = &part.kind else { return };
            let declared = inputs.0.iter().any(|i| i.source.schema.find(&name.value).is_some());
            let position = [PseudoColumn::RowPartition, PseudoColumn::RowOffset].iter().any(|p| p.name() == name.value);
            if position && !declared {
                let message =
                    format!("Pull queries don't support the following columns in {clause} clauses: `{}`", name.value);
                findings.push(Diagnostic::at(part.span, message));
            }
        });
    }
}
