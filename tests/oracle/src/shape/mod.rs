//! What queries are drawn: one file for each kind of operator, and here how they are put on one another.

mod asked;
mod distinct;
mod explode;
mod group;
mod join;
mod join_streams;
mod join_tables;
mod nested;
mod placed;
mod project;
mod sub_query;
mod table_group;
mod top;
mod union;
mod window;

use crate::case::{Case, Query};
use crate::chance::{Chance, happens, pick};
use crate::expr::Column;
use crate::relation::Relation;
use crate::source::{Inputs, Times};
use crate::value::Ty;

/// What is drawn of a case so far.
pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) inputs: Inputs,
    key: Ty,
}

/// The kinds of queries.
pub(crate) const SHAPES: &[&str] = &[
    "project",
    "union",
    "explode",
    "table",
    "group",
    "window",
    "table group",
    "stream-stream",
    "stream-table",
    "table-table",
    "foreign key",
    "n-way",
    "group of a join",
    "top",
    "table top",
    "distinct",
    "table distinct",
    "nested",
    "asked",
];

impl World {
    fn new(mut chance: Chance, prefix: &str) -> Self {
        let mut key = pick(&mut chance, &[Ty::Text, Ty::Text, Ty::Int, Ty::Long]);
        if happens(&mut chance, 8) {
            key = Ty::Struct(vec![("A".into(), Ty::Int), ("B".into(), Ty::Text)]);
        }
        Self { chance, inputs: Inputs { prefix: prefix.to_owned(), ..Inputs::default() }, key }
    }

    fn source(&mut self, table: bool) -> usize {
        self.inputs.declare(&mut self.chance, table, &self.key)
    }

    /// A source that may have a key of two columns: none to be joined by.
    fn any_source(&mut self, table: bool) -> usize {
        let number = self.source(table);
        let source = &mut self.inputs.sources[number];
        if !source.keys.is_empty() && happens(&mut self.chance, 15) {
            let second = Column::new("K2", pick(&mut self.chance, &[Ty::Int, Ty::Text]));
            let keys = source.keys.iter().cloned().chain([second]).collect();
            source.rekey(&mut self.chance, keys);
        }
        number
    }

    /// Sources of these kinds: the first ones as streams.
    fn sources(&mut self, streams: usize, tables: usize) -> Vec<usize> {
        (0..streams + tables).map(|i| self.source(i >= streams)).collect()
    }

    /// Streams that all have keys, or none of them.
    fn alike(&mut self, count: usize) -> Vec<usize> {
        let sources = self.sources(count, 0);
        let keys = self.inputs.sources[sources[0]].keys.clone();
        for source in &sources {
            self.inputs.sources[*source].rekey(&mut self.chance, keys.clone());
        }
        sources
    }

    /// Lets a stream have records without a value.
    fn with_nulls(&mut self, source: usize) {
        self.inputs.sources[source].nulls = happens(&mut self.chance, 40);
    }

    fn records(&mut self, times: Times) {
        self.inputs.draw(&mut self.chance, times);
    }

    fn any_times(&mut self) -> Times {
        pick(&mut self.chance, &[Times::Wild, Times::Tame])
    }

    /// A table, or a sub-query over one.
    fn table(&mut self, times: Times) -> Relation {
        let source = self.any_source(true);
        self.records(times);
        let relation = self.inputs.relation(source);
        if happens(&mut self.chance, 20) { sub_query::over(self, relation) } else { relation }
    }

    /// A stream, or a sub-query over one or two.
    fn stream(&mut self, times: Times) -> Relation {
        match self.chance.u8(0..10) {
            0..5 => {
                let source = self.any_source(false);
                self.with_nulls(source);
                self.records(times);
                self.inputs.relation(source)
            }
            5..8 => {
                let source = self.any_source(false);
                self.records(times);
                let relation = self.inputs.relation(source);
                sub_query::over(self, relation)
            }
            _ => {
                let sources = self.alike(2);
                self.records(times);
                union::relation(self, &sources)
            }
        }
    }
}

/// Draws a case of one of the shapes, or of that one.
pub(crate) fn draw(chance: Chance, only: Option<&'static str>) -> Case {
    let mut world = World::new(chance, "");
    let shape = only.unwrap_or_else(|| pick(&mut world.chance, SHAPES));
    let query = query(&mut world, shape);
    Case::new(shape, &world.inputs, query)
}

/// The same of that shape, with names and topics of its own: `prefix` stands before each.
pub(crate) fn draw_named(chance: Chance, shape: &'static str, prefix: &str) -> Case {
    let mut world = World::new(chance, prefix);
    let mut query = query(&mut world, shape);
    for kind in ["STREAM", "TABLE"] {
        query.sql = query.sql.replace(&format!("CREATE {kind} O "), &format!("CREATE {kind} {prefix}O "));
    }
    query.sql = query.sql.replace("WITH (KEY_FORMAT", &format!("WITH (KAFKA_TOPIC = '{prefix}O', KEY_FORMAT"));
    Case::new(shape, &world.inputs, query)
}

fn query(world: &mut World, shape: &str) -> Query {
    let times = world.any_times();
    match shape {
        "project" => {
            let relation = world.stream(times);
            project::stream(world, &relation)
        }
        "union" => union::query(world, times),
        "explode" => explode::query(world, times),
        "table" => {
            let relation = world.table(times);
            project::table(world, &relation)
        }
        "group" => {
            let relation = world.stream(times);
            group::query(world, &relation, None)
        }
        "window" => {
            let relation = world.stream(times);
            let windows = window::draw(world, times == Times::Tame);
            group::query(world, &relation, Some(windows))
        }
        "table group" => {
            let relation = world.table(times);
            table_group::query(world, &relation)
        }
        "top" | "table top" | "distinct" | "table distinct" => {
            let table = shape.starts_with("table");
            let source = world.any_source(table);
            world.records(times);
            let relation = world.inputs.relation(source);
            if shape.ends_with("distinct") {
                distinct::distinct(world, &relation)
            } else {
                top::query(world, &relation)
            }
        }
        "nested" => {
            let relation = match world.chance.u8(0..10) {
                0..4 => world.stream(times),
                4..8 => world.table(times),
                _ => join::any(world),
            };
            nested::query(world, relation)
        }
        "asked" => {
            let relation = asked::relation(world, times);
            if happens(&mut world.chance, 65) {
                project::stream(world, &relation)
            } else {
                group::query(world, &relation, None)
            }
        }
        "group of a join" => join::grouped(world),
        _ => join::query(world, shape, times),
    }
}
