//! What a query uses that ksqlDB's language, our own extensions included, does not have.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement, Visit as _, Visitor,
};

/// Whether a query joins, asks sub-queries in expressions, looks through windows of rows, leaves out what is there twice,
/// combines sets other than by UNION ALL, or calls aggregate functions that only DataFusion has.
pub(crate) fn is_beyond(query: &Query) -> bool {
    query.visit(&mut Beyond).is_break()
}

/// Whether something in a query would change anything.
pub(crate) fn writes(query: &Query) -> bool {
    query.visit(&mut Writes).is_break()
}

/// The names of all common tables of a query, those of sub-queries included.
pub(crate) fn common_tables(query: &Query) -> BTreeSet<String> {
    let mut names = Names(BTreeSet::new());
    let _ = query.visit(&mut names);
    names.0
}

struct Names(BTreeSet<String>);

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.extend(tables.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }
}

struct Beyond;

fn broken(found: bool) -> ControlFlow<()> {
    if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl Visitor for Beyond {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        broken(combines(&query.body))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let joined = select.from.len() > 1 || select.from.iter().any(|from| !from.joins.is_empty());
        broken(joined || select.distinct.is_some() || select.qualify.is_some() || !select.named_window.is_empty())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        broken(match expr {
            Expr::Subquery(_)
            | Expr::InSubquery { .. }
            | Expr::Exists { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. } => true,
            Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_) => true,
            Expr::Function(call) => call.over.is_some() || call.filter.is_some() || is_foreign_aggregate(call),
            _ => false,
        })
    }
}

/// Whether a body is a set of anything but UNION ALL.
fn combines(body: &SetExpr) -> bool {
    match body {
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let all = *op == SetOperator::Union && *set_quantifier == SetQuantifier::All;
            !all || combines(left) || combines(right)
        }
        _ => false,
    }
}

/// Whether an aggregate function is called that ksqlDB does not know.
fn is_foreign_aggregate(call: &Function) -> bool {
    let name = call.name.to_string();
    let known = millstream_functions::find(&name).is_some() || millstream_functions::find_aggregate(&name).is_some();
    !known && crate::functions::Functions::all().aggregate(&name.to_lowercase()).is_some()
}

struct Writes;

impl Visitor for Writes {
    type Break = ();

    fn pre_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        broken(select.into.is_some())
    }
}
