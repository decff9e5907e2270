//! Joins of streams with streams and with tables, by Kafka Streams' rules.

use super::join::{Kind, joined};
use crate::chance::{Chance, happens};
use crate::expr::Column;
use crate::relation::{Event, Relation};
use crate::source::Times;
use crate::value::Value;

/// How near in time records must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    before: i64,
    after: i64,
    /// `None`: rows without a partner leave as they come.
    grace: Option<i64>,
}

const DAY: i64 = 86_400_000;

impl Within {
    pub(super) fn draw(chance: &mut Chance, times: Times) -> Self {
        let before = chance.i64(0..8) * 500;
        let after = if happens(chance, 60) { before } else { chance.i64(0..8) * 500 };
        let grace = match times {
            Times::Wild => happens(chance, 60).then(|| chance.i64(0..6) * 1000),
            Times::Tame => happens(chance, 30).then_some(DAY),
        };
        Self { before, after, grace }
    }

    fn sql(&self) -> String {
        let ms = |n: i64| format!("{n} MILLISECONDS");
        let grace = self.grace.map(|grace| format!(" GRACE PERIOD {}", ms(grace))).unwrap_or_default();
        if self.before == self.after {
            format!(" WITHIN {}{grace}", ms(self.before))
        } else {
            format!(" WITHIN ({}, {}){grace}", ms(self.before), ms(self.after))
        }
    }
}

/// A record of one side, as the other one finds it.
struct Known {
    left: bool,
    key: String,
    event: Event,
    /// It still waits for a partner, to leave alone when none can come any more.
    waits: bool,
    /// It came too late to be kept.
    lost: bool,
}

/// The rows of both sides, in the order in which they come; true: of the left one.
pub(super) fn merged(left: &Relation, right: &Relation) -> Vec<(bool, Event)> {
    let left = left.events.iter().map(|event| (true, event.clone()));
    let mut all: Vec<(bool, Event)> = left.chain(right.events.iter().map(|event| (false, event.clone()))).collect();
    // Stable: several rows of one record stay in their order.
    all.sort_by_key(|(_, event)| event.at);
    all
}

/// What a row is joined by.
pub(super) fn joins_by(event: &Event, relation: &Relation, on: &Column) -> Value {
    let at = relation.columns.iter().position(|column| column.name == on.name);
    event.row.as_ref().and_then(|row| row.get(at?).cloned()).unwrap_or(Value::Null)
}

/// A row of both sides; nulls where there is none.
pub(super) fn pair(sizes: (usize, usize), left: Option<&Event>, right: Option<&Event>) -> Vec<Value> {
    let side = |event: Option<&Event>, size: usize| {
        event.and_then(|event| event.row.clone()).unwrap_or_else(|| vec![Value::Null; size])
    };
    let mut row = side(left, sizes.0);
    row.extend(side(right, sizes.1));
    row
}

/// A stream with a stream.
///
/// Each side keeps its records as long as before, after and grace together, counted from its own latest one; what is
/// older finds its partners but is found by none. A record alone leaves at once, or where there is a grace period when time
/// has passed the last one that its partner could have.
pub(super) fn stream_stream(
    left: &Relation,
    right: &Relation,
    on: &(Column, Column),
    kind: Kind,
    within: Within,
) -> Relation {
    let sizes = (left.columns.len(), right.columns.len());
    let grace = within.grace.unwrap_or(DAY);
    let retention = within.before + within.after + grace;
    let after = |left: bool| if left { within.after } else { within.before };
    let keeps = |left: bool| if left { kind.keeps_left() } else { kind.keeps_right() };
    let (mut known, mut now, mut latest): (Vec<Known>, i64, [i64; 2]) = (Vec::new(), -1, [-1; 2]);
    let mut events = Vec::new();
    let alone = |is_left: bool, event: &Event, key: Value, at: usize| {
        let row = if is_left { pair(sizes, Some(event), None) } else { pair(sizes, None, Some(event)) };
        Event { at, key, row: Some(row), time: event.time, first: is_left && event.first }
    };
    for (is_left, event) in merged(left, right) {
        let time = event.time;
        now = now.max(time);
        if event.row.is_none() {
            continue;
        }
        let by = if is_left { joins_by(&event, left, &on.0) } else { joins_by(&event, right, &on.1) };
        if by.is_null() {
            if keeps(is_left) {
                events.push(alone(is_left, &event, Value::Null, event.at));
            }
            continue;
        }
        let own = &mut latest[usize::from(is_left)];
        *own = (*own).max(time);
        let lost = time <= *own - retention;
        // Those that nothing can meet any more leave before this one meets others.
        if time == now {
            let closed = |k: &Known| k.waits && k.event.time < now - after(k.left) - grace;
            for gone in known.iter_mut().filter(|k| closed(k)) {
                gone.waits = false;
                let side = if gone.left { (left, &on.0) } else { (right, &on.1) };
                events.push(alone(gone.left, &gone.event, joins_by(&gone.event, side.0, side.1), event.at));
            }
        }
        let (from, to) = (time - after(!is_left), time + after(is_left));
        let other_from = latest[usize::from(!is_left)] - retention;
        let key = by.token();
        let mut met = false;
        for partner in known.iter_mut().filter(|k| k.left != is_left && k.key == key && !k.lost) {
            let at = partner.event.time;
            if at < from || at > to || at <= other_from {
                continue;
            }
            (met, partner.waits) = (true, false);
            let (l, r) = if is_left { (&event, &partner.event) } else { (&partner.event, &event) };
            let row = Some(pair(sizes, Some(l), Some(r)));
            events.push(Event { at: event.at, key: by.clone(), row, time: time.max(at), first: l.first });
        }
        let lone = !met && keeps(is_left);
        let at_once = lone && (within.grace.is_none() || to < now);
        if at_once {
            events.push(alone(is_left, &event, by, event.at));
        }
        known.push(Known { left: is_left, key, event, waits: lone && !at_once, lost });
    }
    let shape = joined(left, right, on, kind, &within.sql());
    // Who is alone depends on who came first; who meets whom does not, as nothing is late behind a day of grace.
    let commutes = shape.commutes && kind == Kind::Inner && grace == DAY;
    Relation { events, commutes, exact: false, ..shape }
}

/// A stream with a table: each record finds the row of its key as it is then.
pub(super) fn stream_table(left: &Relation, right: &Relation, on: &(Column, Column), kind: Kind) -> Relation {
    let sizes = (left.columns.len(), right.columns.len());
    let mut table: Vec<Event> = Vec::new();
    let mut events = Vec::new();
    for (is_left, event) in merged(left, right) {
        if !is_left {
            table.retain(|row| row.key.token() != event.key.token());
            table.push(event);
            continue;
        }
        if event.row.is_none() {
            continue;
        }
        let by = joins_by(&event, left, &on.0);
        let found = table.iter().find(|row| !by.is_null() && row.key.token() == by.token() && row.row.is_some());
        if found.is_some() || kind.keeps_left() {
            let row = Some(pair(sizes, Some(&event), found));
            events.push(Event { key: by, row, ..event });
        }
    }
    Relation { events, commutes: false, ..joined(left, right, on, kind, "") }
}
