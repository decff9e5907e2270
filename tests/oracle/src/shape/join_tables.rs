//! Joins of tables: the rows of both as they are after each change, joined anew.

use std::collections::BTreeMap;

use super::join::{Kind, joined};
use super::join_streams::{joins_by, merged, pair};
use crate::expr::Column;
use crate::relation::{Event, Relation};
use crate::value::Value;

/// The rows of a table by their keys.
type Rows = BTreeMap<String, Event>;

/// What a join of tables is, given the rows of both: key, columns and time of each of its rows.
type Join<'a> = dyn Fn(&Rows, &Rows) -> BTreeMap<String, Joined> + 'a;

/// Key and columns of a joined row, and whether its first source has a row in it.
type Joined = (Value, Vec<Value>, bool);

/// The changes of a join: after each change of a side, in what the joined rows differ from those before.
fn changes(left: &Relation, right: &Relation, join: &Join<'_>) -> Vec<Event> {
    let mut rows = (Rows::new(), Rows::new());
    let mut before: BTreeMap<String, Joined> = BTreeMap::new();
    let mut events = Vec::new();
    for (is_left, event) in merged(left, right) {
        let side = if is_left { &mut rows.0 } else { &mut rows.1 };
        let (at, time) = (event.at, event.time);
        match event.row {
            Some(_) => drop(side.insert(event.key.token(), event)),
            None => drop(side.remove(&event.key.token())),
        }
        let now = join(&rows.0, &rows.1);
        for (token, (key, row, first)) in &now {
            if before.get(token) != Some(&(key.clone(), row.clone(), *first)) {
                events.push(Event { at, key: key.clone(), row: Some(row.clone()), time, first: *first });
            }
        }
        for (token, (key, ..)) in &before {
            if !now.contains_key(token) {
                events.push(Event { at, key: key.clone(), row: None, time, first: true });
            }
        }
        before = now;
    }
    events
}

/// Tables by their primary keys.
pub(super) fn table_table(left: &Relation, right: &Relation, on: &(Column, Column), kind: Kind) -> Relation {
    let sizes = (left.columns.len(), right.columns.len());
    let join = |lefts: &Rows, rights: &Rows| {
        let mut out = BTreeMap::new();
        for (token, row) in lefts {
            let found = rights.get(token);
            if found.is_some() || kind.keeps_left() {
                out.insert(token.clone(), (row.key.clone(), pair(sizes, Some(row), found), row.first));
            }
        }
        for (token, row) in rights.iter().filter(|(token, _)| kind.keeps_right() && !lefts.contains_key(*token)) {
            out.insert(token.clone(), (row.key.clone(), pair(sizes, None, Some(row)), false));
        }
        out
    };
    let events = changes(left, right, &join);
    Relation { events, exact: false, ..joined(left, right, on, kind, "") }
}

/// A table with the rows of another that its own point to.
pub(super) fn foreign_key(left: &Relation, right: &Relation, on: &(Column, Column), kind: Kind) -> Relation {
    let sizes = (left.columns.len(), right.columns.len());
    let join = |lefts: &Rows, rights: &Rows| {
        let mut out = BTreeMap::new();
        for (token, row) in lefts {
            let by = joins_by(row, left, &on.0);
            let found = if by.is_null() { None } else { rights.get(&by.token()) };
            if found.is_some() || kind.keeps_left() {
                out.insert(token.clone(), (row.key.clone(), pair(sizes, Some(row), found), row.first));
            }
        }
        out
    };
    let events = changes(left, right, &join);
    let shape = joined(left, right, on, kind, "");
    // Its rows are those of the left table: so is their key, and the columns compared are columns like any other.
    let keys = left.keys.clone();
    let mut columns = shape.columns;
    for column in &mut columns {
        column.hidden = left.is_key(&column.name) || column.name == on.1.name;
    }
    Relation { keys, columns, events, exact: false, ..shape }
}
