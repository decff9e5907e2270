//! A server's answers as a catalog: what its statements describe, with the columns that it says there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_client::{columns, custom_types};
use millstream_plan::{Catalog, Plan, Settings, Source, plan};
use millstream_sql::ast::{SourceKind, StatementKind};
use millstream_sql::{Span, Statement};
use millstream_types::{Format, FormatSpec, KeyWindow, Schema, SqlType};
use serde_json::Value;

use crate::check::read_back;
use crate::object::{Object, canonical, query_id};
use crate::order::order;
use crate::reads;
use crate::remote::Answers;

/// What a server has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Current {
    /// Streams and tables by name.
    pub(crate) sources: BTreeMap<String, CurrentSource>,
    /// Queries of INSERT INTO by id.
    pub(crate) inserts: BTreeMap<String, CurrentInsert>,
    /// Custom types by name.
    pub(crate) types: BTreeMap<String, SqlType>,
    /// Topics by name.
    pub(crate) topics: BTreeMap<String, TopicShape>,
    /// What the server says where a statement says nothing.
    pub(crate) properties: BTreeMap<String, String>,
    /// A word that changes when any of the rest does.
    pub(crate) fingerprint: String,
}

/// What is settled when a topic is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TopicShape {
    /// How many partitions it has.
    pub(crate) partitions: usize,
    /// How many copies of each, at least; 0: not known.
    pub(crate) replicas: usize,
}

/// A stream or table of a server.
#[derive(Debug, Clone)]
pub(crate) struct CurrentSource {
    /// What it is, as far as can be told.
    pub(crate) source: Arc<Source>,
    /// The statement that made it, if it can be read and is a CREATE.
    pub(crate) statement: Option<Statement>,
    /// Whether its formats and times are known in full; else by their names alone.
    pub(crate) known: bool,
    /// The sources that its query reads; none for one over a topic.
    pub(crate) reads: Vec<String>,
    /// Ids of all queries that feed it.
    pub(crate) writers: Vec<String>,
    /// What was set when its query was created, if the server tells.
    pub(crate) overrides: Option<BTreeMap<String, String>>,
}

/// A query of INSERT INTO.
#[derive(Debug, Clone)]
pub(crate) struct CurrentInsert {
    /// Its statement in one form; the text as it is if it cannot be read.
    pub(crate) canonical: String,
    /// The statement, if it can be read.
    pub(crate) statement: Option<Statement>,
    /// QUERY_ID of its statement.
    pub(crate) named: bool,
    /// The sources that it reads.
    pub(crate) reads: Vec<String>,
    /// The stream that it feeds.
    pub(crate) feeds: String,
    /// What was set when it was created, if the server tells.
    pub(crate) overrides: Option<BTreeMap<String, String>>,
}

impl Current {
    /// Reads answers.
    pub(crate) fn of(answers: &Answers) -> Self {
        let types = custom_types(&answers.types.to_string());
        let mut current = Self { properties: answers.properties.clone(), types, ..Self::default() };
        current.fingerprint = fingerprint(answers);
        current.topics = answers.topics.iter().map(topic).collect();
        let overrides: BTreeMap<String, BTreeMap<String, String>> =
            answers.query_descriptions.iter().filter_map(overrides).collect();
        let mut writers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for query in &answers.queries {
            let (id, text) = (text(query, "id"), text(query, "queryString"));
            let sinks = query.get("sinks").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            for sink in sinks {
                writers.entry(sink.to_owned()).or_default().push(id.clone());
            }
            current.insert(id, &text, &overrides);
        }
        let mut objects = answers.sources.iter().filter_map(|d| current.object(d)).collect::<Vec<_>>();
        // A stream of late records comes and is described with its table.
        let late: Vec<String> = objects.iter().filter_map(|object| object.late().map(str::to_owned)).collect();
        objects.retain(|object| !late.iter().any(|name| named(object, name)));
        let planned = planned(&objects, &current.properties);
        for description in &answers.sources {
            let name = text(description, "name");
            let statement = objects.iter().find(|o| named(o, &name)).map(|o| o.statement.clone());
            let mut found = found(description, statement, planned.get(&name));
            found.writers = writers.remove(&name).unwrap_or_default();
            let own = found.writers.iter().find(|id| !current.inserts.contains_key(*id));
            found.overrides = own.and_then(|id| overrides.get(id)).cloned();
            current.sources.insert(name, found);
        }
        current
    }

    /// The catalog of all that there is.
    pub(crate) fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::default();
        self.sources.values().for_each(|found| catalog.put(Arc::clone(&found.source)));
        catalog
    }

    fn insert(&mut self, id: String, text: &str, overrides: &BTreeMap<String, BTreeMap<String, String>>) {
        let statement = read_back(text, &self.types);
        let kind = statement.as_ref().map(|statement| &statement.kind);
        let Some(StatementKind::InsertSelect(insert)) = kind else { return };
        let found = CurrentInsert {
            canonical: kind.map_or_else(|| text.to_owned(), canonical),
            named: query_id(insert).is_some(),
            reads: reads::of(&insert.query),
            feeds: insert.target.value.clone(),
            overrides: overrides.get(&id).cloned(),
            statement,
        };
        self.inserts.insert(id, found);
    }

    fn object(&self, description: &Value) -> Option<Object> {
        let statement = read_back(&text(description, "statement"), &self.types)?;
        Object::of(statement, 0, Span::default()).filter(|object| named(object, &text(description, "name")))
    }
}

