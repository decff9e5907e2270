//! Joins as queries draw them: of two sources or of three, with a projection or a GROUP BY behind.

use super::join_streams::{Within, stream_stream, stream_table};
use super::join_tables::{foreign_key, table_table};
use super::sub_query::{self, unnamed};
use super::{World, group, nested, project, table_group};
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
        _ => n_way(world, times),
    };
    if relation.table { project::table(world, &relation) } else { project::stream(world, &relation) }
}

/// The rows of a join of three.
fn n_way(world: &mut World, times: Times) -> Relation {
    match world.chance.u8(0..8) {
        0 => stream_and_tables(world, times, 2),
        1 => tables(world, times, 3),
        2 => streams_and_table(world),
        3 | 4 => foreign_and_table(world, times),
        5 => foreign_chain(world, times),
        6 => tables_and_foreign(world, times),
        _ => three_streams(world),
    }
}

/// The rows of any join.
pub(super) fn any(world: &mut World) -> Relation {
    let times = world.any_times();
    match world.chance.u8(0..6) {
        0 => streams(world, Times::Tame),
        1 => stream_and_tables(world, times, 1),
        2 | 3 => tables(world, times, 2),
        4 => foreign(world, times),
        _ => n_way(world, times),
    }
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
    relation.keys.first().unwrap_or(&relation.columns[0]).clone()
}

/// A table to be joined: its source, and whether it is the groups of that.
fn table_source(world: &mut World) -> (usize, bool) {
    let groups = happens(&mut world.chance, 20);
    (world.source(!groups), groups)
}

/// The same as a relation: groups, a sub-query, or the table by itself.
fn table_side(world: &mut World, (number, groups): (usize, bool), alias: &str) -> Relation {
    let relation = world.inputs.relation(number);
    if groups {
        return unnamed(nested::by_key(world, relation, "J")).qualified(alias);
    }
    if happens(&mut world.chance, 15) {
        return unnamed(sub_query::over(world, relation)).qualified(alias);
    }
    relation.qualified(alias)
}

fn named(world: &World, number: usize, alias: &str) -> Relation {
    world.inputs.relation(number).qualified(alias)
}

/// A stream that may be a sub-query.
fn side(world: &mut World, number: usize, alias: &str) -> Relation {
    let relation = world.inputs.relation(number);
    if happens(&mut world.chance, 20) {
        return unnamed(sub_query::over(world, relation)).qualified(alias);
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
    let stream = world.source(false);
    let tables: Vec<(usize, bool)> = (0..count).map(|_| table_source(world)).collect();
    world.records(times);
    let mut joined = if count == 1 { side(world, stream, "A") } else { named(world, stream, "A") };
    let left = by(world, &joined);
    let at_once = !tables.iter().any(|(_, groups)| *groups);
    for (source, alias) in tables.into_iter().zip(["T", "U"]) {
        let table = table_side(world, source, alias);
        let kind = pick(&mut world.chance, LEFT);
        let on = (left.clone(), key(&table));
        joined = stream_table(&joined, &table, &on, kind);
    }
    // Groups that wait for the end of an epoch are found there later.
    Relation { at_once, ..joined }
}

fn tables(world: &mut World, times: Times, count: usize) -> Relation {
    let mut sources: Vec<(usize, bool)> = (0..count).map(|_| table_source(world)).collect();
    world.records(times);
    let mut joined = table_side(world, sources.remove(0), "A");
    let left = key(&joined);
    for (source, alias) in sources.into_iter().zip(["B", "C"]) {
        let table = table_side(world, source, alias);
        let kind = pick(&mut world.chance, if count == 2 { ALL } else { LEFT });
        joined = table_table(&joined, &table, &(left.clone(), key(&table)), kind);
    }
    joined
}

fn foreign(world: &mut World, times: Times) -> Relation {
    let (left, right) = (world.source(true), table_source(world));
    world.records(times);
    let (left, right) = (table_side(world, (left, false), "A"), table_side(world, right, "B"));
    let by = pointer(&left, "A.J");
    let kind = pick(&mut world.chance, LEFT);
    foreign_key(&left, &right, &(by, key(&right)), kind)
}

/// The column of that name.
fn pointer(relation: &Relation, name: &str) -> Column {
    let found = relation.columns.iter().find(|column| column.name == name);
    found.unwrap_or(&relation.columns[0]).clone()
}

/// Three tables, the last of which may be groups.
fn three_tables(world: &mut World, times: Times) -> [Relation; 3] {
    let (a, b, c) = (world.source(true), world.source(true), table_source(world));
    world.records(times);
    let (a, b) = (table_side(world, (a, false), "A"), table_side(world, (b, false), "B"));
    [a, b, table_side(world, c, "C")]
}

/// A table that points to another one, and the rows of both to a third, which only a sub-query may do: several foreign keys
/// stand in no join, as in ksqlDB.
fn foreign_chain(world: &mut World, times: Times) -> Relation {
    let [a, b, c] = three_tables(world, times);
    let kind = pick(&mut world.chance, LEFT);
    let first = foreign_key(&a, &b, &(pointer(&a, "A.J"), key(&b)), kind);
    points_on(world, first, &c)
}

fn points_on(world: &mut World, first: Relation, to: &Relation) -> Relation {
    let first = unnamed(sub_query::over(world, first)).qualified("X");
    let kind = pick(&mut world.chance, LEFT);
    foreign_key(&first, to, &(pointer(&first, "X.J"), key(to)), kind)
}

/// Two tables of the same keys, whose rows point to a third.
fn tables_and_foreign(world: &mut World, times: Times) -> Relation {
    let [a, b, c] = three_tables(world, times);
    let kind = pick(&mut world.chance, LEFT);
    let first = table_table(&a, &b, &(key(&a), key(&b)), kind);
    points_on(world, first, &c)
}

/// A table that points to another one, and a third with its own keys.
fn foreign_and_table(world: &mut World, times: Times) -> Relation {
    let [a, b, c] = three_tables(world, times);
    let by = pointer(&a, "A.J");
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
        keys: vec![Column::new(key, on.0.ty.clone())],
        asks: None,
        sql: format!("{} {} {}{within} ON {} = {}", left.sql, kind.sql(), right.sql, on.0.name, on.1.name),
        events: Vec::new(),
        exact: left.exact && right.exact,
        commutes: left.commutes && right.commutes,
        at_once: left.at_once && right.at_once,
        union: false,
        simple: false,
    }
}
