//! Table functions in a projection: calls that make rows of a row.

use millstream_functions::{TableFunction, find_table};
use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, ExprKind, SourceKind};
use millstream_types::SqlType;

use super::front::Front;
use super::items::Named;
use crate::expr::same::same;
use crate::expr::{Clause, Compiler, Scope, for_each};

/// A call of a table function.
#[derive(Debug, Clone)]
pub(in crate::statement) struct TableCall {
    /// The call, over the rows.
    pub(in crate::statement) expr: Expr,
    /// The function.
    pub(in crate::statement) function: &'static TableFunction,
    /// Type of the elements, each of which becomes a row.
    pub(in crate::statement) ty: SqlType,
    /// The column that holds them.
    pub(in crate::statement) column: String,
}

/// The table function that an expression calls.
pub(super) fn function(expr: &Expr) -> Option<&'static TableFunction> {
    match &expr.kind {
        ExprKind::Call { name, .. } => find_table(&name.value),
        _ => None,
    }
}

/// The calls in a projection, each once; `after` is the scope of what follows them. Those with findings are left out.
pub(super) fn calls(
    outputs: &[Named],
    front: &Front,
    aggregates: bool,
    scope: &Scope,
    after: &mut Scope,
    findings: &mut Vec<Diagnostic>,
) -> Vec<TableCall> {
    let mut out: Vec<TableCall> = Vec::new();
    for output in outputs {
        let mut found = Vec::new();
        for_each(&output.expr, |part| found.extend(function(part).map(|f| (part, f))));
        // In written order.
        found.reverse();
        for (call, function) in found {
            if out.iter().any(|c| same(&c.expr, call)) || !allowed(call, function, output, front, aggregates, findings)
            {
                continue;
            }
            let ExprKind::Call { args, .. } = &call.kind else { continue };
            let typed = Compiler::new(scope, Clause::Select, findings).table_call(call.span, function, args);
            let Some(SqlType::Array(item)) = typed.and_then(|t| t.ty) else { continue };
            let column = format!("KSQL_SYNTH_{}", out.len());
            after.push_computed(call.clone(), column.clone(), SqlType::clone(&item));
            out.push(TableCall { expr: call.clone(), function, ty: SqlType::clone(&item), column });
        }
    }
    out
}

/// Whether a call may stand where it does.
fn allowed(
    call: &Expr,
    function: &TableFunction,
    output: &Named,
    front: &Front,
    aggregates: bool,
    findings: &mut Vec<Diagnostic>,
) -> bool {
    let before = findings.len();
    let mut refuse = |message: String| findings.push(Diagnostic::at(call.span, message));
    for_each(call, |part| {
        if let Some(inner) = self::function(part).filter(|_| !std::ptr::eq(part, call)) {
            refuse(format!("Table functions cannot be nested: {}({}())", function.name, inner.name));
        }
    });
    if aggregates {
        refuse("Table functions cannot be used with aggregations.".into());
    }
    if front.kind() == SourceKind::Table {
        refuse("Table source is not supported with table functions".into());
    }
    for_each(&output.expr, |part| {
        let mut inside = false;
        if matches!(part.kind, ExprKind::Case { .. }) {
            for_each(part, |inner| inside |= std::ptr::eq(inner, call));
        }
        if inside {
            refuse(format!("Table functions cannot be used in CASE: {}", function.name));
        }
    });
    findings.len() == before
}

/// Refuses table functions in a clause that is not the projection; says whether there are some.
pub(super) fn refuse(expr: &Expr, clause: Clause, findings: &mut Vec<Diagnostic>) -> bool {
    let before = findings.len();
    for_each(expr, |part| {
        if let Some(function) = function(part) {
            let message =
                format!("{} does not support table functions: {} is a table function.", clause.name(), function.name);
            findings.push(Diagnostic::at(part.span, message));
        }
    });
    findings.len() > before
}
