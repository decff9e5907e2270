//! EXPLODE: a row for each element; several are zipped to the longest.

use super::World;
use super::project::{condition, keys, select, values};
use crate::case::{Empties, Expected, Out, Query, Window, create};
use crate::chance::happens;
use crate::expr::{Column, Expr};
use crate::format::Format;
use crate::source::Times;
use crate::value::{Ty, Value};

/// `SELECT …, EXPLODE(L) FROM stream WHERE …`
pub(super) fn query(world: &mut World, times: Times) -> Query {
    let source = world.source(false);
    world.records(times);
    let relation = world.inputs.relation(source);
    let condition = condition(world, &relation, 40);
    let (exprs, mut columns) = values(world, &relation);
    let mut lists: Vec<Expr> = Vec::new();
    if let Some((expr, Ty::List(of))) = relation.column("L") {
        lists.push(expr.clone());
        columns.push(Column::new("E0", *of.clone()));
        if happens(&mut world.chance, 30) {
            lists.push(expr);
            columns.push(Column::new("E1", *of));
        }
    }
    let names: Vec<String> = relation.keys.iter().map(|key| key.name.clone()).collect();
    let mut parts = select(&names, &exprs);
    parts.extend(lists.iter().enumerate().map(|(i, list)| format!("EXPLODE({}) AS E{i}", list.sql())));
    let keys = keys(relation.keys.iter().map(|key| &key.ty));
    let format = Format::draw(&mut world.chance, &keys);
    let rest = relation.where_text(condition.as_ref());
    let sql = create(false, (&keys, format), &parts, &relation, &rest);
    let mut rows = Vec::new();
    for event in relation.filtered(condition.as_ref()) {
        let Some(row) = event.row() else { continue };
        let lists: Vec<Value> = lists.iter().map(|list| list.value(row)).collect();
        let items = |list: &Value| if let Value::List(items) = list { items.clone() } else { Vec::new() };
        let longest = lists.iter().map(|list| items(list).len()).max().unwrap_or(0);
        for at in 0..longest {
            let exploded = lists.iter().map(|list| items(list).get(at).cloned().unwrap_or(Value::Null));
            rows.push(Out {
                key: event.parts(),
                window: None,
                value: Some(exprs.iter().map(|expr| expr.value(row)).chain(exploded).collect()),
                time: event.time,
            });
        }
    }
    let expected = Expected {
        table: false,
        keys,
        format,
        values: columns,
        window: Window::None,
        ordered: true,
        times: true,
        commutes: true,
        at_once: relation.at_once,
        empties: Empties::All,
        rows,
    };
    Query { sql, expected }
}
