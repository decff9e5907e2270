//! Filters and projections of streams and tables, and PARTITION BY.

use super::World;
use crate::case::{Expected, Out, Query, Window, create};
use crate::chance::{happens, pick};
use crate::expr::{Column, Expr, Row, Typed};
use crate::expr_draw::Draw;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// Expressions that a projection may name, and their columns.
pub(super) fn values(world: &mut World, relation: &Relation) -> (Vec<Expr>, Vec<Column>) {
    let row_time = relation.simple;
    let key = relation.key.as_ref().map(|key| key.name.clone());
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time };
    let mut exprs = Vec::new();
    let count = draw.chance.usize(1..5);
    while exprs.len() < count {
        let depth = draw.chance.u32(0..4);
        let drawn = draw.any(depth);
        // The key stands in the projection once.
        let is_key = matches!(&drawn.expr, Expr::Column(_, name) if Some(name) == key.as_ref());
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

/// WHERE as text.
pub(super) fn where_text(condition: Option<&Expr>) -> String {
    condition.map(|of| format!(" WHERE {}", of.sql())).unwrap_or_default()
}

/// The parts of a projection: key, then values.
pub(super) fn select(key: &[String], exprs: &[Expr]) -> Vec<String> {
    let keys = (0..).zip(key).map(|(i, key)| format!("{key} AS K{i}"));
    keys.chain((0..).zip(exprs).map(|(i, expr)| format!("{} AS C{i}", expr.sql()))).collect()
}

/// `SELECT … FROM stream WHERE … PARTITION BY …`
pub(super) fn stream(world: &mut World, relation: &Relation) -> Query {
    let condition = condition(world, relation, 60);
    let (exprs, values) = values(world, relation);
    let by = if relation.simple && happens(&mut world.chance, 35) { partition(world, relation) } else { None };
    let (key, keys) = match (&by, &relation.key) {
        (Some(by), _) => (Some(by.expr.sql()), vec![Column::new("K0", by.ty.clone())]),
        (None, Some(key)) => (Some(key.name.clone()), vec![Column::new("K0", key.ty.clone())]),
        (None, None) => (None, Vec::new()),
    };
    // What rows are partitioned by is their key: the projection names it once.
    let (exprs, values) = match &by {
        Some(by) => without(exprs, values, &by.expr.sql()),
        None => (exprs, values),
    };
    let partition = by.as_ref().map(|by| format!(" PARTITION BY {}", by.expr.sql())).unwrap_or_default();
    let rest = format!("{}{partition}", where_text(condition.as_ref()));
    let sql = create(false, !keys.is_empty(), &select(key.as_slice(), &exprs), relation, &rest);
    let rows =
        relation.filtered(condition.as_ref()).iter().map(|event| out(relation, event, by.as_ref(), &exprs)).collect();
    let expected = Expected {
        table: false,
        keys,
        values,
        window: Window::None,
        ordered: relation.exact && !relation.union,
        times: true,
        commutes: relation.commutes,
        empties: false,
        rows,
    };
    Query { sql, expected }
}

fn without(exprs: Vec<Expr>, values: Vec<Column>, key: &str) -> (Vec<Expr>, Vec<Column>) {
    let kept = exprs.into_iter().zip(values).filter(|(expr, _)| expr.sql() != key);
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

fn out(relation: &Relation, event: &Event, by: Option<&Typed>, exprs: &[Expr]) -> Out {
    // Of a record without a value only the key is known.
    let nothing: Vec<Value> = relation
        .columns
        .iter()
        .map(|column| if relation.key.as_ref() == Some(column) { event.key.clone() } else { Value::Null })
        .collect();
    let row = Row { columns: event.row.as_deref().unwrap_or(&nothing), time: event.time, first: event.first };
    let key = by.map_or_else(|| event.key.clone(), |by| by.expr.value(row));
    Out {
        key: (!key.is_null()).then(|| vec![key]),
        window: None,
        value: event.row.is_some().then(|| exprs.iter().map(|expr| expr.value(row)).collect()),
        time: event.time,
    }
}

/// What rows are partitioned by.
fn partition(world: &mut World, relation: &Relation) -> Option<Typed> {
    let name = pick(&mut world.chance, &["K", "J", "N", "N", "N"]);
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
    let key: Vec<&Column> = relation.key.iter().collect();
    let names: Vec<String> = key.iter().map(|key| key.name.clone()).collect();
    let sql = create(true, true, &select(&names, &exprs), relation, &where_text(condition.as_ref()));
    let row = |event: &Event| Out {
        key: Some(vec![event.key.clone()]),
        window: None,
        value: event.row().map(|row| exprs.iter().map(|expr| expr.value(row)).collect()),
        time: event.time,
    };
    let expected = Expected {
        table: true,
        keys: key.iter().map(|key| Column::new("K0", key.ty.clone())).collect(),
        values,
        window: Window::None,
        ordered: false,
        times: relation.exact,
        commutes: relation.commutes,
        empties: false,
        rows: relation.filtered(condition.as_ref()).iter().map(row).collect(),
    };
    Query { sql, expected }
}
