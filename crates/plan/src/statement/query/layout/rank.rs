//! ROW_NUMBER as steps: the first rows of partitions, then QUALIFY.

use std::collections::BTreeSet;

use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

use super::super::rank::{COLUMN, Ranking};
use crate::expr::{Clause, Compiler, Scope};
use crate::topology::{Projection, PseudoColumn, Rank, RankedBy, RowKey, Step};

/// What is asked of a ranking.
pub(super) struct Asked<'s> {
    /// The pseudo columns of its rows.
    pub(super) pseudo: &'s BTreeSet<PseudoColumn>,
    /// Whether rows of one partition may come from several partitions of what is read.
    pub(super) moves: bool,
    /// Whether it is asked what rows were.
    pub(super) before: bool,
}

/// Appends the steps of a ranking over rows of that scope, which then has the numbers, too.
pub(super) fn steps(
    ranking: &Ranking,
    asked: &Asked<'_>,
    scope: &mut Scope,
    steps: &mut Vec<Step>,
    findings: &mut Vec<Diagnostic>,
) -> Option<()> {
    if ranking.distinct {
        narrow(ranking, asked.pseudo, scope, steps, findings)?;
    }
    let mut partition = Vec::with_capacity(ranking.partition.len());
    for part in &ranking.partition {
        let typed = Compiler::new(scope, Clause::PartitionBy, findings).compile(&part.expr)?;
        let column = Column { name: part.name.clone(), ty: part.ty.clone(), role: Role::Key };
        partition.push(Projection { column, expr: typed.expr, sql: part.expr.to_string() });
    }
    let mut order = Vec::with_capacity(ranking.order.len());
    for item in &ranking.order {
        let typed = Compiler::new(scope, Clause::Select, findings).compile(&item.expr)?;
        order.push(RankedBy {
            expr: typed.expr,
            descending: item.descending,
            nulls_first: item.nulls_first.unwrap_or(item.descending),
            sql: item.expr.to_string(),
        });
    }
    scope.push_computed(ranking.call.clone(), COLUMN.to_owned(), SqlType::Bigint);
    let columns: Vec<Column> = partition.iter().map(|part| part.column.clone()).collect();
    steps.push(Step::Rank(Box::new(Rank {
        partition,
        key: RowKey { format: FormatSpec::key(Format::Json, columns.len()), columns },
        moves: asked.moves,
        order,
        limit: ranking.limit,
        before: asked.before || ranking.qualify.is_some(),
        sql: ranking.call.to_string(),
        rows: scope.rows(),
    })));
    if let Some(condition) = &ranking.qualify {
        let predicate = Compiler::new(scope, Clause::Where, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    Some(())
}

/// Leaves of rows what tells them apart, so that equal ones are equal as a whole.
fn narrow(
    ranking: &Ranking,
    pseudo: &BTreeSet<PseudoColumn>,
    scope: &mut Scope,
    steps: &mut Vec<Step>,
    findings: &mut Vec<Diagnostic>,
) -> Option<()> {
    let mut after = Scope::of([]).read_as(scope.reading);
    let mut columns = Vec::with_capacity(ranking.partition.len() + pseudo.len());
    for part in &ranking.partition {
        let typed = Compiler::new(scope, Clause::Select, findings).compile(&part.expr)?;
        let column = Column { name: part.name.clone(), ty: part.ty.clone(), role: Role::Value };
        columns.push(Projection { column, expr: typed.expr, sql: part.expr.to_string() });
        after.push_computed(part.expr.clone(), part.name.clone(), part.ty.clone());
    }
    for pseudo in pseudo {
        let expr = super::super::column(pseudo.name(), Span::default());
        let typed = Compiler::new(scope, Clause::Select, findings).compile(&expr)?;
        let column = Column { name: pseudo.name().to_owned(), ty: pseudo.ty(), role: Role::Value };
        columns.push(Projection { column, expr: typed.expr, sql: expr.to_string() });
        after.push(pseudo.name().to_owned(), pseudo.ty());
    }
    steps.push(Step::Project { columns, rows: after.rows() });
    *scope = after;
    Some(())
}
