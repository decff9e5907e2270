//! Filters and projections of streams and tables, and PARTITION BY.

use super::World;
use crate::case::{Empties, Expected, Out, Query, Window, create};
use crate::chance::{happens, pick};
use crate::expr::{Column, Expr, Row, Typed};
use crate::expr_draw::Draw;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// Expressions that a projection may name, and their columns.
pub(super) fn values(world: &mut World, relation: &Relation) -> (Vec<Expr>, Vec<Column>) {
    let row_time = relation.simple;
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time };
    let mut exprs = Vec::new();
    let count = draw.chance.usize(1..5);
    while exprs.len() < count {
        let depth = draw.chance.u32(0..4);
        let drawn = draw.any(depth);
        // The key stands in the projection once.
        let is_key = matches!(&drawn.expr, Expr::Column(_, name) if relation.is_key(name));
        if !is_key && drawn.ty != Ty::Counts {
            exprs.push(drawn);
        }
    }
    let columns = (0..).zip(&exprs).map(|(i, drawn)| Column::new(format!("C{i}"), drawn.ty.clone())).collect();
    (exprs.into_iter().map(|drawn| drawn.expr).collect(), columns)
}

/// A condition, or none.
pub(super) fn condition(world: &mut World, relation: &Relation, percent: u8) -> Option<Expr> {
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: relation.simple };
    let depth = draw.chance.u32(0..4);
    happens(draw.chance, percent).then(|| draw.condition(depth))
}

/// The parts of a projection: key, then values.
pub(super) fn select(key: &[String], exprs: &[Expr]) -> Vec<String> {
    let keys = (0..).zip(key).map(|(i, key)| format!("{key} AS K{i}"));
    keys.chain((0..).zip(exprs).map(|(i, expr)| format!("{} AS C{i}", expr.sql()))).collect()
}

/// The columns of a result's key.
pub(super) fn keys<'a>(tys: impl Iterator<Item = &'a Ty>) -> Vec<Column> {
    (0..).zip(tys).map(|(i, ty)| Column::new(format!("K{i}"), ty.clone())).collect()
}

/// `SELECT … FROM stream WHERE … PARTITION BY …`
pub(super) fn stream(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 60);
    let (exprs, values) = values(world, relation);
    let by = if relation.simple && happens(&mut world.chance, 35) { partition(world, relation) } else { Vec::new() };
    let (key, keys): (Vec<String>, Vec<Column>) = if by.is_empty() {
        let names = relation.keys.iter().map(|key| key.name.clone()).collect();
        (names, keys(relation.keys.iter().map(|key| &key.ty)))
    } else {
        (by.iter().map(|by| by.expr.sql()).collect(), keys(by.iter().map(|by| &by.ty)))
    };
    // What rows are partitioned by is their key: the projection names it once.
    let (exprs, values) = if by.is_empty() { (exprs, values) } else { without(exprs, values, &key) };
    let partition = if by.is_empty() { String::new() } else { format!(" PARTITION BY {}", key.join(", ")) };
    let rest = format!("{}{partition}", relation.where_text(condition.as_ref()));
    let format = Format::draw(&mut world.chance, &keys);
    let sql = create(false, (&keys, format), &select(&key, &exprs), relation, &rest);
    let rows = relation.filtered(condition.as_ref()).iter().map(|event| out(relation, event, &by, &exprs)).collect();
    let expected = Expected {
        table: false,
        keys,
        format,
        values,
        window: Window::None,
        ordered: relation.exact && !relation.union,
        times: true,
        commutes: relation.commutes,
        at_once: relation.at_once,
        empties: Empties::All,
        rows,
    };
    Query { sql, expected }
}

fn without(exprs: Vec<Expr>, values: Vec<Column>, keys: &[String]) -> (Vec<Expr>, Vec<Column>) {
    let kept = exprs.into_iter().zip(values).filter(|(expr, _)| !keys.contains(&expr.sql()));
    let (mut exprs, mut values): (Vec<Expr>, Vec<Column>) = kept.unzip();
    if exprs.is_empty() {
        exprs.push(Expr::Literal(Value::Int(1)));
        values.push(Column::new("C0", Ty::Int));
    }
    for (i, value) in values.iter_mut().enumerate() {
        value.name = format!("C{i}");
    }
    (exprs, values)
}

fn out(relation: &Relation, event: &Event, by: &[Typed], exprs: &[Expr]) -> Out {
    // Of a record without a value only the key is known.
    let mut nothing = event.parts().unwrap_or_default();
    nothing.resize(relation.columns.len(), Value::Null);
    let row = Row { columns: event.row.as_deref().unwrap_or(&nothing), time: event.time, first: event.first };
    let key = if by.is_empty() { event.parts() } else { Some(by.iter().map(|by| by.expr.value(row)).collect()) };
    Out {
        key: key.filter(|key: &Vec<Value>| !key.iter().all(Value::is_null)),
        window: None,
        value: event.row.is_some().then(|| exprs.iter().map(|expr| expr.value(row)).collect()),
        time: event.time,
    }
}

/// What rows are partitioned by, if by anything: a column or two.
fn partition(world: &mut World, relation: &Relation) -> Vec<Typed> {
    let first = partition_by(world, relation, &["K", "J", "N", "N", "N"]);
    let second = if happens(&mut world.chance, 25) { partition_by(world, relation, &["J", "N", "K2"]) } else { None };
    let Some(first) = first else { return Vec::new() };
    let second = second.filter(|second| second.expr.sql() != first.expr.sql());
    [first].into_iter().chain(second).collect()
}

fn partition_by(world: &mut World, relation: &Relation, names: &[&str]) -> Option<Typed> {
    let name = pick(&mut world.chance, names);
    let (expr, ty) = relation.column(name)?;
    if name == "N" && happens(&mut world.chance, 60) {
        let number = Expr::Literal(Value::Int(world.chance.i32(0..5)));
        let op = pick(&mut world.chance, &['+', '%']);
        return Some(Typed { expr: Expr::Arithmetic(op, Box::new(expr), Box::new(number), Ty::Int), ty });
    }
    Some(Typed { expr, ty })
}

/// `SELECT … FROM table WHERE …`
pub(super) fn table(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 60);
    let (exprs, values) = values(world, relation);
    let names: Vec<String> = relation.keys.iter().map(|key| key.name.clone()).collect();
    let keys = keys(relation.keys.iter().map(|key| &key.ty));
    let format = Format::draw(&mut world.chance, &keys);
    let rest = relation.where_text(condition.as_ref());
    let sql = create(true, (&keys, format), &select(&names, &exprs), relation, &rest);
    let row = |event: &Event| Out {
        key: event.parts(),
        window: None,
        value: event.row().map(|row| exprs.iter().map(|expr| expr.value(row)).collect()),
        time: event.time,
    };
    let expected = Expected {
        table: true,
        keys,
        format,
        values,
        window: Window::None,
        ordered: false,
        times: relation.exact,
        commutes: relation.commutes,
        at_once: relation.at_once,
        empties: Empties::All,
        rows: relation.filtered(condition.as_ref()).iter().map(row).collect(),
    };
    Query { sql, expected }
}
