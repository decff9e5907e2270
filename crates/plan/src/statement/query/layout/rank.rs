//! ROW_NUMBER as steps: the first rows of partitions, then QUALIFY.

use millstream_sql::Diagnostic;
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

use super::super::rank::{COLUMN, Ranking};
use crate::expr::{Clause, Compiler, Scope};
use crate::topology::{Projection, Rank, RankedBy, RowKey, Step};

/// Appends the steps of a ranking over rows of that scope, which then has the numbers, too. `moves`: rows of one partition
/// may come from several partitions of what is read; `before`: it is asked what rows were.
pub(super) fn steps(
    ranking: &Ranking,
    moves: bool,
    before: bool,
    scope: &mut Scope,
    steps: &mut Vec<Step>,
    findings: &mut Vec<Diagnostic>,
) -> Option<()> {
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
        moves,
        order,
        limit: ranking.limit,
        at_end: false,
        before: before || ranking.qualify.is_some(),
        sql: ranking.call.to_string(),
        rows: scope.rows(),
    })));
    if let Some(condition) = &ranking.qualify {
        let predicate = Compiler::new(scope, Clause::Where, findings).predicate(condition)?.expr;
        steps.push(Step::Filter { predicate, sql: condition.to_string() });
    }
    Some(())
}
