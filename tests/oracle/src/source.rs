//! Random sources and random records: few keys, nulls, tombstones, times out of order, late ones and jumps.

use millstream_engine::driver::TopicRecord;

use crate::chance::{Chance, happens, pick};
use crate::expr::Column;
use crate::expr_draw;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// A declared stream or table.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) table: bool,
    /// The key columns: `K`, and maybe `K2`, if there are any.
    pub(crate) keys: Vec<Column>,
    pub(crate) format: Format,
    /// Value columns: `J`, of the key's type, `N`, an INTEGER, `L`, an array, and others.
    pub(crate) values: Vec<Column>,
    /// It has records without a value; tables always do.
    pub(crate) nulls: bool,
}

/// A record of a source.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Number of its source.
    pub(crate) source: usize,
    /// A list where there are several columns.
    pub(crate) key: Value,
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) time: i64,
}

/// The sources of a case and their records, in the order in which they come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// Stands before the names of sources.
    pub(crate) prefix: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) records: Vec<Record>,
}

/// How times run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// Out of order by up to a minute, now and then a jump of minutes.
    Wild,
    /// Out of order by seconds: nothing is late behind a grace period of a day.
    Tame,
}

impl Source {
    /// A source of that number.
    pub(crate) fn draw(chance: &mut Chance, number: usize, table: bool, key: &Ty) -> Self {
        let mut values = vec![
            Column::new("J", key.clone()),
            Column::new("N", Ty::Int),
            Column::new("L", Ty::List(Box::new(pick(chance, &[Ty::Int, Ty::Text])))),
        ];
        let tys = [Ty::Bool, Ty::Int, Ty::Long, Ty::Double, Ty::Decimal(8, 2), Ty::Text, Ty::Text];
        for i in 0..chance.usize(2..6) {
            values.push(Column::new(format!("V{i}"), pick(chance, &tys)));
        }
        let keyed = table || happens(chance, 85);
        let keys: Vec<Column> = keyed.then(|| Column::new("K", key.clone())).into_iter().collect();
        let format = Format::draw(chance, &keys);
        Self { name: format!("S{number}"), table, keys, format, values, nulls: table }
    }

    /// Gives it another key.
    pub(crate) fn rekey(&mut self, chance: &mut Chance, keys: Vec<Column>) {
        self.format = Format::draw(chance, &keys);
        self.keys = keys;
    }

    /// The topic.
    pub(crate) fn topic(&self) -> String {
        format!("topic-{}", self.name)
    }

    /// The statement that declares it.
    pub(crate) fn sql(&self) -> String {
        let (kind, constraint) = if self.table { ("TABLE", "PRIMARY KEY") } else { ("STREAM", "KEY") };
        let key = self.keys.iter().map(|key| format!("{} {} {constraint}", key.name, key.ty.sql()));
        let values = self.values.iter().map(|column| format!("{} {}", column.name, column.ty.sql()));
        let columns: Vec<String> = key.chain(values).collect();
        let key_format = if self.keys.is_empty() { String::new() } else { format!("{}, ", self.format.sql()) };
        format!(
            "CREATE {kind} {} ({}) WITH (KAFKA_TOPIC = '{}', {key_format}VALUE_FORMAT = 'JSON');",
            self.name,
            columns.join(", "),
            self.topic()
        )
    }

    fn row(&self, chance: &mut Chance) -> Vec<Value> {
        let value = |column: &Column| {
            if happens(chance, 12) { Value::Null } else { drawn(chance, column) }
        };
        self.values.iter().map(value).collect()
    }
}

fn drawn(chance: &mut Chance, column: &Column) -> Value {
    match column.ty {
        // What a row is joined by should be found.
        _ if column.name == "J" => key_value(chance, &column.ty),
        Ty::Int if happens(chance, 1) => pick(chance, &[Value::Int(i32::MAX), Value::Int(i32::MIN)]),
        Ty::Long if happens(chance, 1) => pick(chance, &[Value::Long(i64::MAX), Value::Long(i64::MIN)]),
        ref ty => expr_draw::value(chance, ty),
    }
}