fn named(object: &Object, name: &str) -> bool {
    matches!(&object.id, crate::object::Id::Source(of) if of == name)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What the statements make, each planned after those that it needs.
fn planned(objects: &[Object], properties: &BTreeMap<String, String>) -> BTreeMap<String, Arc<Source>> {
    let settings = Settings::of(properties.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let mut catalog = Catalog::default();
    let mut made = BTreeMap::new();
    for object in order(objects).sorted.into_iter().filter_map(|i| objects.get(i)) {
        // What cannot be planned any more is taken as it is described.
        let sources = match plan(&object.statement, &catalog, &settings) {
            Ok(Plan::CreateSource { source, .. }) => vec![source],
            Ok(Plan::CreateAs { source, late, .. }) => std::iter::once(source).chain(late.map(|late| late.0)).collect(),
            _ => Vec::new(),
        };
        for source in sources {
            catalog.put(Arc::clone(&source));
            made.insert(source.name.clone(), source);
        }
    }
    made
}

/// A source by its description, and by its statement where that was planned.
fn found(description: &Value, statement: Option<Statement>, planned: Option<&Arc<Source>>) -> CurrentSource {
    let mut source = planned.map_or_else(|| described(description), |planned| Source::clone(planned));
    if let Some(columns) = columns(description) {
        source.schema = Schema::new(columns);
    }
    let query = statement.as_ref().and_then(|statement| match &statement.kind {
        StatementKind::CreateAs(create) => Some(&create.query),
        _ => None,
    });
    let reads = query.map(reads::of).unwrap_or_default();
    source.reads.clone_from(&reads);
    source.query = query.map(|query| Arc::new(query.clone()));
    let (known, source) = (planned.is_some(), Arc::new(source));
    CurrentSource { source, statement, known, reads, writers: Vec::new(), overrides: None }
}

/// A topic of a list, by name.
fn topic(topic: &Value) -> (String, TopicShape) {
    let replicas = topic.get("replicaInfo").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let least = replicas.iter().filter_map(Value::as_u64).min().and_then(|n| usize::try_from(n).ok());
    (text(topic, "name"), TopicShape { partitions: replicas.len(), replicas: least.unwrap_or(0) })
}

/// What was set for a query, by its id. `None`: the server does not tell.
fn overrides(description: &Value) -> Option<(String, BTreeMap<String, String>)> {
    let properties = description.get("overriddenProperties")?.as_object()?;
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let properties = properties.iter().map(|(name, value)| (name.clone(), shown(value)));
    Some((text(description, "id"), properties.collect()))
}

/// As much as a description tells.
fn described(description: &Value) -> Source {
    let format = |name: &str| {
        let format = Format::parse(&text(description, name)).unwrap_or(Format::None);
        FormatSpec::value(format)
    };
    let window = description.get("windowType").and_then(Value::as_str);
    Source {
        name: text(description, "name"),
        kind: if text(description, "type") == "TABLE" { SourceKind::Table } else { SourceKind::Stream },
        topic: text(description, "topic"),
        key_format: format("keyFormat"),
        value_format: format("valueFormat"),
        key_window: match window {
            Some("TUMBLING") => Some(KeyWindow::Tumbling { size_ms: 0 }),
            Some("HOPPING") => Some(KeyWindow::Hopping { size_ms: 0 }),
            Some("SESSION") => Some(KeyWindow::Session),
            _ => None,
        },
        schema: Schema::default(),
        schemas: Default::default(),
        timestamp: None,
        read_only: false,
        statement: text(description, "statement"),
        partitions: None,
        reads: Vec::new(),
        query: None,
        query_id: None,
        late_of: None,
        ttl: None,
    }
}

/// A word for all that a catalog consists of: FNV-1a, 64 bits.
fn fingerprint(answers: &Answers) -> String {
    let mut parts: Vec<String> = Vec::new();
    for source in &answers.sources {
        let fields = source.get("fields").map(Value::to_string).unwrap_or_default();
        parts.push(format!("source {} {} {fields}", text(source, "name"), text(source, "statement")));
    }
    for query in &answers.queries {
        parts.push(format!("query {} {}", text(query, "id"), text(query, "queryString")));
    }
    for query in &answers.query_descriptions {
        if let Some((id, set)) = overrides(query) {
            parts.push(format!("set {id} {set:?}"));
        }
    }
    parts.push(format!("types {}", answers.types.pointer("/0/types").map(Value::to_string).unwrap_or_default()));
    parts.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
