//! `SELECT` without FROM, an extension: one row of constants, computed when the statement is planned. UNION ALL adds
//! further ones.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use datafusion_common::DataFusionError;
use datafusion_physical_expr::PhysicalExpr;
use millstream_functions::coercion::implicitly_castable;
use millstream_sql::ast::{Emit, Expr, ExprKind, Query, SelectItem};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Role, arrow_field};

use super::analysis::Purpose;
use super::inputs::Inputs;
use super::items::{self, Item, Named};
use super::names::Names;
use super::resolve::Resolver;
use super::{aggregation, table_functions, union};
use crate::Settings;
use crate::expr::{Clause, Compiler, Scope, now};

/// The columns and rows of a query without FROM, LIMIT applied; `None` with findings when something is wrong.
pub(in crate::statement) fn constant(
    query: &Query,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Vec<Column>, RecordBatch)> {
    let (columns, first) = row(query, None, settings, findings)?;
    let mut batches = vec![first];
    for next in &query.union_all {
        if next.from.is_some() {
            let message = "UNION ALL takes queries that all have a FROM clause, or none of them.";
            findings.push(Diagnostic::at(next.span, message));
        } else {
            batches.extend(row(next, Some(&columns), settings, findings).map(|(_, rows)| rows));
        }
    }
    let all = concat_batches(&batches.first()?.schema(), &batches);
    let all = all.map_err(|error| findings.push(failed(query.span, &error.into()))).ok()?;
    let limit = query.limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    Some((columns, all.slice(0, all.num_rows().min(limit))))
}

/// One row of constants. `like`: the columns that it must have.
fn row(
    query: &Query,
    like: Option<&[Column]>,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Vec<Column>, RecordBatch)> {
    let before = findings.len();
    refuse_clauses(query, findings);
    let inputs = Inputs(Vec::new());
    let resolver =
        Resolver { inputs: &inputs, merged: &[], free: now::NAMES.map(str::to_owned).to_vec(), aliases: Vec::new() };
    let scope = Scope::of(std::iter::empty()).read_as(settings.reading());
    let mut names = Names::new(&inputs);
    let items = items::items(&query.items, Purpose::Pull, &resolver, &scope, &mut names, findings);
    let named: Vec<Named> = items.into_iter().filter_map(expression).collect();
    if named.iter().fold(false, |any, n| any | refuse_calls(&n.expr, findings)) {
        return None;
    }
    if let Some(like) = like.filter(|like| like.len() != named.len()) {
        findings.push(union::uneven(like.len(), named.len(), query.span));
    }
    let (mut columns, mut arrays): (Vec<Column>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (i, named) in named.into_iter().enumerate() {
        let Some((column, array)) = column(named, like.and_then(|l| l.get(i)), &scope, findings) else { continue };
        if columns.iter().any(|c| c.name == column.name) {
            let message = format!("Duplicate value columns found in schema: `{}` {}", column.name, column.ty);
            findings.push(Diagnostic::at(query.span, message).hint("Give one of them an alias."));
        }
        columns.push(column);
        arrays.push(array);
    }
    if findings.len() > before {
        return None;
    }
    let fields: Vec<_> = columns.iter().map(|c| arrow_field(&c.name, &c.ty)).collect();
    let row = batch(Arc::new(ArrowSchema::new(fields)), arrays, query.span, findings)?;
    Some((columns, row))
}

/// A column with its value; of the name and type of `like`, if there is such.
fn column(
    Named { name, expr, span, .. }: Named,
    like: Option<&Column>,
    scope: &Scope,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Column, ArrayRef)> {
    let mut typed = Compiler::new(scope, Clause::Select, findings).compile(&expr)?;
    if let Some(wanted) = like.filter(|wanted| typed.ty.as_ref() != Some(&wanted.ty)) {
        if let Some(ty) = typed.ty.filter(|ty| !implicitly_castable(ty, &wanted.ty)) {
            findings.push(union::unfit(&name, &ty, &wanted.ty, span));
            return None;
        }
        let cast = Expr { kind: ExprKind::Cast { expr: Box::new(expr), ty: wanted.ty.clone() }, span };
        typed = Compiler::new(scope, Clause::Select, findings).compile(&cast)?;
    }
    let Some(ty) = typed.ty else {
        findings.push(super::untyped(span));
        return None;
    };
    let array = evaluate(&*typed.expr, span, findings)?;
    Some((Column { name: like.map_or(name, |like| like.name.clone()), ty, role: Role::Value }, array))
}

/// Says what makes no sense without a source.
fn refuse_clauses(query: &Query, findings: &mut Vec<Diagnostic>) {
    let star = query.items.iter().find_map(|item| match item {
        SelectItem::Wildcard { span, source: None } => Some(*span),
        _ => None,
    });
    for (there, what) in [
        (star, "SELECT *"),
        (query.window.as_ref().map(|w| w.span), "WINDOW"),
        (query.filter.as_ref().map(|f| f.span), "WHERE"),
        (query.group_by.as_ref().map(|_| query.span), "GROUP BY"),
        (query.partition_by.as_ref().map(|_| query.span), "PARTITION BY"),
        (query.having.as_ref().map(|h| h.span), "HAVING"),
        (query.order_by.first().map(|item| item.expr.span), "ORDER BY"),
        ((query.emit != Emit::None).then_some(query.span), "EMIT"),
        (query.offset.map(|_| query.span), "OFFSET"),
    ] {
        findings.extend(there.map(|span| Diagnostic::at(span, format!("{what} needs a FROM clause."))));
    }
}

fn refuse_calls(expr: &Expr, findings: &mut Vec<Diagnostic>) -> bool {
    let before = findings.len();
    let mut refuse = |name: &str, span: Span, what: &str| {
        findings.push(Diagnostic::at(span, format!("{name} is {what}: it needs a FROM clause.")));
    };
    crate::expr::for_each(expr, |part| {
        if let Some(function) = aggregation::function(part) {
            refuse(function.name, part.span, "an aggregate function");
        } else if let Some(function) = table_functions::function(part) {
            refuse(function.name, part.span, "a table function");
        }
    });
    findings.len() > before
}

fn expression(item: Item) -> Option<Named> {
    match item {
        Item::Expr(named) => Some(*named),
        // Told already.
        Item::Star { .. } => None,
    }
}

fn evaluate(expr: &dyn PhysicalExpr, span: Span, findings: &mut Vec<Diagnostic>) -> Option<ArrayRef> {
    let nothing = batch(Arc::new(ArrowSchema::empty()), Vec::new(), span, findings)?;
    let evaluated = expr.evaluate(&nothing).and_then(|value| value.into_array(1));
    evaluated.map_err(|error| findings.push(failed(span, &error))).ok()
}

/// One row.
fn batch(schema: SchemaRef, arrays: Vec<ArrayRef>, span: Span, findings: &mut Vec<Diagnostic>) -> Option<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let made = RecordBatch::try_new_with_options(schema, arrays, &options);
    made.map_err(|error| findings.push(failed(span, &error.into()))).ok()
}

fn failed(span: Span, error: &DataFusionError) -> Diagnostic {
    Diagnostic::at(span, crate::reason(error))
}
