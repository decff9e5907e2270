//! What a query that answers and ends may not have.

use millstream_sql::ast::{Expr, ExprKind, Query};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::analysis::Analysis;
use super::inputs::Inputs;
use super::items::Item;
use crate::expr::for_each;
use crate::expr::shown::Shown;
use crate::topology::PseudoColumn;
use crate::{Dialect, Settings};

/// Refuses the clauses that only go with EMIT. Groups are refused later where they are no extension.
pub(super) fn refuse_clauses(query: &Query, dialect: Dialect, findings: &mut Vec<Diagnostic>) {
    let groups = dialect == Dialect::Ksql;
    let first = |exprs: &Option<Vec<Expr>>| exprs.as_ref().map(|e| e.first().map_or(query.span, |e| e.span));
    let joins = query.from.as_ref().and_then(|f| f.joins.first());
    let given: [(&str, Option<Span>); 5] = [
        ("JOIN", joins.map(|j| j.span)),
        ("WINDOW", query.window.as_ref().map(|w| w.span)),
        ("GROUP BY", first(&query.group_by).filter(|_| groups)),
        ("PARTITION BY", first(&query.partition_by)),
        ("HAVING", query.having.as_ref().map(|h| h.span).filter(|_| groups)),
    ];
    for (clause, span) in given {
        findings.extend(span.map(|span| refused(span, &format!("{clause} clauses"))));
    }
}

/// Refuses groups where only single rows are answered.
pub(in crate::statement) fn refuse_groups(analysis: &Analysis, findings: &mut Vec<Diagnostic>) {
    if let Some(aggregation) = &analysis.aggregation {
        let what = if aggregation.group.is_empty() { "aggregate functions" } else { "GROUP BY clauses" };
        findings.push(refused(analysis.projection, what));
    }
}

fn refused(span: Span, what: &str) -> Diagnostic {
    let message = format!(
        "Pull queries don't support {what}. See https://cnfl.io/queries for more info.\n\
         Add EMIT CHANGES if you intended to issue a push query."
    );
    Diagnostic::at(span, message)
}

/// Refuses what the server's owner has switched off.
pub(in crate::statement) fn refuse_settings(
    limit: bool,
    span: Option<Span>,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) {
    const MORE: &str =
        "See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.";
    let mut refuse = |off: bool, message: String| {
        if off {
            findings.push(Diagnostic { span, ..Diagnostic::general(message) });
        }
    };
    refuse(
        settings.pull.all,
        format!("Pull queries are disabled. {MORE}\nPlease set ksql.pull.queries.enable=true to enable this feature."),
    );
    refuse(
        settings.pull.limits && limit,
        "LIMIT clause in pull queries is currently disabled. You can enable it by setting \
         ksql.query.pull.limit.clause.enabled=true."
            .to_owned(),
    );
}

/// Refuses LIKE on columns of tables that are no text, in ksqlDB's words; says whether there was one.
pub(super) fn refuse_likes(condition: &Expr, inputs: &Inputs, findings: &mut Vec<Diagnostic>) -> bool {
    let before = findings.len();
    if !inputs.first().is_some_and(super::inputs::Input::is_table) {
        return false;
    }
    for_each(condition, |part| {
        let ExprKind::Like { expr, .. } = &part.kind else { return };
        let column = match &expr.kind {
            ExprKind::Column { name, .. } => inputs.with_column(&name.value).find_map(|i| i.find(&name.value)),
            _ => None,
        };
        if let Some(ty) = column.filter(|ty| *ty != SqlType::String) {
            let message = format!("The column type for Like condition must be VARCHAR. The column type is {ty}");
            findings.push(Diagnostic::at(part.span, message));
        }
    });
    findings.len() > before
}

/// Says of findings about the types of a condition which condition it is, as ksqlDB does to queries that end.
pub(super) fn name_statement(condition: &Expr, findings: &mut [Diagnostic]) {
    for finding in findings.iter_mut().filter(|f| f.message.starts_with("Error in WHERE expression: ")) {
        finding.message.push_str(&format!("\nStatement: {}", Shown(condition)));
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
