//! ROW_NUMBER with a bound, and SELECT DISTINCT, over streams and tables.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::World;
use super::project::{condition, where_text};
use crate::case::{Expected, Out, Query, Window, create};
use crate::chance::{happens, pick};
use crate::expr::{Column, Expr, Typed};
use crate::expr_draw::Draw;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value, tokens};

/// A row in its partition.
#[derive(Debug, Clone)]
struct Placed {
    partition: Vec<Value>,
    order: Vec<Value>,
    /// In which order rows came to where they are.
    number: usize,
    shown: Vec<Value>,
}

/// What rows are ordered by: whether the largest comes first, and whether nulls do.
struct By {
    of: Typed,
    descending: bool,
    nulls_first: Option<bool>,
}

impl By {
    fn sql(&self) -> String {
        let direction = if self.descending { " DESC" } else { "" };
        let nulls = match self.nulls_first {
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
            None => "",
        };
        format!("{}{direction}{nulls}", self.of.expr.sql())
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let nulls = if self.nulls_first.unwrap_or(self.descending) { Ordering::Less } else { Ordering::Greater };
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => nulls,
            (false, true) => nulls.reverse(),
            (false, false) => {
                let order = a.compare(b).unwrap_or(Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
        }
    }
}

/// Columns of a class, each once: as many as can be had.
fn columns(world: &mut World, relation: &Relation, count: usize, fits: fn(&Ty) -> bool) -> Vec<Typed> {
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: false };
    let mut out: Vec<Typed> = Vec::new();
    for _ in 0..count * 3 {
        let Some(drawn) = draw.column(fits) else { break };
        if out.len() < count && out.iter().all(|known| known.expr.sql() != drawn.expr.sql()) {
            out.push(drawn);
        }
    }
    out
}

fn keys(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Long | Ty::Text | Ty::Bool)
}

/// Two zeros are two doubles, in an order.
fn ordered(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Long | Ty::Text | Ty::Decimal(..))
}

/// The rows that there are in the end, with their places. Those of no partition are not among them.
fn placed(events: &[Event], table: bool, place: impl Fn(&Event) -> Option<Placed>) -> Vec<Placed> {
    let (mut rows, mut by_key): (Vec<Placed>, BTreeMap<String, Placed>) = (Vec::new(), BTreeMap::new());
    for (number, event) in events.iter().enumerate() {
        let now = place(event).map(|row| Placed { number, ..row });
        if !table {
            rows.extend(now);
            continue;
        }
        let was = by_key.remove(&event.key.token());
        if let Some(mut now) = now {
            // One that stays where it was is where it was among equal ones.
            if let Some(was) = was.filter(|was| (&was.partition, &was.order) == (&now.partition, &now.order)) {
                now.number = was.number;
            }
            by_key.insert(event.key.token(), now);
        }
    }
    rows.extend(by_key.into_values());
    rows
}

/// The first rows of each partition.
fn first(rows: Vec<Placed>, order: &[By], limit: usize) -> Vec<(usize, Placed)> {
    let mut partitions: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
    for row in rows {
        partitions.entry(tokens(&row.partition)).or_default().push(row);
    }
    let mut out = Vec::new();
    for mut rows in partitions.into_values() {
        rows.sort_by(|a, b| {
            let parts = order.iter().zip(a.order.iter().zip(&b.order));
            let differ = parts.map(|(by, (a, b))| by.compare(a, b)).find(|order| order.is_ne());
            differ.unwrap_or(a.number.cmp(&b.number))
        });
        out.extend((1..).zip(rows.into_iter().take(limit)));
    }
    out
}

