//! GROUP BY over streams, with and without windows.

use super::project::condition;
use super::window::{Filled, Kind, Windows};
use super::{World, project};
use crate::aggregate::{self, Call, calls};
use crate::case::{Empties, Expected, Out, Query, Window, create};
use crate::chance::{happens, pick};
use crate::expr::{Column, Expr, Row, Typed, compare};
use crate::expr_draw::Draw;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value, tokens};

/// What makes groups, what is asked of them, and which stay.
pub(super) struct Grouping {
    pub(super) groups: Vec<Typed>,
    pub(super) calls: Vec<Call>,
    /// What else is made of their results, which are the columns of these.
    pub(super) over: Vec<Typed>,
    pub(super) having: Option<(usize, &'static str, Value)>,
}

/// Draws it; `counts`: the first call counts the rows.
pub(super) fn grouping(world: &mut World, relation: &Relation, kind: aggregate::Kind, counts: bool) -> Grouping {
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: false };
    let mut groups: Vec<Typed> = Vec::new();
    let count = if happens(draw.chance, 25) { 2 } else { 1 };
    while groups.len() < count {
        let drawn = group(&mut draw);
        if groups.iter().all(|known| known.expr.sql() != drawn.expr.sql()) {
            groups.push(drawn);
        } else if happens(draw.chance, 30) {
            break;
        }
    }
    let counted = counts.then(Call::count);
    let calls: Vec<Call> = counted.into_iter().chain(calls(&mut draw, kind)).collect();
    let having = aggregate::having(draw.chance, &calls);
    let over = aggregate::over(draw.chance, &calls);
    Grouping { groups, calls, over, having }
}

fn group(draw: &mut Draw<'_>) -> Typed {
    let fits = |ty: &Ty| matches!(ty, Ty::Int | Ty::Long | Ty::Text | Ty::Bool | Ty::Struct(_));
    match draw.chance.u8(0..10) {
        0..7 => draw.column(fits),
        7 | 8 => draw.column(|ty| *ty == Ty::Int).map(|of| {
            let by = Expr::Literal(Value::Int(draw.chance.i32(0..4)));
            Typed { expr: Expr::Arithmetic('%', Box::new(of.expr), Box::new(by), Ty::Int), ty: Ty::Int }
        }),
        _ => {
            draw.column(|ty| *ty == Ty::Text).map(|of| Typed { expr: Expr::Call("UCASE", vec![of.expr]), ty: Ty::Text })
        }
    }
    .unwrap_or_else(|| {
        let ty = pick(draw.chance, &[Ty::Int, Ty::Text]);
        draw.of(&ty, 1)
    })
}

impl Grouping {
    /// The parts of the projection.
    pub(super) fn select(&self) -> Vec<String> {
        let keys = self.groups.iter().enumerate().map(|(i, group)| format!("{} AS K{i}", group.expr.sql()));
        let calls = self.calls.iter().enumerate().map(|(i, call)| format!("{} AS C{i}", call.sql()));
        let over = self.over.iter().enumerate().map(|(i, over)| format!("{} AS X{i}", over.expr.sql()));
        keys.chain(calls).chain(over).collect()
    }

    /// GROUP BY and HAVING.
    pub(super) fn sql(&self) -> String {
        let groups: Vec<String> = self.groups.iter().map(|group| group.expr.sql()).collect();
        let having = self
            .having
            .as_ref()
            .map(|(at, op, value)| format!(" HAVING {} {op} {}", self.calls[*at].sql(), value.sql()));
        format!(" GROUP BY {}{}", groups.join(", "), having.unwrap_or_default())
    }

    /// The columns of keys.
    pub(super) fn keys(&self) -> Vec<Column> {
        project::keys(self.groups.iter().map(|group| &group.ty))
    }

    /// Those of values.
    pub(super) fn values(&self) -> Vec<Column> {
        let calls = self.calls.iter().enumerate().map(|(i, call)| Column::new(format!("C{i}"), call.ty.clone()));
        calls.chain((0..).zip(&self.over).map(|(i, over)| Column::new(format!("X{i}"), over.ty.clone()))).collect()
    }

    /// The group that a row is in, if it is in one.
    pub(super) fn key(&self, event: &Event) -> Option<Vec<Value>> {
        let row = event.row()?;
        let key: Vec<Value> = self.groups.iter().map(|group| group.expr.value(row)).collect();
        key.iter().all(|part| !part.is_null()).then_some(key)
    }

    /// Results of calls and what is made of them, if the group stays.
    pub(super) fn kept(&self, mut results: Vec<Value>) -> Option<Vec<Value>> {
        let stays = self.having.as_ref().is_none_or(|(at, op, value)| compare(op, &results[*at], value));
        let row = Row { columns: &results, time: 0, first: true };
        let over: Vec<Value> = self.over.iter().map(|over| over.expr.value(row)).collect();
        results.extend(over);
        stays.then_some(results)
    }

