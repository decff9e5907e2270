//! SELECT DISTINCT, over streams and tables.

use super::placed::{Placed, columns, first, keys, placed, table_of};
use super::project::condition;
use super::{World, project};
use crate::case::{Out, Query, create};
use crate::chance::pick;
use crate::expr::{Column, Expr, Typed};
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// What SELECT DISTINCT shows.
pub(super) struct Different {
    pub(super) of: Vec<Typed>,
}

impl Different {
    /// Draws it.
    pub(super) fn draw(world: &mut World, relation: &Relation) -> Self {
        let count = pick(&mut world.chance, &[1, 1, 2, 3]);
        let mut of = columns(world, relation, count, keys);
        if of.is_empty() {
            of.push(Typed { expr: Expr::Literal(Value::Int(7)), ty: Ty::Int });
        }
        Self { of }
    }

    /// The parts of the projection.
    pub(super) fn select(&self) -> Vec<String> {
        self.of.iter().enumerate().map(|(at, of)| format!("{} AS K{at}", of.expr.sql())).collect()
    }

    /// The columns of the key, which are all.
    pub(super) fn keys(&self) -> Vec<Column> {
        project::keys(self.of.iter().map(|of| &of.ty))
    }

    /// The rows that there are after these.
    pub(super) fn rows(&self, events: &[Event], table: bool) -> Vec<Out> {
        let place = |event: &Event| {
            let row = event.row()?;
            let partition: Vec<Value> = self.of.iter().map(|of| of.expr.value(row)).collect();
            let there = partition.iter().all(|part| !part.is_null());
            there.then(|| Placed { partition, order: Vec::new(), number: 0, shown: Vec::new() })
        };
        let out = |(_, row): (usize, Placed)| Out {
            key: Some(row.partition),
            window: None,
            value: Some(Vec::new()),
            time: 0,
        };
        first(placed(events, table, place), &[], 1).into_iter().map(out).collect()
    }
}

/// `SELECT DISTINCT …`: the same of records in any order.
pub(super) fn distinct(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 40);
    let different = Different::draw(world, relation);
    let keys = different.keys();
    let format = Format::draw(&mut world.chance, &keys);
    let rest = relation.where_text(condition.as_ref());
    let sql = create(true, (&keys, format), &different.select(), relation, &rest);
    let sql = sql.replacen("SELECT ", "SELECT DISTINCT ", 1);
    let rows = different.rows(&relation.filtered(condition.as_ref()), relation.table);
    Query { sql, expected: table_of(relation, (keys, format), Vec::new(), relation.commutes, rows) }
}
