//! A query from text to [`Analysis`], clause by clause in the order in which rows pass them.

use std::cell::Cell;

use millstream_sql::ast::{Emit, Expr, ExprKind, Query, SelectItem, SourceKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::Role;

use super::aggregation::{self, Aggregation, Start};
use super::analysis::{Analysis, Output, Purpose};
use super::derived::{self, Context};
use super::front::Front;
use super::items::{self, Item, Named};
use super::keys::{self, ResultKey};
use super::names::Names;
use super::order::{self, Order};
use super::resolve::Resolver;
use super::star::Stars;
use super::{membership, partition, pull, rank, table_functions, union};
use crate::expr::{Clause, Compiler, Scope, now};
use crate::{Catalog, Dialect, Settings};

/// Analyses a query. `None` when something is wrong that keeps its result from being known; `findings` say all that is
/// wrong.
pub(in crate::statement) fn analyse(
    query: &Query,
    purpose: Purpose<'_>,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis> {
    let count = Cell::new(0);
    let cx = Context::new(catalog, settings, purpose == Purpose::Pull, &count);
    analyse_in(query, purpose, &cx, findings)
}

/// The same where more names may be seen than those of the catalog.
pub(super) fn analyse_in(
    query: &Query,
    purpose: Purpose<'_>,
    cx: &Context<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis> {
    order::refuse(query, purpose, findings);
    let tables = cx.tables_of(query);
    let mut first = analyse_one(query, purpose, cx, findings);
    for next in &query.union_all {
        let analysis = analyse_one(next, purpose, &cx.inside(&tables), findings);
        if let (Some(first), Some(analysis)) = (&mut first, analysis) {
            let fitted = union::fitted(first, analysis, cx.ends, next.span, findings);
            first.union.extend(fitted);
        }
    }
    first
}

/// Analyses a query without those that UNION ALL adds to it.
fn analyse_one(
    query: &Query,
    purpose: Purpose<'_>,
    cx: &Context<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis> {
    let before = findings.len();
    if purpose == Purpose::Pull {
        pull::refuse_settings(query.limit.is_some(), Some(query.span), cx.settings, findings);
        pull::refuse_clauses(query, cx.settings.dialect, findings);
    }
    derived::check_names(query, findings);
    let tables = cx.tables_of(query);
    let inside = cx.inside(&tables);
    let joined = membership::joined(query, &inside, findings).ok()?;
    let query = joined.as_ref().unwrap_or(query);
    let front = Front::of(query, purpose, &inside.below(query), findings)?;
    analyse_over(query, purpose, cx, front, before, findings)
}

/// Analyses a query over its sources; `before`: how many findings there were before it. A function of its own, as sub-queries
/// are analysed while a query's sources are, on stacks that end.
fn analyse_over(
    query: &Query,
    purpose: Purpose<'_>,
    cx: &Context<'_>,
    front: Front,
    before: usize,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis> {
    let mut free = front.free_names(query);
    if cx.settings.dialect == Dialect::Extended {
        free.extend(now::NAMES.map(str::to_owned));
    }
    let resolver = Resolver { inputs: &front.inputs, merged: &front.merged, free, aliases: aliases(query) };
    let mut names = Names::new(&front.inputs);
    let scope = front.rows.scope();
    let items = items::items(&query.items, purpose, &resolver, &scope, &mut names, findings);
    let filter = filter(query, purpose, &resolver, &scope, &items, findings);
    let partition = match &query.partition_by {
        // Without the key nothing can be said about the projection.
        Some(by) => Some(partition::partition(by, &front, &resolver, &items, &mut names, findings)?),
        None => None,
    };
    let stars = Stars { front: &front, partition: partition.as_ref() };
    let mut named = expanded(&items, &stars);
    let order = match purpose {
        Purpose::Pull => {
            let groups = query.distinct || query.group_by.is_some() || named.iter().any(|n| aggregates(&n.expr));
            order::order(query, &resolver, groups, &mut named, findings)
        }
        Purpose::Persistent(_) | Purpose::Push | Purpose::Derived => Order::default(),
    };

    let mut after = scope.clone();
    front.coming_bounds(query).for_each(|b| after.push(b.name().to_owned(), b.ty()));
    let calls_from = findings.len();
    let start =
        Start { query, purpose, ends: cx.ends, front: &front, resolver: &resolver, items: &items, scope: &scope };
    let aggregation = aggregation::aggregation(&start, &mut after, &mut names, findings);
    let grouped = aggregation.is_some();
    let around = cx.around;
    let ranked = rank::Start {
        query,
        front: &front,
        resolver: &resolver,
        named: &named,
        aggregation: aggregation.as_ref(),
        ends: cx.ends,
        around,
    };
    let ranking = rank::rank(&ranked, &mut after, &mut names, findings);
    let table_calls = table_functions::calls(&named, &front, grouped, &scope, &mut after, findings);
    if let Some(aggregation) = &aggregation {
        aggregation::check_outputs(&named, aggregation, &front, purpose.is_persistent(), findings);
    }
    // What follows from calls that may not be is noise.
    let sound = findings.len() == calls_from;
    if query.emit == Emit::Final && cx.settings.no_final {
        let message = "Suppression is currently disabled. You can enable it by setting ksql.suppress.enabled to true";
        findings.push(Diagnostic::at(query.span, message));
    }
    let outputs = outputs(named.iter().filter(|n| sound || !calls_rows(&n.expr)), &after, findings);
    order::check_types(&order, &outputs, findings);
    if findings.len() > before {
        return None;
    }
    let projection = projection_span(query);
    let key = match (&aggregation, &partition) {
        _ if ranking.is_some() => ResultKey::of_rank(ranking.as_ref(), query.distinct),
        (Some(aggregation), _) => ResultKey::of_group(&aggregation.group),
        (None, Some(partition)) => ResultKey::of_partition(partition),
        (None, None) if cx.settings.projected_keys => front.key(&items, &resolver).ordered_by(&outputs),
        (None, None) => front.key(&items, &resolver),
    };
    let before_keys = findings.len();
    let outputs = match purpose {
        Purpose::Persistent(sink) => key.apply(sink, outputs, projection, findings),
        Purpose::Derived => key.mark(outputs),
        Purpose::Push | Purpose::Pull => outputs,
    };
    let asked = front.inputs.first().filter(|input| purpose == Purpose::Pull && input.is_table());
    keys::check_duplicates(&outputs, asked.map(|input| input.source.as_ref()), findings);
    let outputs = key.told(outputs);
    let kind = if grouped || ranking.is_some() { SourceKind::Table } else { front.kind() };
    if purpose.is_persistent() && kind == SourceKind::Table && outputs.iter().all(|o| o.role != Role::Key) {
        // A key that the projection leaves out has been told of.
        if findings.len() > before_keys {
            return None;
        }
        let message = "The result would be a table without a key: the key of the sub-query that it reads is not among the \
                       columns that are selected there.";
        findings.push(Diagnostic::at(projection, message));
        return None;
    }
    let window = aggregation.as_ref().map_or(front.key_window(), Aggregation::key_window);
    let rekeyed = partition.as_ref().is_some_and(|p| !partition::keeps_key(p, &front));
    let Front { inputs, joins, rows, .. } = front;
    Some(Analysis {
        inputs,
        joins,
        rows,
        filter,
        table_calls,
        aggregation,
        rank: ranking,
        partition,
        rekeyed,
        outputs,
        kind,
        window,
        order,
        projection,
        union: Vec::new(),
    })
}

/// The names that the projection gives.
fn aliases(query: &Query) -> Vec<&str> {
    let alias = |item| match item {
        &SelectItem::Expr { alias: Some(ref alias), .. } => Some(alias.value.as_str()),
        _ => None,
    };
    query.items.iter().filter_map(alias).collect()
}

/// The condition of WHERE, checked.
fn filter(
    query: &Query,
    purpose: Purpose<'_>,
    resolver: &Resolver<'_>,
    scope: &Scope,
    items: &[Item],
    findings: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let qualified = query.filter.as_ref().and_then(|f| resolver.qualify(f, Clause::Where, findings));
    if purpose == Purpose::Pull {
        pull::refuse_positions(items, qualified.as_ref(), resolver.inputs, findings);
    }
    let condition = resolver.flat(&qualified?);
    let before = findings.len();
    if purpose == Purpose::Pull && pull::refuse_likes(&condition, resolver.inputs, findings) {
        return Some(condition);
    }
    let aggregated = aggregation::refuse(&condition, Clause::Where, findings);
    if aggregated {
        // Its arguments are looked at all the same.
        aggregation::check_arguments(&condition, scope, Clause::Where, findings);
    } else if !table_functions::refuse(&condition, Clause::Where, findings) {
        Compiler::new(scope, Clause::Where, findings).predicate(&condition);
    }
    if purpose == Purpose::Pull {
        pull::name_statement(&condition, findings.get_mut(before..).unwrap_or_default());
    }
    Some(condition)
}

/// The items with their stars expanded.
fn expanded(items: &[Item], stars: &Stars<'_>) -> Vec<Named> {
    let expand = |item: &Item| match item {
        Item::Star { source, span } => stars.expand(source.as_deref(), *span),
        Item::Expr(named) => vec![Named::clone(named)],
    };
    items.iter().flat_map(expand).collect()
}

/// Whether an expression calls an aggregate function.
fn aggregates(expr: &Expr) -> bool {
    let mut found = false;
    crate::expr::for_each(expr, |part| found |= aggregation::function(part).is_some());
    found
}

/// Whether an expression calls a function that is about more than one row, or is numbered by one.
fn calls_rows(expr: &Expr) -> bool {
    let mut found = false;
    crate::expr::for_each(expr, |part| {
        let window = matches!(part.kind, ExprKind::WindowCall { .. });
        found |= window || aggregation::function(part).is_some() || table_functions::function(part).is_some();
    });
    found
}

/// The outputs with their types. Those with findings are left out.
fn outputs<'n>(named: impl Iterator<Item = &'n Named>, scope: &Scope, findings: &mut Vec<Diagnostic>) -> Vec<Output> {
    let mut out = Vec::new();
    for (position, Named { name, expr, span, .. }) in named.enumerate() {
        let Some(typed) = Compiler::new(scope, Clause::Select, findings).compile(expr) else { continue };
        match typed.ty {
            Some(ty) => {
                out.push(Output {
                    name: name.clone(),
                    expr: expr.clone(),
                    ty,
                    role: Role::Value,
                    identifies: false,
                    position,
                    span: *span,
                });
            }
            None => findings.push(super::untyped(*span)),
        }
    }
    out
}

/// The place of the projection: the query up to its source.
fn projection_span(query: &Query) -> Span {
    let end = query.first_source().map_or(query.span.end, |name| name.span.start);
    Span { start: query.span.start, end }
}
