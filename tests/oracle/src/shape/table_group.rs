//! GROUP BY over tables: what a row was is taken back, what it is now is added.

use std::collections::BTreeMap;

use super::World;
use super::group::grouping;
use super::project::{condition, where_text};
use crate::aggregate::{Call, Kind};
use crate::case::{Expected, Out, Query, Window, create};
use crate::chance::happens;
use crate::relation::{Event, Relation};
use crate::value::{Value, tokens};

/// A group: its key, and by call what it is given now.
struct Group {
    key: Vec<Value>,
    given: Vec<Vec<Value>>,
}

/// `SELECT …, calls FROM table WHERE … GROUP BY … HAVING …`
///
/// A group that has lost all of its rows stays, with the results of none, as in Kafka Streams.
pub(super) fn query(world: &mut World, relation: &Relation) -> Query {
    let commutes = relation.commutes && (!relation.exact || happens(&mut world.chance, 50));
    let kind = if relation.exact && !commutes { Kind::OrderedUndo } else { Kind::AnyOrderUndo };
    let mut grouping = grouping(world, relation, kind);
    // Tells groups of no rows from others.
    grouping.calls.insert(0, Call::count());
    grouping.having = grouping.having.map(|(at, op, value)| (at + 1, op, value));
    let condition = condition(world, relation, 40);
    let rest = format!("{}{}", where_text(condition.as_ref()), grouping.sql());
    let sql = create(true, true, &grouping.select(), relation, &rest);
    let mut table: BTreeMap<String, Event> = BTreeMap::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for event in relation.filtered(condition.as_ref()) {
        let was = table.insert(event.key.token(), event.clone());
        for (event, adds) in was.iter().map(|was| (was, false)).chain([(&event, true)]) {
            let (Some(key), Some(row)) = (grouping.key(event), event.row()) else { continue };
            let empty = || Group { key: key.clone(), given: vec![Vec::new(); grouping.calls.len()] };
            let group = groups.entry(tokens(&key)).or_insert_with(empty);
            for (call, given) in grouping.calls.iter().zip(&mut group.given) {
                let value = call.given(row);
                if adds {
                    given.push(value);
                } else if let Some(last) = given.iter().rposition(|known| known.token() == value.token()) {
                    given.remove(last);
                }
            }
        }
    }
    let out = |group: &Group| {
        let results = grouping.calls.iter().zip(&group.given).map(|(call, given)| {
            let orders: Vec<usize> = (0..given.len()).collect();
            call.result(given, &orders)
        });
        Out { key: Some(group.key.clone()), window: None, value: grouping.kept(results.collect()), time: 0 }
    };
    let expected = Expected {
        table: true,
        keys: grouping.keys(),
        values: grouping.values(),
        window: Window::None,
        ordered: false,
        times: false,
        commutes,
        empties: true,
        rows: groups.values().map(out).collect(),
    };
    Query { sql, expected }
}
