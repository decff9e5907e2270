//! UNION ALL: as the query itself, and as a sub-query.

use super::World;
use super::project::{condition, where_text};
use crate::case::{Expected, Out, Query, Window};
use crate::expr::{Column, Expr};
use crate::expr_draw::Draw;
use crate::relation::{Event, Relation};
use crate::source::Times;
use crate::value::Ty;

/// The queries of a union over these streams: their texts, and one relation of the rows of all.
fn branches(world: &mut World, sources: &[usize]) -> (Vec<String>, Relation) {
    let relations: Vec<Relation> = sources.iter().map(|source| world.inputs.relation(*source)).collect();
    // A column is key in all of them or in none.
    let key = relations.first().and_then(|first| first.key.clone());
    let keyed = key.is_some();
    let bare = |expr: &Expr| matches!(expr, Expr::Column(_, name) if name == "K");
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
                    if !bare(&drawn) {
                        return drawn;
                    }
                }
            })
            .collect();
        let keys = key.iter().map(|_| "K AS K0".to_owned());
        let values = exprs.iter().enumerate().map(|(i, expr)| format!("{} AS C{i}", expr.sql()));
        let select: Vec<String> = keys.chain(values).collect();
        texts.push(format!("SELECT {} FROM {}{}", select.join(", "), relation.sql, where_text(condition.as_ref())));
        events.extend(relation.filtered(condition.as_ref()).into_iter().map(|event| Event {
            row: event.row().map(|row| {
                let key = keyed.then(|| event.key.clone());
                key.into_iter().chain(exprs.iter().map(|expr| expr.value(row))).collect()
            }),
            ..event
        }));
    }
    events.sort_by_key(|event| event.at);
    let values = types.into_iter().enumerate().map(|(i, ty)| Column::new(format!("C{i}"), ty));
    let key = key.map(|key| Column::new("K0", key.ty));
    let relation = Relation {
        table: false,
        columns: key.iter().cloned().chain(values).collect(),
        key,
        sql: format!("({}) Q", texts.join(" UNION ALL ")),
        events,
        exact: true,
        commutes: true,
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
    let keys: Vec<Column> = relation.key.iter().cloned().collect();
    let values = relation.columns.iter().skip(keys.len()).cloned().collect();
    let row = |event: &Event| Out {
        key: (!keys.is_empty() && !event.key.is_null()).then(|| vec![event.key.clone()]),
        window: None,
        value: event.row.as_ref().map(|row| row[keys.len()..].to_vec()),
        time: event.time,
    };
    let rows = relation.events.iter().map(row).collect();
    let with = if keys.is_empty() { "" } else { " WITH (KEY_FORMAT = 'JSON')" };
    let sql = format!("CREATE STREAM O{with} AS {};", texts.join(" UNION ALL "));
    let expected = Expected {
        table: false,
        keys,
        values,
        window: Window::None,
        ordered: false,
        times: true,
        commutes: true,
        empties: false,
        rows,
    };
    Query { sql, expected }
}