/// `SELECT …, RN FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) AS RN FROM …) WHERE RN <= k`, or with QUALIFY.
pub(super) fn query(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 30);
    let count = world.chance.usize(1..3);
    let partition = columns(world, relation, count, keys);
    let count = world.chance.usize(0..3);
    let mut order = Vec::new();
    for of in columns(world, relation, count, ordered) {
        let nulls_first = if happens(&mut world.chance, 40) { Some(happens(&mut world.chance, 50)) } else { None };
        order.push(By { of, descending: happens(&mut world.chance, 50), nulls_first });
    }
    let limit = world.chance.usize(1..4);
    let numbered = limit > 1;
    // Another column than those of the partition, or a literal.
    let shown = columns(world, relation, 4, |ty| !matches!(ty, Ty::Double | Ty::List(_) | Ty::Counts));
    let mut shown: Vec<Typed> =
        shown.into_iter().filter(|of| partition.iter().all(|part| part.expr.sql() != of.expr.sql())).collect();
    if shown.is_empty() {
        shown.push(Typed { expr: Expr::Literal(Value::Int(7)), ty: Ty::Int });
    }
    let over =
        format!("ROW_NUMBER() OVER ({}{})", partition_text(&partition), order_text(partition.is_empty(), &order));
    let names = |outer: bool| {
        let name = |(letter, at, sql): (char, usize, String)| {
            if outer { format!("{letter}{at}") } else { format!("{sql} AS {letter}{at}") }
        };
        let keys = partition.iter().enumerate().map(|(at, part)| ('K', at, part.expr.sql()));
        let values = shown.iter().enumerate().map(|(at, of)| ('C', at, of.expr.sql()));
        keys.chain(values).map(name).collect::<Vec<String>>()
    };
    let bound = match world.chance.u8(0..3) {
        0 if limit == 1 => "= 1".to_owned(),
        1 => format!("< {}", limit + 1),
        _ => format!("<= {limit}"),
    };
    let filter = where_text(condition.as_ref());
    let keyed = numbered || partition.is_empty();
    let sql = if happens(&mut world.chance, 40) {
        let mut select = names(false);
        if keyed {
            select.push(format!("{over} AS RN"));
        }
        create(true, true, &select, relation, &format!("{filter} QUALIFY {over} {bound}"))
    } else {
        let mut outer = names(true);
        if keyed {
            outer.push("RN".into());
        }
        let inner = [names(false), vec![format!("{over} AS RN")]].concat().join(", ");
        let sub_query = format!("(SELECT {inner} FROM {}{filter})", relation.sql);
        create(true, true, &outer, &Relation { sql: sub_query, ..relation.clone() }, &format!(" WHERE RN {bound}"))
    };
    let events = relation.filtered(condition.as_ref());
    let place = |event: &Event| {
        let row = event.row()?;
        let values = |of: &[Typed]| of.iter().map(|of| of.expr.value(row)).collect::<Vec<Value>>();
        let partition = values(&partition);
        let order = order.iter().map(|by| by.of.expr.value(row)).collect();
        let there = partition.iter().all(|part| !part.is_null());
        there.then(|| Placed { partition, order, number: 0, shown: values(&shown) })
    };
    let rows = first(placed(&events, relation.table, place), &order, limit);
    let out = |(number, row): (usize, Placed)| {
        let number = keyed.then_some(Value::Long(number as i64));
        let key = row.partition.into_iter().chain(number).collect();
        Out { key: Some(key), window: None, value: Some(row.shown), time: 0 }
    };
    let column = |letter: char, of: &[Typed]| -> Vec<Column> {
        of.iter().enumerate().map(|(at, of)| Column::new(format!("{letter}{at}"), of.ty.clone())).collect()
    };
    let number = keyed.then(|| Column::new("RN", Ty::Long));
    let keys = column('K', &partition).into_iter().chain(number).collect();
    Query { sql, expected: table_of(keys, column('C', &shown), false, rows.into_iter().map(out).collect()) }
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

/// `SELECT DISTINCT …`: the same of records in any order.
pub(super) fn distinct(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 40);
    let count = pick(&mut world.chance, &[1, 1, 2, 3]);
    let mut of = columns(world, relation, count, keys);
    if of.is_empty() {
        of.push(Typed { expr: Expr::Literal(Value::Int(7)), ty: Ty::Int });
    }
    let select: Vec<String> = of.iter().enumerate().map(|(at, of)| format!("{} AS K{at}", of.expr.sql())).collect();
    let sql = create(true, true, &select, relation, &where_text(condition.as_ref()));
    let sql = sql.replacen("SELECT ", "SELECT DISTINCT ", 1);
    let place = |event: &Event| {
        let row = event.row()?;
        let partition: Vec<Value> = of.iter().map(|of| of.expr.value(row)).collect();
        let there = partition.iter().all(|part| !part.is_null());
        there.then(|| Placed { partition, order: Vec::new(), number: 0, shown: Vec::new() })
    };
    let rows = first(placed(&relation.filtered(condition.as_ref()), relation.table, place), &[], 1);
    let out =
        |(_, row): (usize, Placed)| Out { key: Some(row.partition), window: None, value: Some(Vec::new()), time: 0 };
    let keys = of.iter().enumerate().map(|(at, of)| Column::new(format!("K{at}"), of.ty.clone())).collect();
    Query { sql, expected: table_of(keys, Vec::new(), relation.commutes, rows.into_iter().map(out).collect()) }
}

fn table_of(keys: Vec<Column>, values: Vec<Column>, commutes: bool, rows: Vec<Out>) -> Expected {
    Expected {
        table: true,
        keys,
        values,
        window: Window::None,
        ordered: false,
        times: false,
        commutes,
        empties: false,
        rows,
    }
}
