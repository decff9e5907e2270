//! UNION ALL: as the query itself, and as a sub-query.

use super::World;
use super::project::condition;
use crate::case::{Empties, Expected, Out, Query, Window, with};
use crate::expr::{Column, Expr};
use crate::expr_draw::Draw;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::source::Times;
use crate::value::{Ty, Value};

/// The queries of a union over these streams: their texts, and one relation of the rows of all.
fn branches(world: &mut World, sources: &[usize]) -> (Vec<String>, Relation) {
    let relations: Vec<Relation> = sources.iter().map(|source| world.inputs.relation(*source)).collect();
    // A column is key in all of them or in none.
    let keys = relations.first().map(|first| first.keys.clone()).unwrap_or_default();
    let types: Vec<Ty> = [Ty::Int, Ty::Text, Ty::Long, Ty::Double].into_iter().take(world.chance.usize(1..5)).collect();
    let mut texts = Vec::new();
    let mut events: Vec<Event> = Vec::new();
    for relation in &relations {
        let condition = condition(world, relation, 50);
        let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: true };
        let exprs: Vec<Expr> = types
            .iter()
            .map(|ty| {
                // The key stands in the projection once.
                loop {
                    let depth = draw.chance.u32(1..3);
                    let drawn = draw.of(ty, depth).expr;
                    if !matches!(&drawn, Expr::Column(_, name) if relation.is_key(name)) {
                        return drawn;
                    }
                }
            })
            .collect();
        let names = keys.iter().enumerate().map(|(i, key)| format!("{} AS K{i}", key.name));
        let values = exprs.iter().enumerate().map(|(i, expr)| format!("{} AS C{i}", expr.sql()));
        let select: Vec<String> = names.chain(values).collect();
        let rest = relation.where_text(condition.as_ref());
        texts.push(format!("SELECT {} FROM {}{rest}", select.join(", "), relation.sql));
        events.extend(relation.filtered(condition.as_ref()).into_iter().map(|event| Event {
            row: event.row().map(|row| {
                let cells = event.parts().unwrap_or_else(|| vec![Value::Null; keys.len()]);
                cells.into_iter().chain(exprs.iter().map(|expr| expr.value(row))).collect()
            }),
            ..event
        }));
    }
    events.sort_by_key(|event| event.at);
    let values = types.into_iter().enumerate().map(|(i, ty)| Column::new(format!("C{i}"), ty));
    let keys = super::project::keys(keys.iter().map(|key| &key.ty));
    let relation = Relation {
        table: false,
        columns: keys.iter().cloned().chain(values).collect(),
        keys,
        asks: None,
        sql: format!("({}) Q", texts.join(" UNION ALL ")),
        events,
        exact: true,
        commutes: true,
        at_once: true,
        union: true,
        simple: false,
    };
    (texts, relation)
}

/// A union of different streams as a sub-query.
pub(super) fn relation(world: &mut World, sources: &[usize]) -> Relation {
    branches(world, sources).1
}

/// A union as the query.
pub(super) fn query(world: &mut World, times: Times) -> Query {
    let count = world.chance.usize(2..4);
    let mut sources = world.alike(count);
    if crate::chance::happens(&mut world.chance, 30) {
        // A stream may be read twice.
        sources[0] = sources[1];
    }
    world.records(times);
    let (texts, relation) = branches(world, &sources);
    let keys: Vec<Column> = relation.keys.clone();
    let values = relation.columns.iter().skip(keys.len()).cloned().collect();
    let row = |event: &Event| Out {
        key: event.parts(),
        window: None,
        value: event.row.as_ref().map(|row| row[keys.len()..].to_vec()),
        time: event.time,
    };
    let rows = relation.events.iter().map(row).collect();
    let format = Format::draw(&mut world.chance, &keys);
    let sql = format!("CREATE STREAM O{} AS {};", with(&keys, format), texts.join(" UNION ALL "));
    let expected = Expected {
        table: false,
        keys,
        format,
        values,
        window: Window::None,
        ordered: false,
        times: true,
        commutes: true,
        at_once: relation.at_once,
        empties: Empties::All,
        rows,
    };
    Query { sql, expected }
}