    /// The results over these rows, and when each came.
    pub(super) fn results(&self, given: &[&Event], orders: &[usize]) -> Option<Vec<Value>> {
        let results = self.calls.iter().map(|call| {
            let given: Vec<Option<Value>> = given.iter().map(|event| call.given(event.row()?)).collect();
            call.result(&given, orders)
        });
        self.kept(results.collect())
    }

    /// The groups of rows that stay, as they are in the end: their keys and results.
    pub(super) fn of_rows(&self, events: &[Event]) -> Vec<Out> {
        let rows = self.rows(events);
        let placed: Vec<(String, i64)> = rows.iter().map(|(key, event)| (tokens(key), event.time)).collect();
        let out = |group: &Filled| {
            let given: Vec<&Event> = group.rows.iter().map(|at| rows[*at].1).collect();
            let key = group.rows.first().map(|at| rows[*at].0.clone());
            Out { key, window: None, value: self.results(&given, &group.rows), time: 0 }
        };
        whole(&placed).iter().map(out).collect()
    }

    /// The rows that are in groups, with their keys.
    fn rows<'a>(&self, events: &'a [Event]) -> Vec<(Vec<Value>, &'a Event)> {
        events.iter().filter_map(|event| Some((self.key(event)?, event))).collect()
    }
}

/// `SELECT …, calls FROM stream WINDOW … WHERE … GROUP BY … HAVING … EMIT …`
pub(super) fn query(world: &mut World, relation: &Relation, windows: Option<Windows>) -> Query {
    let no_late = windows.is_none_or(|windows| !windows.has_late());
    let commutes = relation.commutes && no_late && (!relation.exact || happens(&mut world.chance, 50));
    let kind = if commutes || !relation.exact { aggregate::Kind::AnyOrder } else { aggregate::Kind::Ordered };
    let grouping = grouping(world, relation, kind, false);
    let condition = condition(world, relation, 40);
    let events: Vec<Event> = relation.filtered(condition.as_ref());
    let rows = grouping.rows(&events);
    let placed: Vec<(String, i64)> = rows.iter().map(|(key, event)| (tokens(key), event.time)).collect();
    let filled = match &windows {
        Some(windows) => windows.fill(&placed),
        None => whole(&placed),
    };
    let mut select = grouping.select();
    let mut values = grouping.values();
    if windows.is_some() {
        select.push("WINDOWSTART AS WS".into());
        values.push(Column::new("WS", Ty::Long));
    }
    let last_only = windows.is_some_and(|windows| windows.last_only);
    let window_text = windows.map(|windows| windows.sql()).unwrap_or_default();
    let emit = if last_only { " EMIT FINAL" } else { " EMIT CHANGES" };
    let rest = format!("{window_text}{}{}{emit}", relation.where_text(condition.as_ref()), grouping.sql());
    let keys = grouping.keys();
    let format = Format::draw(&mut world.chance, &keys);
    let sql = create(true, (&keys, format), &select, relation, &rest);
    let session = matches!(windows, Some(Windows { kind: Kind::Session(_), .. }));
    let outs = filled.iter().map(|window| {
        let given: Vec<&Event> = window.rows.iter().map(|at| rows[*at].1).collect();
        let start = windows.map(|_| Value::Long(window.bounds.0));
        let results = grouping.results(&given, &window.rows);
        let value = results.map(|kept| kept.into_iter().chain(start).collect());
        let latest = given.iter().map(|event| event.time).max().unwrap_or_default();
        Out {
            key: window.rows.first().map(|at| rows[*at].0.clone()),
            window: windows.map(|_| window.bounds),
            value,
            time: if session { window.bounds.1 } else { latest },
        }
    });
    let expected = Expected {
        table: true,
        keys,
        format,
        values,
        window: windows.map_or(Window::None, |windows| windows.key()),
        ordered: false,
        times: true,
        commutes,
        at_once: relation.at_once,
        empties: Empties::All,
        rows: outs.collect(),
    };
    Query { sql, expected }
}

/// Each group as a whole.
fn whole(rows: &[(String, i64)]) -> Vec<Filled> {
    let mut filled: Vec<Filled> = Vec::new();
    for (at, (key, _)) in rows.iter().enumerate() {
        match filled.iter_mut().find(|group| group.key == *key) {
            Some(group) => group.rows.push(at),
            None => filled.push(Filled { key: key.clone(), bounds: (0, 0), rows: vec![at] }),
        }
    }
    filled
}
