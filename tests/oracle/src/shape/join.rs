//! Joins as queries draw them: of two sources or of three, with a projection or a GROUP BY behind.

use super::join_streams::{Within, stream_stream, stream_table};
use super::join_tables::{foreign_key, table_table};
use super::{World, group, project, table_group};
use crate::case::Query;
use crate::chance::{happens, pick};
use crate::expr::Column;
use crate::relation::Relation;
use crate::source::Times;

/// Which rows stay without a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Inner,
    Left,
    Right,
    Full,
}

impl Kind {
    pub(super) fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Full)
    }

    pub(super) fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Full)
    }

    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Inner => "JOIN",
            Self::Left => "LEFT JOIN",
            Self::Right => "RIGHT JOIN",
            Self::Full => "FULL OUTER JOIN",
        }
    }
}

const ALL: &[Kind] = &[Kind::Inner, Kind::Left, Kind::Right, Kind::Full];
const LEFT: &[Kind] = &[Kind::Inner, Kind::Left];

/// The rows of a join of two sources.
pub(super) fn query(world: &mut World, shape: &str, times: Times) -> Query {
    let relation = match shape {
        "stream-stream" => streams(world, times),
        "stream-table" => stream_and_tables(world, times, 1),
        "table-table" => tables(world, times, 2),
        "foreign key" => foreign(world, times),
        _ => match world.chance.u8(0..5) {
            0 => stream_and_tables(world, times, 2),
            1 => tables(world, times, 3),
            2 => streams_and_table(world),
            3 => foreign_and_table(world, times),
            _ => three_streams(world),
        },
    };
    if relation.table { project::table(world, &relation) } else { project::stream(world, &relation) }
}

/// GROUP BY over a join.
pub(super) fn grouped(world: &mut World) -> Query {
    match world.chance.u8(0..4) {
        0 => {
            let relation = streams(world, Times::Tame);
            group::query(world, &relation, None)
        }
        1 => {
            let times = world.any_times();
            let relation = stream_and_tables(world, times, 1);
            group::query(world, &relation, None)
        }
        2 => {
            let count = world.chance.usize(2..4);
            let times = world.any_times();
            let relation = tables(world, times, count);
            table_group::query(world, &relation)
        }
        _ => {
            let times = world.any_times();
            let relation = foreign(world, times);
            table_group::query(world, &relation)
        }
    }
}

/// The columns that a stream may be joined by.
fn by(world: &mut World, relation: &Relation) -> Column {
    let name = pick(&mut world.chance, &["K", "J"]);
    let found = relation.place(name).or_else(|| relation.place("J"));
    relation.columns[found.unwrap_or_default()].clone()
}

fn key(relation: &Relation) -> Column {
    relation.key.clone().unwrap_or_else(|| relation.columns[0].clone())
}

fn named(world: &World, number: usize, alias: &str) -> Relation {
    world.inputs.relation(number).qualified(alias)
}

/// A stream that may be a sub-query.
fn side(world: &mut World, number: usize, alias: &str) -> Relation {
    let relation = world.inputs.relation(number);
    if happens(&mut world.chance, 20) {
        let over = super::sub_query::over(world, relation);
        let sql = over.sql.trim_end_matches(" Q").to_owned();
        return Relation { sql, ..over }.qualified(alias);
    }
    relation.qualified(alias)
}

fn streams(world: &mut World, times: Times) -> Relation {
    let sources = world.sources(2, 0);
    world.records(times);
    let (left, right) = (side(world, sources[0], "A"), side(world, sources[1], "B"));
    let on = (by(world, &left), by(world, &right));
    let kind = pick(&mut world.chance, ALL);
    let within = Within::draw(&mut world.chance, times);
    stream_stream(&left, &right, &on, kind, within)
}

