//! An analysed query as stages: which columns are decoded, which steps follow, all expressions compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Role, arrow_field};

use super::analysis::{Analysis, Output};
use super::rows::Part;
use super::table_functions::TableCall;
use crate::Settings;
use crate::expr::{Clause, Compiler, Scope, for_each};
use crate::topology::{Projection, PseudoColumn, SinkNode, SourceNode, Stage, Step, TimeColumn, Topology, Unnesting};

/// The topology of a query; `None` with findings when it cannot be run.
pub(in crate::statement) fn topology(
    analysis: &Analysis<'_>,
    sink: Option<SinkNode>,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Topology> {
    if let Some((span, what)) = unsupported(analysis) {
        findings.push(Diagnostic::at(span, format!("{what} is not supported yet.")));
        return None;
    }
    if !findings.is_empty() {
        return None;
    }
    let (source, mut scope) = source(analysis, settings)?;
    let mut steps = Vec::new();
    if let Some(condition) = &analysis.filter {
        let predicate = Compiler::new(&scope, Clause::Where, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    if !analysis.table_calls.is_empty() {
        steps.push(flat_map(&analysis.table_calls, &mut scope, findings)?);
    }
    if let Some(partition) = analysis.partition.as_ref().filter(|_| analysis.rekeyed && sink.is_some()) {
        let sql: Vec<String> = partition.parts().iter().map(|p| p.expr.to_string()).collect();
        steps.push(Step::Rekey { sql: if sql.is_empty() { "NULL".into() } else { sql.join(", ") } });
    }
    steps.push(project(&analysis.outputs, &scope, findings)?);
    Some(Topology { stages: vec![Stage { source, steps, sink }] })
}

/// The first construct whose execution is not there yet.
fn unsupported(analysis: &Analysis<'_>) -> Option<(Span, &'static str)> {
    let join = analysis.joins.first().map(|j| (j.span, "JOIN"));
    let aggregation = analysis.aggregation.as_ref().map(|a| (a.span, "GROUP BY"));
    let table = analysis.inputs.0.iter().find(|i| i.is_table()).map(|i| (i.span, "Reading a table"));
    join.or(aggregation).or(table)
}

/// The step that makes rows of rows; the scope afterwards has their columns.
fn flat_map(calls: &[TableCall], scope: &mut Scope, findings: &mut Vec<Diagnostic>) -> Option<Step> {
    let mut lists = Vec::with_capacity(calls.len());
    for call in calls {
        let ExprKind::Call { args, .. } = &call.expr.kind else { return None };
        let list = Compiler::new(scope, Clause::Select, findings).table_call(call.expr.span, call.function, args)?;
        let column = Column { name: call.column.clone(), ty: call.ty.clone(), role: Role::Value };
        lists.push(Unnesting { column, expr: list.expr, sql: call.expr.to_string() });
    }
    for call in calls {
        scope.push_computed(call.expr.clone(), call.column.clone(), call.ty.clone());
    }
    Some(Step::FlatMap { lists, rows: scope.rows() })
}

/// How the only source is read, and the scope of what is read: the columns that the query uses, and the one that gives
/// event time.
fn source(analysis: &Analysis<'_>, settings: &Settings) -> Option<(SourceNode, Scope)> {
    let source = analysis.inputs.first()?.source;
    let time = source.timestamp.as_ref().and_then(|t| Some((t, source.schema.find(&t.column)?.0)));
    let mut used: BTreeSet<usize> = time.iter().map(|(_, index)| *index).collect();
    let mut pseudo = BTreeSet::new();
    let calls = analysis.table_calls.iter().map(|c| &c.expr);
    for expr in analysis.filter.iter().chain(calls).chain(analysis.outputs.iter().map(|o| &o.expr)) {
        for_each(expr, |part| {
            let ExprKind::Column { source: None, name } = &part.kind else { return };
            match analysis.rows.columns.iter().find(|c| c.name == name.value).map(|c| c.part) {
                Some(Part::Declared(index)) => {
                    used.insert(index);
                }
                Some(Part::Pseudo(column)) => {
                    pseudo.extend(PseudoColumn::ALL.iter().position(|p| *p == column));
                }
                // The parameter of a lambda; joins are not laid out yet.
                Some(Part::JoinKey) | None => {}
            }
        });
    }
    let used: Vec<usize> = used.into_iter().collect();
    let pseudo: Vec<PseudoColumn> = pseudo.into_iter().filter_map(|i| PseudoColumn::ALL.get(i).copied()).collect();
    let declared = used.iter().filter_map(|i| source.schema.columns().get(*i));
    let declared = declared.map(|c| (c.name.clone(), c.ty.clone()));
    let scope = Scope::of(declared.chain(pseudo.iter().map(|p| (p.name().to_owned(), p.ty()))));
    let scope = scope.read_as(settings.dialect);
    let node = SourceNode {
        topic: source.topic.clone(),
        key_format: source.key_format,
        value_format: source.value_format,
        window: source.key_window,
        schema: source.schema.clone(),
        timestamp: time
            .and_then(|(t, index)| Some(TimeColumn::new(used.iter().position(|u| *u == index)?, t, settings))),
        used,
        pseudo,
        rows: scope.rows(),
    };
    Some((node, scope))
}

/// The step that computes the outputs.
fn project(outputs: &[Output], scope: &Scope, findings: &mut Vec<Diagnostic>) -> Option<Step> {
    let mut columns = Vec::with_capacity(outputs.len());
    for output in outputs {
        let typed = Compiler::new(scope, Clause::Select, findings).compile(&output.expr)?;
        let column = Column { name: output.name.clone(), ty: output.ty.clone(), role: output.role.clone() };
        columns.push(Projection { column, expr: typed.expr, sql: sql(&output.expr) });
    }
    let fields: Vec<_> = columns.iter().map(|p| arrow_field(&p.column.name, &p.column.ty)).collect();
    Some(Step::Project { columns, rows: Arc::new(arrow::datatypes::Schema::new(fields)) })
}

fn sql(expr: &Expr) -> String {
    expr.to_string()
}
