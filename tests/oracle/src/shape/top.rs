//! ROW_NUMBER with a bound, over streams and tables.

use super::distinct::distinct;
use super::placed::{By, Placed, columns, exact, first, keys, ordered, placed, table_of};
use super::project::condition;
use super::{World, project};
use crate::case::{Out, Query, create};
use crate::chance::happens;
use crate::expr::{Column, Expr, Typed};
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// The first rows of each partition: what tells partitions apart, what rows are ordered by, what is shown, and how many.
pub(super) struct Top {
    partition: Vec<Typed>,
    order: Vec<By>,
    shown: Vec<Typed>,
    limit: usize,
    /// Whether the number is a column of the key.
    keyed: bool,
}

/// The parts of such a query.
pub(super) struct Text {
    pub(super) select: Vec<String>,
    pub(super) from: String,
    /// WHERE or QUALIFY.
    pub(super) rest: String,
}

impl Top {
    /// Draws it. `total`: of two rows in a partition the order says which is first, or nothing tells them apart; `None`:
    /// there is no such order.
    pub(super) fn draw(world: &mut World, relation: &Relation, total: bool) -> Option<Self> {
        let count = world.chance.usize(1..3);
        let partition = columns(world, relation, count, keys);
        let count = world.chance.usize(0..3);
        let mut order = Vec::new();
        for of in columns(world, relation, count, ordered) {
            let nulls_first = if happens(&mut world.chance, 40) { Some(happens(&mut world.chance, 50)) } else { None };
            order.push(By { of, descending: happens(&mut world.chance, 50), nulls_first });
        }
        let limit = world.chance.usize(1..4);
        // Another column than those of the partition, or a literal.
        let shown = columns(world, relation, 4, if total { ordered } else { exact });
        let mut shown: Vec<Typed> =
            shown.into_iter().filter(|of| partition.iter().all(|part| part.expr.sql() != of.expr.sql())).collect();
        if shown.is_empty() {
            shown.push(Typed { expr: Expr::Literal(Value::Int(7)), ty: Ty::Int });
        }
        if total {
            let all = if relation.table { key_columns(relation)? } else { shown.clone() };
            let more = all.into_iter().filter(|of| matches!(of.expr, Expr::Column(..)));
            order.extend(more.map(|of| By { of, descending: false, nulls_first: None }));
        }
        let keyed = limit > 1 || partition.is_empty();
        Some(Self { partition, order, shown, limit, keyed })
    }

    /// The query's text, in one of two forms.
    pub(super) fn sql(&self, world: &mut World, relation: &Relation, condition: Option<&Expr>) -> Text {
        let first = self.partition.is_empty();
        let over = format!("ROW_NUMBER() OVER ({}{})", partition_text(&self.partition), order_text(first, &self.order));
        let names = |outer: bool| {
            let name = |(letter, at, sql): (char, usize, String)| {
                if outer { format!("{letter}{at}") } else { format!("{sql} AS {letter}{at}") }
            };
            let keys = self.partition.iter().enumerate().map(|(at, part)| ('K', at, part.expr.sql()));
            let values = self.shown.iter().enumerate().map(|(at, of)| ('C', at, of.expr.sql()));
            keys.chain(values).map(name).collect::<Vec<String>>()
        };
        let bound = match world.chance.u8(0..3) {
            0 if self.limit == 1 => "= 1".to_owned(),
            1 => format!("< {}", self.limit + 1),
            _ => format!("<= {}", self.limit),
        };
        let filter = relation.where_text(condition);
        let number = |text: String| self.keyed.then_some(text);
        if happens(&mut world.chance, 40) {
            let select = names(false).into_iter().chain(number(format!("{over} AS RN"))).collect();
            return Text { select, from: relation.sql.clone(), rest: format!("{filter} QUALIFY {over} {bound}") };
        }
        let inner = [names(false), vec![format!("{over} AS RN")]].concat().join(", ");
        let select = names(true).into_iter().chain(number("RN".into())).collect();
        let from = format!("(SELECT {inner} FROM {}{filter})", relation.sql);
        Text { select, from, rest: format!(" WHERE RN {bound}") }
    }

    /// The rows that there are after these.
    pub(super) fn rows(&self, events: &[Event], table: bool) -> Vec<Out> {
        let place = |event: &Event| {
            let row = event.row()?;
            let values = |of: &[Typed]| of.iter().map(|of| of.expr.value(row)).collect::<Vec<Value>>();
            let partition = values(&self.partition);
            let order = self.order.iter().map(|by| by.of.expr.value(row)).collect();
            let there = partition.iter().all(|part| !part.is_null());
            there.then(|| Placed { partition, order, number: 0, shown: values(&self.shown) })
        };
        let out = |(number, row): (usize, Placed)| {
            let number = self.keyed.then_some(Value::Long(number as i64));
            let key = row.partition.into_iter().chain(number).collect();
            Out { key: Some(key), window: None, value: Some(row.shown), time: 0 }
        };
        first(placed(events, table, place), &self.order, self.limit).into_iter().map(out).collect()
    }

    /// The columns of the key.
    pub(super) fn keys(&self) -> Vec<Column> {
        let number = self.keyed.then(|| Column::new("RN", Ty::Long));
        project::keys(self.partition.iter().map(|of| &of.ty)).into_iter().chain(number).collect()
    }

    /// The others.
    pub(super) fn values(&self) -> Vec<Column> {
        self.shown.iter().enumerate().map(|(at, of)| Column::new(format!("C{at}"), of.ty.clone())).collect()
    }
}

/// The columns of a table's key, if rows can be ordered by them.
fn key_columns(relation: &Relation) -> Option<Vec<Typed>> {
    let column = |key: &Column| {
        let at = relation.columns.iter().position(|column| column.name == key.name)?;
        let orders = ordered(&key.ty) || key.ty == Ty::Bool;
        orders.then(|| Typed { expr: Expr::Column(at, key.name.clone()), ty: key.ty.clone() })
    };
    relation.keys.iter().map(column).collect()
}

/// `SELECT …, RN FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) AS RN FROM …) WHERE RN <= k`, or with QUALIFY.
pub(super) fn query(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 30);
    let total = !relation.exact || happens(&mut world.chance, 40);
    let drawn = Top::draw(world, relation, total);
    let (top, total) = match drawn {
        Some(top) => (Some(top), total),
        None if relation.exact => (Top::draw(world, relation, false), false),
        None => (None, false),
    };
    let Some(top) = top else { return distinct(world, relation) };
    let Text { select, from, rest } = top.sql(world, relation, condition.as_ref());
    let keys = top.keys();
    let format = Format::draw(&mut world.chance, &keys);
    let sql = create(true, (&keys, format), &select, &Relation { sql: from, ..relation.clone() }, &rest);
    let rows = top.rows(&relation.filtered(condition.as_ref()), relation.table);
    Query { sql, expected: table_of(relation, (keys, format), top.values(), relation.commutes && total, rows) }
}

fn partition_text(partition: &[Typed]) -> String {
    let parts: Vec<String> = partition.iter().map(|part| part.expr.sql()).collect();
    if parts.is_empty() { String::new() } else { format!("PARTITION BY {}", parts.join(", ")) }
}

fn order_text(first: bool, order: &[By]) -> String {
    let parts: Vec<String> = order.iter().map(By::sql).collect();
    let space = if first { "" } else { " " };
    if parts.is_empty() { String::new() } else { format!("{space}ORDER BY {}", parts.join(", ")) }
}
