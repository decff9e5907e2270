//! The calls of aggregate functions in a query: where they may stand, their arguments and types.

use millstream_functions::{AggregateFunction, Error, ResolvedAggregate, find_aggregate};
use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::super::resolve::Resolver;
use super::super::table_functions;
use super::{AggregateCall, default_argument};
use crate::expr::same::same;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope, for_each, is_window_bound};

/// The aggregate function that an expression calls.
pub(in crate::statement::query) fn function(expr: &Expr) -> Option<&'static AggregateFunction> {
    match &expr.kind {
        ExprKind::Call { name, .. } | ExprKind::AggregateCall { name, .. } => find_aggregate(&name.value),
        _ => None,
    }
}

/// What a call is written with: its arguments, whether each is seen once, and the condition of its rows.
fn written(call: &Expr) -> Option<(&[Expr], bool, Option<&Expr>)> {
    match &call.kind {
        ExprKind::Call { args, .. } => Some((args, false, None)),
        ExprKind::AggregateCall { args, distinct, filter, .. } => Some((args, *distinct, filter.as_deref())),
        _ => None,
    }
}

/// The overload of a call for arguments of these types.
///
/// # Errors
/// None fits, or several do.
pub(in crate::statement::query) fn overload(
    function: &'static AggregateFunction,
    distinct: bool,
    types: &[Option<SqlType>],
) -> Result<ResolvedAggregate, Error> {
    if distinct { function.resolve_distinct(types) } else { function.resolve(types) }
}

/// Refuses aggregate functions in a clause that is about single rows; says whether there are some.
pub(in crate::statement::query) fn refuse(expr: &Expr, clause: Clause, findings: &mut Vec<Diagnostic>) -> bool {
    let before = findings.len();
    for_each(expr, |part| {
        if let Some(function) = function(part) {
            let message = format!(
                "{} does not support aggregate functions: {} is an aggregate function.",
                clause.name(),
                function.name
            );
            findings.push(Diagnostic::at(part.span, message));
        }
    });
    findings.len() > before
}

/// Compiles the arguments of aggregate functions that stand where they may not, for what else is wrong with them.
pub(in crate::statement::query) fn check_arguments(
    expr: &Expr,
    scope: &Scope,
    clause: Clause,
    findings: &mut Vec<Diagnostic>,
) {
    for_each(expr, |part| {
        if let (Some(_), Some((args, _, filter))) = (function(part), written(part)) {
            for arg in args.iter().chain(filter).filter(|a| a.kind != ExprKind::Star) {
                Compiler::new(scope, clause, findings).compile(arg);
            }
        }
    });
}

/// Whether an expression may be grouped by: it has neither aggregate functions nor the bounds of the windows that only
/// grouping makes.
pub(super) fn check_group(
    expr: &Expr,
    resolver: &Resolver<'_>,
    windowed: bool,
    findings: &mut Vec<Diagnostic>,
) -> bool {
    let before = findings.len();
    refuse(expr, Clause::GroupBy, findings);
    table_functions::refuse(expr, Clause::GroupBy, findings);
    refuse_bounds(expr, resolver, windowed, findings);
    findings.len() == before
}

/// The bounds of a windowed aggregation's windows are there when it is done.
pub(super) fn refuse_bounds(expr: &Expr, resolver: &Resolver<'_>, windowed: bool, findings: &mut Vec<Diagnostic>) {
    for_each(expr, |part| {
        let ExprKind::Column { source: None, name } = &part.kind else { return };
        if windowed && is_window_bound(&name.value) && resolver.free.contains(&name.value) {
            let message = format!(
                "Window bounds column {} can only be used in the SELECT clause of windowed aggregations and can not be \
                 passed to aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397",
                name.value
            );
            findings.push(Diagnostic::at(part.span, message));
        }
    });
}

/// The calls in these expressions, each once. Those with findings are left out.
pub(super) fn calls<'e>(
    exprs: impl Iterator<Item = &'e Expr>,
    resolver: &Resolver<'_>,
    scope: &Scope,
    windowed: bool,
    findings: &mut Vec<Diagnostic>,
) -> Vec<AggregateCall> {
    let mut out: Vec<AggregateCall> = Vec::new();
    for expr in exprs {
        let mut found = Vec::new();
        for_each(expr, |part| found.extend(function(part).map(|f| (part, f))));
        // In written order.
        found.reverse();
        for (call, function) in found {
            if out.iter().any(|c| same(&c.expr, call)) {
                continue;
            }
            let before = findings.len();
            let resolved = resolve(call, function, resolver, scope, windowed, findings);
            // A call that failed is kept with whatever type: what follows from its failure is noise.
            let (args, ty) = resolved.unwrap_or((Vec::new(), SqlType::Bigint));
            debug_assert!(!args.is_empty() || findings.len() > before);
            let (_, distinct, filter) = written(call).unwrap_or_default();
            out.push(AggregateCall { expr: call.clone(), function, args, distinct, filter: filter.cloned(), ty });
        }
    }
    out
}

/// Arguments and type of a call.
fn resolve(
    call: &Expr,
    function: &'static AggregateFunction,
    resolver: &Resolver<'_>,
    scope: &Scope,
    windowed: bool,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Vec<Expr>, SqlType)> {
    let (given, distinct, filter) = written(call)?;
    let args = match given {
        [] | [Expr { kind: ExprKind::Star, .. }] => vec![default_argument(resolver.inputs, call.span)?],
        args => args.to_vec(),
    };
    let before = findings.len();
    for arg in args.iter().chain(filter) {
        for_each(arg, |part| {
            if let Some(inner) = self::function(part) {
                let message = format!("Aggregate functions can not be nested: {}({}())", function.name, inner.name);
                findings.push(Diagnostic::at(part.span, message));
            }
        });
        refuse_bounds(arg, resolver, windowed, findings);
    }
    if findings.len() > before {
        return None;
    }
    let mut types = Vec::with_capacity(args.len());
    for arg in &args {
        types.push(Compiler::new(scope, Clause::Select, findings).compile(arg)?.ty);
    }
    if let Some(condition) = filter {
        Compiler::new(scope, Clause::Select, findings).predicate(condition)?;
    }
    let resolved = match overload(function, distinct, &types) {
        Ok(resolved) => resolved,
        Err(error) => {
            findings.push(Diagnostic::at(call.span, error.to_string()));
            return None;
        }
    };
    check_constants(function.name, &args, resolved.overload.constants.len(), call.span, findings);
    Some((args, resolved.returns))
}

/// The last arguments shape the state of an aggregation: they cannot change from row to row.
fn check_constants(name: &str, args: &[Expr], count: usize, span: Span, findings: &mut Vec<Diagnostic>) {
    let first = args.len().saturating_sub(count);
    for (i, arg) in args.iter().enumerate().skip(first).filter(|(_, arg)| !is_literal(arg)) {
        let message = format!(
            "Parameter {} passed to function {name} must be a literal constant, but was expression: '{}'",
            i + 1,
            Shown(arg)
        );
        findings.push(Diagnostic::at(if arg.span == Span::default() { span } else { arg.span }, message));
    }
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Integer(_)
        | ExprKind::Bigint(_)
        | ExprKind::Decimal(_)
        | ExprKind::Double(_)
        | ExprKind::String(_) => true,
        ExprKind::Sign { expr, .. } => is_literal(expr),
        _ => false,
    }
}
