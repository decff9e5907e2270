//! GROUP BY as steps: the groups with their calls and windows, then HAVING.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_functions::{Constant, Error, ResolvedAggregate};
use millstream_sql::Diagnostic;
use millstream_sql::ast::{Duration, Emit, Expr, ExprKind, Query, Window, WindowKind as Written};
use millstream_types::{Column, Format, FormatSpec, Role};

use super::super::aggregation::{AggregateCall as Analysed, Aggregation, DAY_MS, overload};
use super::super::analysis::{KeyPart, Output};
use super::Demand;
use crate::Settings;
use crate::expr::same::same;
use crate::expr::{Clause, Compiler, Scope, Typed, for_each};
use crate::topology::{Aggregate, AggregateCall, Late, Projection, PseudoColumn, RowKey, Step, WindowKind, Windowing};

/// What is asked of the groups.
pub(super) struct Asked<'s> {
    /// The outputs over them.
    pub(super) outputs: &'s [&'s Output],
    /// Their pseudo columns.
    pub(super) pseudo: &'s BTreeSet<PseudoColumn>,
    /// What else.
    pub(super) demand: Demand,
    /// Whether rows of one group may come from several partitions.
    pub(super) moves: bool,
}

/// Appends the steps of an aggregation over rows of that scope; gives the scope of the groups.
pub(super) fn steps(
    aggregation: &Aggregation,
    asked: &Asked<'_>,
    scope: &Scope,
    settings: &Settings,
    steps: &mut Vec<Step>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Scope> {
    let mut after = Scope::of([]).read_as(settings.reading());
    let mut group = Vec::with_capacity(aggregation.group.len());
    for part in &aggregation.group {
        let typed = Compiler::new(scope, Clause::GroupBy, findings).compile(&part.expr)?;
        let column = Column { name: part.name.clone(), ty: part.ty.clone(), role: Role::Key };
        group.push(Projection { column, expr: typed.expr, sql: part.expr.to_string() });
        after.push_computed(part.expr.clone(), part.name.clone(), part.ty.clone());
    }
    let mut calls = Vec::with_capacity(aggregation.calls.len());
    for (i, analysed) in aggregation.calls.iter().enumerate() {
        let name = format!("KSQL_AGG_VARIABLE_{i}");
        calls.push(call(analysed, name.clone(), aggregation.taken_back, scope, settings, findings)?);
        after.push_computed(analysed.expr.clone(), name, analysed.ty.clone());
    }
    let pseudo = pseudo(asked, &aggregation.group);
    pseudo.iter().for_each(|p| after.push(p.name().to_owned(), p.ty()));
    let columns: Vec<Column> = group.iter().map(|part| part.column.clone()).collect();
    let format = asked.demand.key_format.unwrap_or(FormatSpec::key(Format::Json, columns.len()));
    steps.push(Step::Aggregate(Box::new(Aggregate {
        group,
        key: RowKey { format, columns },
        moves: asked.moves,
        calls,
        window: aggregation.window.as_ref().map(|window| windowing(window, aggregation.last_only)),
        late: late(aggregation, scope),
        ttl: aggregation.ttl,
        at_end: false,
        pseudo,
        before: asked.demand.before || aggregation.having.is_some(),
        rows: after.rows(),
    })));
    if let Some(condition) = &aggregation.having {
        let predicate = Compiler::new(&after, Clause::Having, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    Some(after)
}

/// Where the columns of late rows stand in that scope, all of which were asked of the source.
fn late(aggregation: &Aggregation, scope: &Scope) -> Option<Box<Late>> {
    let sink = aggregation.late.as_ref()?;
    let place = |column: &Column| scope.columns().iter().position(|(name, _)| *name == column.name);
    let columns = sink.schema.columns().iter().map(place).collect::<Option<Vec<usize>>>()?;
    Some(Box::new(Late { columns, sink: sink.clone() }))
}

/// A call over rows of that scope.
fn call(
    analysed: &Analysed,
    name: String,
    taken_back: bool,
    scope: &Scope,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<AggregateCall> {
    let mut compiled = Vec::with_capacity(analysed.args.len());
    for arg in &analysed.args {
        compiled.push(Compiler::new(scope, Clause::Select, findings).compile(arg)?);
    }
    let filter = match &analysed.filter {
        Some(condition) => Some(Compiler::new(scope, Clause::Select, findings).predicate(condition)?.expr),
        None => None,
    };
    let mut refuse = |message: String| findings.push(Diagnostic::at(analysed.expr.span, message));
    let types: Vec<_> = compiled.iter().map(|typed| typed.ty.clone()).collect();
    let function = match overload(analysed.function, analysed.distinct, &types) {
        Ok(function) => ResolvedAggregate { taken_back, ..function },
        Err(error) => {
            refuse(error.to_string());
            return None;
        }
    };
    let inputs = analysed.args.len().saturating_sub(function.overload.constants.len());
    let (args, constants) = analysed.args.split_at(inputs);
    let constants = constants.iter().map(constant).collect::<Option<Vec<Constant>>>()?;
    let typed = compiled.into_iter().zip(&function.params).take(args.len());
    let args = typed.map(|(typed, ty)| if typed.ty.is_some() { typed.expr } else { Typed::null_of(ty).expr }).collect();
    let call = AggregateCall {
        column: Column { name, ty: analysed.ty.clone(), role: Role::Value },
        args,
        filter,
        sql: analysed.expr.to_string(),
        function: Arc::new(function),
        constants,
        limits: settings.limits,
    };
    match call.state() {
        Ok(_) => Some(call),
        Err(Error::User(message) | Error::Data(message) | Error::Fatal(message)) => {
            refuse(message);
            None
        }
    }
}

/// The value of a constant argument; resolving lets no other types through.
fn constant(expr: &Expr) -> Option<Constant> {
    Some(match &expr.kind {
        ExprKind::Boolean(value) => Constant::Boolean(*value),
        ExprKind::Integer(value) => Constant::Integer(*value),
        ExprKind::Null => Constant::Null,
        ExprKind::Decimal(digits) => Constant::Number(digits.as_str().into()),
        ExprKind::Double(number) => Constant::Number(number.to_string().into()),
        ExprKind::String(text) => Constant::Text(text.as_str().into()),
        ExprKind::Sign { negative, expr } => match constant(expr)? {
            Constant::Integer(value) if *negative => Constant::Integer(value.checked_neg()?),
            Constant::Number(digits) if *negative => Constant::Number(format!("-{digits}").into()),
            other => other,
        },
        _ => return None,
    })
}

/// What is asked of the groups that nothing computes: their time, the bounds of their windows.
fn pseudo(asked: &Asked<'_>, group: &[KeyPart]) -> Vec<PseudoColumn> {
    let mut all = asked.pseudo.clone();
    for output in asked.outputs {
        for_each(&output.expr, |part| {
            if let ExprKind::Column { source: None, name } = &part.kind
                && !group.iter().any(|g| same(&g.expr, part))
            {
                all.extend(PseudoColumn::find(&name.value).filter(|p| p.is_bound()));
            }
        });
    }
    all.into_iter().collect()
}

/// How long after their start the windows of a query's result are kept, ms; `None`: it makes no windows.
pub(in crate::statement) fn retention_ms(query: &Query) -> Option<i64> {
    query.window.as_ref().map(|window| windowing(window, query.emit == Emit::Final).retention)
}

/// A window with what it leaves open filled in.
fn windowing(window: &Window, last_only: bool) -> Windowing {
    let ms = |d: Duration| i64::try_from(d.millis()).unwrap_or(i64::MAX);
    let (kind, size) = match window.kind {
        Written::Tumbling { size } => (WindowKind::Time { size: ms(size), advance: ms(size) }, ms(size)),
        Written::Hopping { size, advance } => (WindowKind::Time { size: ms(size), advance: ms(advance) }, ms(size)),
        Written::Session { gap } => (WindowKind::Session { gap: ms(gap) }, ms(gap)),
    };
    let day = i64::try_from(DAY_MS).unwrap_or(i64::MAX);
    let grace = match window.grace {
        Some(grace) => ms(grace),
        // Final results wait for nobody that they are not told to wait for.
        None if last_only => 0,
        None => day.saturating_sub(size).max(0),
    };
    let retention = window.retention.map_or(0, ms).max(size.saturating_add(grace));
    Windowing { kind, grace, retention, last_only }
}
