//! An analysed query as stages: which columns are decoded, which steps follow, all expressions compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, ExprKind};
use millstream_types::{Column, arrow_field};

use super::analysis::{Analysis, Output};
use super::rows::Part;
use crate::Settings;
use crate::expr::{Clause, Compiler, Scope, for_each};
use crate::topology::{Projection, PseudoColumn, SinkNode, SourceNode, Stage, Step, TimeColumn, Topology};

/// The topology of a query; `None` with findings when it cannot be run.
pub(in crate::statement) fn topology(
    analysis: &Analysis<'_>,
    sink: Option<SinkNode>,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Topology> {
    if let Some((span, what)) = analysis.unsupported {
        findings.push(Diagnostic::at(span, format!("{what} is not supported yet.")));
        return None;
    }
    let (source, scope) = source(analysis, settings)?;
    let mut steps = Vec::new();
    if let Some(condition) = &analysis.filter {
        let predicate = Compiler::new(&scope, Clause::Where, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    steps.push(project(&analysis.outputs, &scope, findings)?);
    Some(Topology { stages: vec![Stage { source, steps, sink }] })
}

/// How the only source is read, and the scope of what is read: the columns that the query uses, and the one that gives
/// event time.
fn source(analysis: &Analysis<'_>, settings: &Settings) -> Option<(SourceNode, Scope)> {
    let source = analysis.inputs.first()?.source;
    let time = source.timestamp.as_ref().and_then(|t| source.schema.find(&t.column)).map(|(index, _)| index);
    let mut used: BTreeSet<usize> = time.into_iter().collect();
    let mut pseudo = BTreeSet::new();
    for expr in analysis.filter.iter().chain(analysis.outputs.iter().map(|o| &o.expr)) {
        for_each(expr, |part| {
            let ExprKind::Column { source: None, name } = &part.kind else { return };
            match analysis.rows.0.iter().find(|c| c.name == name.value).map(|c| c.part) {
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
    let node = SourceNode {
        topic: source.topic.clone(),
        key_format: source.key_format,
        value_format: source.value_format,
        schema: source.schema.clone(),
        timestamp: time
            .and_then(|index| used.iter().position(|u| *u == index))
            .map(|position| TimeColumn { position, strict: settings.strict_time }),
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