fn three_streams(world: &mut World) -> Relation {
    let sources = world.sources(3, 0);
    world.records(Times::Tame);
    let [a, b, c] = [("A", 0), ("B", 1), ("C", 2)].map(|(alias, i)| named(world, sources[i], alias));
    let on = (by(world, &a), by(world, &b));
    let within = Within::draw(&mut world.chance, Times::Tame);
    let first = stream_stream(&a, &b, &on, Kind::Inner, within);
    let on = (on.0, by(world, &c));
    let within = Within::draw(&mut world.chance, Times::Tame);
    stream_stream(&first, &c, &on, Kind::Inner, within)
}

fn streams_and_table(world: &mut World) -> Relation {
    let sources = world.sources(2, 1);
    world.records(Times::Tame);
    let [a, b, t] = [("A", 0), ("B", 1), ("T", 2)].map(|(alias, i)| named(world, sources[i], alias));
    let on = (by(world, &a), by(world, &b));
    let within = Within::draw(&mut world.chance, Times::Tame);
    let first = stream_stream(&a, &b, &on, Kind::Inner, within);
    let kind = pick(&mut world.chance, LEFT);
    stream_table(&first, &t, &(on.0, key(&t)), kind)
}

fn stream_and_tables(world: &mut World, times: Times, count: usize) -> Relation {
    let sources = world.sources(1, count);
    world.records(times);
    let mut joined = if count == 1 { side(world, sources[0], "A") } else { named(world, sources[0], "A") };
    let left = by(world, &joined);
    for (number, alias) in sources.iter().skip(1).zip(["T", "U"]) {
        let table = named(world, *number, alias);
        let kind = pick(&mut world.chance, LEFT);
        let on = (left.clone(), key(&table));
        joined = stream_table(&joined, &table, &on, kind);
    }
    joined
}

fn tables(world: &mut World, times: Times, count: usize) -> Relation {
    let sources = world.sources(0, count);
    world.records(times);
    let mut joined = named(world, sources[0], "A");
    let left = key(&joined);
    for (number, alias) in sources.iter().skip(1).zip(["B", "C"]) {
        let table = named(world, *number, alias);
        let kind = pick(&mut world.chance, if count == 2 { ALL } else { LEFT });
        joined = table_table(&joined, &table, &(left.clone(), key(&table)), kind);
    }
    joined
}

fn foreign(world: &mut World, times: Times) -> Relation {
    let sources = world.sources(0, 2);
    world.records(times);
    let (left, right) = (named(world, sources[0], "A"), named(world, sources[1], "B"));
    let by = left.columns[left.place("J").unwrap_or_default()].clone();
    let kind = pick(&mut world.chance, LEFT);
    foreign_key(&left, &right, &(by, key(&right)), kind)
}

/// A table that points to another one, and a third with its own keys.
fn foreign_and_table(world: &mut World, times: Times) -> Relation {
    let sources = world.sources(0, 3);
    world.records(times);
    let [a, b, c] = [("A", 0), ("B", 1), ("C", 2)].map(|(alias, i)| named(world, sources[i], alias));
    let by = a.columns[a.place("J").unwrap_or_default()].clone();
    let kind = pick(&mut world.chance, LEFT);
    let first = foreign_key(&a, &b, &(by, key(&b)), kind);
    let kind = pick(&mut world.chance, LEFT);
    table_table(&first, &c, &(key(&a), key(&c)), kind)
}

/// What a join's rows are before anything is known of them: its columns, those that rows are joined by hidden, its key and
/// its text.
pub(super) fn joined(left: &Relation, right: &Relation, on: &(Column, Column), kind: Kind, within: &str) -> Relation {
    let hide = |column: &Column| Column {
        hidden: column.hidden || column.name == on.0.name || column.name == on.1.name,
        ..column.clone()
    };
    let key = if kind == Kind::Full { "ROWKEY" } else { &on.0.name };
    Relation {
        table: left.table,
        columns: left.columns.iter().chain(&right.columns).map(hide).collect(),
        key: Some(Column::new(key, on.0.ty.clone())),
        sql: format!("{} {} {}{within} ON {} = {}", left.sql, kind.sql(), right.sql, on.0.name, on.1.name),
        events: Vec::new(),
        exact: left.exact && right.exact,
        commutes: left.commutes && right.commutes,
        union: false,
        simple: false,
    }
}
