//! GROUP BY over tables: what a row was is taken back, what it is now is added.

use std::collections::BTreeMap;

use super::World;
use super::group::{Grouping, grouping};
use super::project::condition;
use crate::aggregate::Kind;
use crate::case::{Empties, Expected, Out, Query, Window, create};
use crate::chance::happens;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Value, tokens};

/// A group: its key, and by call what it is given now.
struct Group {
    key: Vec<Value>,
    given: Vec<Vec<Option<Value>>>,
}

/// `SELECT …, calls FROM table WHERE … GROUP BY … HAVING …`
///
/// A group that has lost all of its rows stays, with the results of none, as in Kafka Streams.
pub(super) fn query(world: &mut World, relation: &Relation) -> Query {
    let commutes = relation.commutes && (!relation.exact || happens(&mut world.chance, 50));
    let kind = if relation.exact && !commutes { Kind::OrderedUndo } else { Kind::AnyOrderUndo };
    // The first call tells groups of no rows from others.
    let grouping = grouping(world, relation, kind, true);
    let condition = condition(world, relation, 40);
    let rest = format!("{}{}", relation.where_text(condition.as_ref()), grouping.sql());
    let keys = grouping.keys();
    let format = Format::draw(&mut world.chance, &keys);
    let sql = create(true, (&keys, format), &grouping.select(), relation, &rest);
    let expected = Expected {
        table: true,
        keys,
        format,
        values: grouping.values(),
        window: Window::None,
        ordered: false,
        times: false,
        commutes,
        at_once: relation.at_once,
        // Of what changes unseen nobody knows which groups it was in.
        empties: if relation.exact { Empties::InOrder } else { Empties::Nothing },
        rows: of_changes(&grouping, &relation.filtered(condition.as_ref())),
    };
    Query { sql, expected }
}

/// The groups of a table's rows, as they are after these changes: their keys and results.
pub(super) fn of_changes(grouping: &Grouping, changes: &[Event]) -> Vec<Out> {
    let mut table: BTreeMap<String, &Event> = BTreeMap::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for event in changes {
        let was = table.insert(event.key.token(), event);
        for (event, adds) in was.into_iter().map(|was| (was, false)).chain([(event, true)]) {
            let (Some(key), Some(row)) = (grouping.key(event), event.row()) else { continue };
            let empty = || Group { key: key.clone(), given: vec![Vec::new(); grouping.calls.len()] };
            let group = groups.entry(tokens(&key)).or_insert_with(empty);
            for (call, given) in grouping.calls.iter().zip(&mut group.given) {
                let value = call.given(row);
                let token = |value: &Option<Value>| value.as_ref().map(Value::token);
                if adds {
                    given.push(value);
                } else if let Some(last) = given.iter().rposition(|known| token(known) == token(&value)) {
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
    groups.values().map(out).collect()
}
