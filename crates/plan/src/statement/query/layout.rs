//! An analysed query as stages: which columns are decoded, which steps follow, all expressions compiled.
//!
//! A sub-query is not a stage of its own: its steps come before those of the query that reads it, with a projection
//! between them.

mod aggregate;
mod join;
mod rank;
mod rest;

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, FormatSpec, Role, arrow_field};

use super::analysis::{Analysis, KeyPart, Output, Partition, branches};
use super::inputs::Input;
use super::rows::Part;
use super::table_functions::TableCall;
use crate::Settings;
use crate::expr::same::same;
use crate::expr::{Clause, Compiler, Scope, for_each};
use crate::topology::{
    Branch, Projection, PseudoColumn, RowKey, SinkNode, SourceNode, Stage, Step, Topology, Unnesting,
};

pub(in crate::statement) use aggregate::retention_ms;

/// The topology of a query; `None` with findings when it cannot be run.
pub(in crate::statement) fn topology(
    analysis: &Analysis,
    sink: Option<SinkNode>,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Topology> {
    if !findings.is_empty() {
        return None;
    }
    let branches = branches(analysis);
    let mut stages = Vec::with_capacity(branches.len());
    for analysis in &branches {
        let wanted = Wanted { outputs: (0..analysis.outputs.len()).collect(), pseudo: BTreeSet::new() };
        let demand = Demand { keyed: sink.is_some(), key_format: sink.as_ref().map(|s| s.key_format), before: false };
        let Laid { source, steps, .. } = lay(analysis, &wanted, demand, settings, findings)?;
        stages.push(Stage { source, steps, sink: sink.clone() });
    }
    Some(Topology { stages })
}

/// What is asked of a query: some of its outputs, and pseudo columns of its rows behind them.
#[derive(Debug, Default)]
struct Wanted {
    outputs: BTreeSet<usize>,
    pseudo: BTreeSet<PseudoColumn>,
}

/// What is asked of the rows of a result besides their columns.
#[derive(Debug, Clone, Copy)]
struct Demand {
    /// Whether they have a key.
    keyed: bool,
    /// How it is written, if it is.
    key_format: Option<FormatSpec>,
    /// Whether it is asked what the rows of a table were before a change.
    before: bool,
}

/// Rows on their way: where they come from, what has happened to them, and the columns that they have now.
struct Laid {
    source: SourceNode,
    steps: Vec<Step>,
    scope: Scope,
}

/// The steps of one query, sub-queries included, up to its projection.
fn lay(
    analysis: &Analysis,
    wanted: &Wanted,
    demand: Demand,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Laid> {
    let outputs: Vec<&Output> = wanted.outputs.iter().filter_map(|i| analysis.outputs.get(*i)).collect();
    let mut used = used(analysis, &outputs);
    // Groups have pseudo columns of their own.
    let pseudo = if analysis.aggregation.is_none() { wanted.pseudo.clone() } else { BTreeSet::new() };
    // A row that no longer passes is deleted if it did before; one that changes is taken back from its group.
    let ranks = analysis.rank.is_some();
    let before = demand.before || analysis.filter.is_some() || analysis.aggregation.is_some() || ranks;
    let keyed: Vec<Output> = keyed_outputs(analysis, &outputs);
    let outputs: Vec<&Output> = if keyed.is_empty() { outputs } else { keyed.iter().collect() };
    let Laid { source, mut steps, mut scope } = if analysis.inputs.is_join() {
        let synthetic = analysis.rows.columns.iter().find(|c| c.part == Part::JoinKey).map(|c| c.name.clone());
        let shows_key = !keyed.is_empty() || analysis.joins.iter().any(|join| join.late.is_some());
        let asked = join::Asked { inputs: used, pseudo, synthetic, keyed: shows_key, before };
        join::front(analysis, asked, settings, findings)?
    } else {
        let input = analysis.inputs.first()?;
        let mut used = used.pop()?;
        used.pseudo.extend(&pseudo);
        match &input.derived {
            Some(inner) => derived(inner, &used, Demand { key_format: None, before, ..demand }, settings, findings)?,
            None => read(input, used, before, settings),
        }
    };
    if let Some(condition) = &analysis.filter {
        let predicate = Compiler::new(&scope, Clause::Where, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    if !analysis.table_calls.is_empty() {
        steps.push(flat_map(&analysis.table_calls, &mut scope, findings)?);
    }
    if let Some(aggregation) = &analysis.aggregation {
        let moves = moves(&aggregation.group, analysis);
        // A ranking has a key of its own.
        let key_format = demand.key_format.filter(|_| !ranks);
        let demand = Demand { before: demand.before || ranks, key_format, ..demand };
        let asked = aggregate::Asked { outputs: &outputs, pseudo: &wanted.pseudo, demand, moves };
        scope = aggregate::steps(aggregation, &asked, &scope, settings, &mut steps, findings)?;
    }
    if let Some(ranking) = &analysis.rank {
        let moves = analysis.aggregation.is_some() || moves(&ranking.partition, analysis);
        let asked = rank::Asked { pseudo: &wanted.pseudo, moves, before: demand.before };
        rank::steps(ranking, &asked, &mut scope, &mut steps, findings)?;
    }
    if let Some(partition) = analysis.partition.as_ref().filter(|_| demand.keyed && analysis.rekeyed) {
        steps.push(rekey(partition));
    }
    let (step, scope) = project(&outputs, &wanted.pseudo, &scope, settings, findings)?;
    steps.push(step);
    Some(Laid { source, steps, scope })
}

/// Whether rows of one group may stand in several partitions of what is read: unless they are grouped by the whole key of a
/// topic.
fn moves(group: &[KeyPart], analysis: &Analysis) -> bool {
    let Some(input) = analysis.inputs.first().filter(|_| !analysis.inputs.is_join()) else { return true };
    let keys = input.source.schema.keys();
    let same = |(part, key): (&KeyPart, &Column)| matches!(&part.expr.kind, ExprKind::Column { source: None, name } if name.value == key.name);
    let by_key = !keys.is_empty() && group.len() == keys.len() && group.iter().zip(keys).all(same);
    !by_key || input.derived.is_some() || input.source.key_window.is_some()
}

/// The steps of a sub-query; where that is several queries by UNION ALL, those of the first, and then the others come in.
fn derived(
    analysis: &Analysis,
    wanted: &Wanted,
    demand: Demand,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Laid> {
    let all = branches(analysis);
    let (first, others) = all.split_first()?;
    let mut laid = lay(first, wanted, demand, settings, findings)?;
    let mut branches = Vec::with_capacity(others.len());
    for other in others {
        let Laid { source, steps, .. } = lay(other, wanted, demand, settings, findings)?;
        branches.push(Branch { source, steps });
    }
    if !branches.is_empty() {
        laid.steps.push(Step::Union { branches });
    }
    Some(laid)
}

/// The outputs where one of them is the key of joined rows, which is taken from it; else nothing.
fn keyed_outputs(analysis: &Analysis, outputs: &[&Output]) -> Vec<Output> {
    if analysis.aggregation.is_some() || analysis.rank.is_some() || analysis.rekeyed {
        return Vec::new();
    }
    let Some(column) = join::key_column(analysis) else { return Vec::new() };
    if !outputs.iter().any(|o| same(&o.expr, &column)) {
        return Vec::new();
    }
    outputs.iter().map(|output| join::keyed_output(output, &column)).collect()
}

/// The columns of its sources that a query uses for those outputs, source by source.
fn used(analysis: &Analysis, outputs: &[&Output]) -> Vec<Wanted> {
    let mut used: Vec<Wanted> = analysis.inputs.0.iter().map(|_| Wanted::default()).collect();
    let calls = analysis.table_calls.iter().map(|c| &c.expr);
    let aggregation = analysis.aggregation.as_ref();
    let grouped = aggregation.into_iter().flat_map(|a| a.group.iter().map(|part| &part.expr));
    let aggregated =
        aggregation.into_iter().flat_map(|a| a.calls.iter().flat_map(|call| call.args.iter().chain(&call.filter)));
    let sides: Vec<Expr> = join::sides(analysis);
    let ranked = analysis.rank.iter().flat_map(|r| std::iter::once(&r.call).chain(&r.qualify));
    if let (Some(late), Some(wanted)) = (aggregation.and_then(|a| a.late.as_ref()), used.first_mut()) {
        let names = late.schema.columns().iter().map(|column| column.name.as_str());
        let schema = analysis.inputs.first().map(|input| &input.source.schema);
        wanted.outputs.extend(names.filter_map(|name| Some(schema?.find(name)?.0)));
    }
    if analysis.joins.iter().any(|join| join.late.is_some()) {
        for (wanted, input) in used.iter_mut().zip(&analysis.inputs.0) {
            let columns = input.source.schema.columns().iter().enumerate();
            wanted.outputs.extend(columns.filter(|(_, column)| column.role.is_stored()).map(|(at, _)| at));
        }
    }
    let exprs = analysis.filter.iter().chain(ranked).chain(calls).chain(grouped).chain(aggregated).chain(&sides);
    for expr in exprs.chain(outputs.iter().map(|o| &o.expr)) {
        for_each(expr, |part| {
            let ExprKind::Column { source: None, name } = &part.kind else { return };
            // No such column: the parameter of a lambda.
            let Some(column) = analysis.rows.columns.iter().find(|c| c.name == name.value) else { return };
            let Some(wanted) = used.get_mut(column.input) else { return };
            match column.part {
                Part::Declared(index) => drop(wanted.outputs.insert(index)),
                Part::Pseudo(column) => drop(wanted.pseudo.insert(column)),
                Part::JoinKey => {}
            }
        });
    }
    used
}

/// How a source of the catalog is read: the columns that are used, and the one that gives event time. `before`: whether it
/// is asked what the rows of a table were before a change.
fn read(input: &Input, used: Wanted, before: bool, settings: &Settings) -> Laid {
    let source = &input.source;
    let ttl = source.ttl.filter(|_| input.is_table() && source.reads.is_empty());
    let remember = input.is_table() && before;
    let Wanted { outputs: mut declared, pseudo } = used;
    if remember || ttl.is_some() {
        declared.extend(0..source.schema.key_count());
    }
    let node = SourceNode::of(source, declared, &pseudo, settings.strict_time);
    let columns = node.used.iter().filter_map(|i| source.schema.columns().get(*i));
    let columns = columns.map(|c| (c.name.clone(), c.ty.clone()));
    let columns = columns.chain(pseudo.iter().map(|p| (p.name().to_owned(), p.ty())));
    let scope = Scope::of(columns).read_as(settings.reading());
    let key = || RowKey { format: source.key_format, columns: source.schema.keys().to_vec() };
    // What deletes rows knows what they were, too.
    let table = input.is_table().then(|| Step::Table { remember: (remember && ttl.is_none()).then(key) });
    let expire = ttl.map(|ttl| Step::Expire { key: key(), ttl, before });
    Laid { source: node, steps: table.into_iter().chain(expire).collect(), scope }
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

fn rekey(partition: &Partition) -> Step {
    let sql: Vec<String> = partition.parts().iter().map(|p| p.expr.to_string()).collect();
    Step::Rekey { sql: if sql.is_empty() { "NULL".into() } else { sql.join(", ") } }
}

/// The step that computes the outputs, and pseudo columns behind them for whoever reads the result; its scope.
fn project(
    outputs: &[&Output],
    pseudo: &BTreeSet<PseudoColumn>,
    scope: &Scope,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Step, Scope)> {
    let mut columns = Vec::with_capacity(outputs.len() + pseudo.len());
    let mut add = |column: Column, expr: &Expr| {
        let typed = Compiler::new(scope, Clause::Select, findings).compile(expr)?;
        columns.push(Projection { column, expr: typed.expr, sql: expr.to_string() });
        Some(())
    };
    for output in outputs {
        let column = Column { name: output.name.clone(), ty: output.ty.clone(), role: output.role.clone() };
        add(column, &output.expr)?;
    }
    for pseudo in pseudo {
        let column = Column { name: pseudo.name().to_owned(), ty: pseudo.ty(), role: Role::Value };
        add(column, &super::column(pseudo.name(), Span::default()))?;
    }
    let fields: Vec<_> = columns.iter().map(|p| arrow_field(&p.column.name, &p.column.ty)).collect();
    let after = Scope::of(columns.iter().map(|p| (p.column.name.clone(), p.column.ty.clone())));
    let step = Step::Project { columns, rows: Arc::new(arrow::datatypes::Schema::new(fields)) };
    Some((step, after.read_as(settings.reading())))
}
