//! Sub-queries that are tables: groups, the first rows of each, different rows, as another query reads them.

use std::collections::BTreeMap;

use super::distinct::{self, Different};
use super::group::{Grouping, grouping};
use super::project::condition;
use super::top::{self, Top};
use super::{World, project, table_group};
use crate::aggregate::Kind;
use crate::case::{Out, Query};
use crate::chance::happens;
use crate::expr::{Column, Typed};
use crate::relation::{Event, Relation};
use crate::value::{Value, tokens};

/// A query over such a table, or over one over one.
pub(super) fn query(world: &mut World, relation: Relation) -> Query {
    let mut inner = table(world, relation);
    if happens(&mut world.chance, 25) {
        inner = table(world, inner);
    }
    match world.chance.u8(0..10) {
        0..4 => table_group::query(world, &inner),
        4..6 => top::query(world, &inner),
        6..8 => distinct::distinct(world, &inner),
        _ => project::table(world, &inner),
    }
}

/// One of these tables.
pub(super) fn table(world: &mut World, relation: Relation) -> Relation {
    match world.chance.u8(0..10) {
        0..5 => {
            let grouping = kept_up(world, &relation);
            groups(world, relation, &grouping, 40)
        }
        5..8 => first(world, relation),
        _ => different(world, relation, None),
    }
}

/// Groups of which none is empty.
fn kept_up(world: &mut World, relation: &Relation) -> Grouping {
    let kind = if relation.table { Kind::AnyOrderUndo } else { Kind::AnyOrder };
    let mut grouping = grouping(world, relation, kind, true);
    if relation.table {
        grouping.having = Some((0, ">", Value::Int(0)));
    }
    grouping
}

/// `(SELECT J AS K, calls FROM … GROUP BY J …) Q`: groups that have that column as their key, by the name that tables know.
pub(super) fn by_key(world: &mut World, relation: Relation, by: &str) -> Relation {
    let mut grouping = kept_up(world, &relation);
    if let Some((expr, ty)) = relation.column(by) {
        grouping.groups = vec![Typed { expr, ty }];
    }
    let inner = groups(world, relation, &grouping, 20);
    let rename = |column: &Column| {
        let name = if column.name == "K0" { "K" } else { &column.name };
        Column::new(name, column.ty.clone())
    };
    Relation {
        sql: inner.sql.replacen(" AS K0", " AS K", 1),
        keys: inner.keys.iter().map(rename).collect(),
        columns: inner.columns.iter().map(rename).collect(),
        ..inner
    }
}

fn groups(world: &mut World, relation: Relation, grouping: &Grouping, filters: u8) -> Relation {
    let condition = condition(world, &relation, filters);
    let rest = format!("{}{}", relation.where_text(condition.as_ref()), grouping.sql());
    let sql = format!("(SELECT {} FROM {}{rest}) Q", grouping.select().join(", "), relation.sql);
    let rows = |events: &[Event]| {
        if relation.table { table_group::of_changes(grouping, events) } else { grouping.of_rows(events) }
    };
    let events = changes(&relation.filtered(condition.as_ref()), rows);
    of(relation, grouping.keys(), grouping.values(), sql, events)
}

fn first(world: &mut World, relation: Relation) -> Relation {
    let condition = condition(world, &relation, 30);
    let Some(top) = Top::draw(world, &relation, true) else { return different(world, relation, None) };
    let text = top.sql(world, &relation, condition.as_ref());
    let sql = format!("(SELECT {} FROM {}{}) Q", text.select.join(", "), text.from, text.rest);
    let table = relation.table;
    let events = changes(&relation.filtered(condition.as_ref()), |events| top.rows(events, table));
    of(relation, top.keys(), top.values(), sql, events)
}

/// The values of a column that some row has, or of several.
pub(super) fn different(world: &mut World, relation: Relation, column: Option<&str>) -> Relation {
    let condition = condition(world, &relation, 30);
    let named = column.and_then(|name| relation.column(name));
    let of_it = named.map(|(expr, ty)| Different { of: vec![Typed { expr, ty }] });
    let different = of_it.unwrap_or_else(|| Different::draw(world, &relation));
    let rest = relation.where_text(condition.as_ref());
    let sql = format!("(SELECT DISTINCT {} FROM {}{rest}) Q", different.select().join(", "), relation.sql);
    let table = relation.table;
    let events = changes(&relation.filtered(condition.as_ref()), |events| different.rows(events, table));
    of(relation, different.keys(), Vec::new(), sql, events)
}

fn of(relation: Relation, keys: Vec<Column>, values: Vec<Column>, sql: String, events: Vec<Event>) -> Relation {
    Relation {
        table: true,
        columns: keys.iter().cloned().chain(values).collect(),
        keys,
        sql,
        asks: None,
        events,
        exact: false,
        union: false,
        simple: false,
        ..relation
    }
}

/// How a table changes whose rows are worked out anew after each row of what it is made of.
fn changes(events: &[Event], rows: impl Fn(&[Event]) -> Vec<Out>) -> Vec<Event> {
    // Keys and values, by what tells keys apart.
    let mut before: BTreeMap<String, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let mut out = Vec::new();
    for end in 1..=events.len() {
        let Event { at, time, .. } = events[end - 1];
        let change = |parts: &[Value], row: Option<Vec<Value>>| {
            let key = if let [only] = parts { only.clone() } else { Value::List(parts.to_vec()) };
            Event { at, key, row, time, first: true }
        };
        let mut now = BTreeMap::new();
        for row in rows(&events[..end]) {
            let (Some(key), Some(value)) = (row.key, row.value) else { continue };
            let token = tokens(&key);
            if before.get(&token).is_none_or(|(_, known)| tokens(known) != tokens(&value)) {
                out.push(change(&key, Some(key.iter().chain(&value).cloned().collect())));
            }
            now.insert(token, (key, value));
        }
        let gone = before.iter().filter(|(token, _)| !now.contains_key(*token));
        out.extend(gone.map(|(_, (key, _))| change(key, None)));
        before = now;
    }
    out
}