fn key_value(chance: &mut Chance, ty: &Ty) -> Value {
    let number = chance.i32(0..5);
    match ty {
        Ty::Int => Value::Int(number),
        Ty::Long => Value::Long(i64::from(number) << 33),
        Ty::Struct(fields) => {
            Value::Struct(fields.iter().map(|(name, ty)| (name.clone(), key_value(chance, ty))).collect())
        }
        _ => Value::Text(format!("k{number}")),
    }
}

impl Inputs {
    /// Declares a source; its number.
    pub(crate) fn declare(&mut self, chance: &mut Chance, table: bool, key: &Ty) -> usize {
        let number = self.sources.len();
        let source = Source::draw(chance, number, table, key);
        self.sources.push(Source { name: format!("{}{}", self.prefix, source.name), ..source });
        number
    }

    /// Draws records of all sources.
    pub(crate) fn draw(&mut self, chance: &mut Chance, times: Times) {
        let mut now = 1_700_000_000_000 + chance.i64(0..60_000);
        let count = if happens(chance, 20) { chance.usize(0..12) } else { chance.usize(12..70) };
        // Tables fill up before most of a stream comes.
        let tables: Vec<usize> = (0..self.sources.len()).filter(|i| self.sources[*i].table).collect();
        for i in 0..count {
            now += chance.i64(0..1500);
            if times == Times::Wild && happens(chance, 3) {
                now += chance.i64(10_000..200_000);
            }
            let back = match chance.u8(0..100) {
                0..60 => 0,
                60..95 => chance.i64(0..4000),
                _ if times == Times::Tame => chance.i64(0..4000),
                _ => chance.i64(0..60_000),
            };
            let early = i * 3 < count && !tables.is_empty() && happens(chance, 60);
            let source = if early { pick(chance, &tables) } else { chance.usize(0..self.sources.len()) };
            let of = &self.sources[source];
            let key = match of.keys.as_slice() {
                [] => Value::Null,
                _ if !of.table && happens(chance, 6) => Value::Null,
                [key] => key_value(chance, &key.ty),
                keys => Value::List(keys.iter().map(|key| key_value(chance, &key.ty)).collect()),
            };
            let values = if of.nulls && happens(chance, 15) { None } else { Some(of.row(chance)) };
            self.records.push(Record { source, key, values, time: now - back });
        }
    }

    /// A source as a relation.
    pub(crate) fn relation(&self, number: usize) -> Relation {
        let source = &self.sources[number];
        let event = |(at, record): (usize, &Record)| {
            let bare = Event { at, key: record.key.clone(), row: None, time: record.time, first: true };
            let keys = bare.parts().unwrap_or_else(|| vec![Value::Null; source.keys.len()]);
            let row = record.values.as_ref().map(|values| keys.iter().chain(values).cloned().collect());
            Event { row, ..bare }
        };
        Relation {
            table: source.table,
            columns: source.keys.iter().chain(&source.values).cloned().collect(),
            keys: source.keys.clone(),
            sql: source.name.clone(),
            asks: None,
            events: self.records.iter().enumerate().filter(|(_, r)| r.source == number).map(event).collect(),
            exact: true,
            commutes: true,
            at_once: true,
            union: false,
            simple: true,
        }
    }

    /// The records as Kafka has them, with their topics.
    pub(crate) fn encoded(&self) -> Vec<(String, TopicRecord)> {
        let encode = |record: &Record| {
            let source = &self.sources[record.source];
            let members = |values: &Vec<Value>| {
                let members = source.values.iter().zip(values);
                let members = members.map(|(column, value)| format!("\"{}\":{}", column.name, value.json()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(",")).into_bytes()
            };
            let bytes = TopicRecord {
                key: match &record.key {
                    Value::Null => None,
                    Value::List(parts) => Some(source.format.write(&source.keys, parts)),
                    only => Some(source.format.write(&source.keys, std::slice::from_ref(only))),
                },
                value: record.values.as_ref().map(members),
                timestamp: record.time,
                headers: Vec::new(),
            };
            (source.topic(), bytes)
        };
        self.records.iter().map(encode).collect()
    }
}
