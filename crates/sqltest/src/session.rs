//! Statements applied one by one to a catalog, as a server applies them: parser and planner, without topics and Kafka.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, encoder_with};
use millstream_engine::driver::TopicRecord;
use millstream_plan::topology::{Stage, Topology};
use millstream_plan::{Catalog, Plan, Settings, Source, plan, rewritten, schema_needs};
use millstream_schemas::{MemoryRegistry, Registering, Registry, SchemaIds, WriterSchema, look_up, register};
use millstream_sql::ast::{QueryRef, SourceKind, StatementKind};
use millstream_sql::{Context, Diagnostic, Position, Statement, parse_in};
use millstream_types::{Column, FormatSpec, SqlType};

use crate::failure::{Failure, Kind};

/// Sources and queries that statements have made so far.
#[derive(Debug, Default)]
pub struct Session {
    /// The sources.
    pub catalog: Catalog,
    /// The queries in order of creation.
    pub queries: Vec<SessionQuery>,
    /// What later texts are read in.
    context: Context,
    /// Custom types by name.
    types: BTreeMap<String, SqlType>,
    /// Properties by name.
    properties: BTreeMap<String, String>,
    /// What they mean to the planner.
    pub settings: Settings,
    /// Ids given so far.
    ids: usize,
    /// The time of rows that say none, ms since the epoch.
    now_ms: i64,
    /// Where schemas stand.
    registry: Arc<MemoryRegistry>,
    /// Partitions of the topics that there are.
    topics: BTreeMap<String, i32>,
    /// Partitions of a topic when nobody says anything.
    partitions: i32,
    /// Where the text that is read begins, when it is part of a larger one.
    start: Option<Position>,
}

/// A persistent query.
#[derive(Debug)]
pub struct SessionQuery {
    /// Its id.
    pub id: String,
    /// What it runs: one stage, or those of UNION ALL.
    pub stages: Vec<Stage>,
}

/// What a statement means for the queries that run.
#[derive(Debug)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// The query of that id is new, or has a new form in its old place.
    Query(String),
    /// The queries of these ids are gone.
    Ended(Vec<String>),
    /// Rows are written to a topic.
    Rows {
        /// The topic.
        topic: String,
        /// The rows.
        records: Vec<TopicRecord>,
    },
}

impl Session {
    /// A session whose clock stands at that time, ms since the epoch.
    pub fn new(now_ms: i64) -> Self {
        Self { now_ms, partitions: 1, ..Self::default() }
    }

    /// The same with these properties, which statements may change.
    #[must_use]
    pub fn with(mut self, properties: BTreeMap<String, String>) -> Self {
        self.properties = properties;
        self.settings = self.settings_of_properties();
        self
    }

    /// The same with these topics beforehand, by their partitions; `partitions`: what a new topic has when nobody says
    /// anything.
    #[must_use]
    pub fn with_topics(self, topics: BTreeMap<String, i32>, partitions: i32) -> Self {
        Self { topics, partitions, ..self }
    }

    /// The same with this registry of schemas.
    #[must_use]
    pub fn with_registry(self, registry: Arc<MemoryRegistry>) -> Self {
        Self { registry, ..self }
    }

    /// Where the schemas of its topics stand.
    pub fn registry(&self) -> Registry {
        Registry::new(Arc::<MemoryRegistry>::clone(&self.registry))
    }

    /// The same, as what it is.
    pub fn schemas(&self) -> &Arc<MemoryRegistry> {
        &self.registry
    }

    fn settings_of_properties(&self) -> Settings {
        Settings::of(self.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The same that also reads the statements of SQL tests.
    #[must_use]
    pub fn of_tests(mut self) -> Self {
        self.context.tests = true;
        self
    }

    /// Reads statements, custom types resolved.
    ///
    /// # Errors
    /// The text cannot be read; nothing has changed then.
    pub fn parse(&mut self, text: &str) -> Result<Vec<Statement>, Failure> {
        parse_in(text, &mut self.context).map_err(|findings| self.failure(Kind::Parse, findings))
    }

    /// The same of a text that begins there in a larger one: places in findings are those in that, until the next text.
    ///
    /// # Errors
    /// The text cannot be read; nothing has changed then.
    pub fn parse_at(&mut self, start: Position, text: &str) -> Result<Vec<Statement>, Failure> {
        self.start = Some(start);
        self.parse(text)
    }

    /// What is wrong with the text that was read last.
    pub(crate) fn failure(&self, kind: Kind, findings: Vec<Diagnostic>) -> Failure {
        let placed = |finding: Diagnostic| match self.start {
            Some(start) => finding.inside(start),
            None => finding,
        };
        Failure::findings(kind, &findings.into_iter().map(placed).collect::<Vec<_>>())
    }

    /// Parses all of a text as one script, then applies its statements one by one; the rows that they insert, with their
    /// topics.
    ///
    /// # Errors
    /// The text cannot be read, or the first statement that is refused.
    pub fn script(&mut self, text: &str) -> Result<Vec<(String, TopicRecord)>, Failure> {
        let parsed = self.parse(text)?;
        let mut rows = Vec::new();
        for (i, statement) in parsed.iter().enumerate() {
            let early = i + 1 < parsed.len();
            let effect = self.apply(statement).map_err(|failure| failure.before_the_last(early))?;
            if let Effect::Rows { topic, records } = effect {
                rows.extend(records.into_iter().map(|record| (topic.clone(), record)));
            }
        }
        Ok(rows)
    }

    /// Applies one statement.
    ///
    /// # Errors
    /// It is refused, or it is one that needs a server.
    pub fn apply(&mut self, statement: &Statement) -> Result<Effect, Failure> {
        match &statement.kind {
            StatementKind::Set { name, value } => return self.set(name, value),
            StatementKind::Unset { name } => {
                self.properties.remove(name);
                self.settings = self.settings_of_properties();
                return Ok(Effect::Nothing);
            }
            // Resolved when it was read.
            StatementKind::Define { .. } | StatementKind::Undefine(_) => return Ok(Effect::Nothing),
            StatementKind::CreateType { if_not_exists, name, ty } => {
                return self.create_type(&name.value, ty, *if_not_exists);
            }
            StatementKind::DropType { if_exists, name } => return self.drop_type(&name.value, *if_exists),
            StatementKind::Terminate(which) => return self.terminate(which),
            StatementKind::Show(_)
            | StatementKind::ShowWatermarks { .. }
            | StatementKind::ShowErrors { .. }
            | StatementKind::ShowCreate { .. }
            | StatementKind::ShowLike { .. }
            | StatementKind::ReplayErrors(_)
            | StatementKind::Describe { .. } => {
                return Err(Failure::new(Kind::Ksql, "This statement needs a server: tests do not run it."));
            }
            _ => {}
        }
        let registry = self.registry();
        let found = look_up(&schema_needs(statement, &self.settings), &registry);
        let settings = Settings { found, ..self.settings.clone() };
        let planned = plan(statement, &self.catalog, &settings).map_err(|findings| {
            let text = rewritten(statement, &self.catalog).unwrap_or_else(|| statement.text.clone());
            self.failure(Kind::Statement, findings).about(text)
        })?;
        let ids = ids(&planned, &registry).map_err(|e| Failure::new(Kind::Statement, e))?;
        match planned.with_schema_ids(ids) {
            Plan::CreateSource { source, .. } => {
                let query_id = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
                self.put(&source, query_id);
                Ok(Effect::Nothing)
            }
            Plan::CreateAs { source, late, topology, .. } => {
                late.into_iter().for_each(|late| self.put(&late.0, None));
                Ok(self.create_as(&source, topology))
            }
            Plan::InsertSelect { query_id, topology, .. } => Ok(self.insert_select(query_id, topology)),
            Plan::InsertValues { source, rows, times } => {
                let times: Vec<i64> = times.into_iter().map(|time| time.unwrap_or(self.now_ms)).collect();
                let records = encode(&source, rows.columns(), &times).map_err(|e| Failure::new(Kind::Statement, e))?;
                Ok(Effect::Rows { topic: source.topic.clone(), records })
            }
            Plan::Alter { source } => {
                self.catalog.put(source);
                Ok(Effect::Nothing)
            }
            Plan::Drop { source, .. } => {
                self.catalog.remove(&source.name);
                Ok(self.end(|query| Some(&query.id) == source.query_id.as_ref()))
            }
            Plan::Select { .. } | Plan::Pull(_) | Plan::Answer { .. } => {
                Err(Failure::new(Kind::Ksql, "A test has no client for a SELECT."))
            }
            Plan::Nothing { .. } => Ok(Effect::Nothing),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<Effect, Failure> {
        self.settings.set(name, value).map_err(|e| Failure::new(Kind::Statement, e))?;
        self.properties.insert(name.to_owned(), value.to_owned());
        Ok(Effect::Nothing)
    }

    fn create_as(&mut self, source: &Source, topology: Topology) -> Effect {
        let prefix = if source.kind == SourceKind::Stream { "CSAS" } else { "CTAS" };
        let replaced = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
        let id = replaced.unwrap_or_else(|| format!("{prefix}_{}_{}", source.name, self.ids));
        self.ids += 1;
        self.put(source, Some(id.clone()));
        match self.queries.iter_mut().find(|q| q.id == id) {
            // Replaced in its place: the order of the queries stays.
            Some(query) => query.stages = topology.stages,
            None => self.queries.push(SessionQuery { id: id.clone(), stages: topology.stages }),
        }
        Effect::Query(id)
    }

    fn insert_select(&mut self, query_id: Option<String>, topology: Topology) -> Effect {
        let id = query_id.unwrap_or_else(|| format!("INSERTQUERY_{}", self.ids));
        self.ids += 1;
        self.queries.push(SessionQuery { id: id.clone(), stages: topology.stages });
        Effect::Query(id)
    }

    fn create_type(&mut self, name: &str, ty: &SqlType, if_not_exists: bool) -> Result<Effect, Failure> {
        match self.types.get(name) {
            Some(_) if if_not_exists => {}
            Some(existing) => {
                let message = format!(
                    "Cannot register custom type '{name}' since it is already registered with type: {existing}"
                );
                return Err(Failure::new(Kind::Statement, message));
            }
            None => drop(self.types.insert(name.to_owned(), ty.clone())),
        }
        Ok(Effect::Nothing)
    }

    fn drop_type(&mut self, name: &str, if_exists: bool) -> Result<Effect, Failure> {
        match self.types.remove(name) {
            None if !if_exists => Err(Failure::new(Kind::Statement, format!("Type {name} does not exist."))),
            _ => Ok(Effect::Nothing),
        }
    }

    /// Adds a source over its topic, which is made when it is not there.
    fn put(&mut self, source: &Source, query_id: Option<String>) {
        let wanted = source.partitions.unwrap_or(self.partitions);
        let partitions = Some(*self.topics.entry(source.topic.clone()).or_insert(wanted));
        self.catalog.put(Arc::new(Source { query_id, partitions, ..source.clone() }));
    }

    fn terminate(&mut self, which: &QueryRef) -> Result<Effect, Failure> {
        match which {
            QueryRef::All => Ok(self.end(|_| true)),
            QueryRef::Id(id) if self.queries.iter().any(|q| q.id == id.value) => Ok(self.end(|q| q.id == id.value)),
            QueryRef::Id(id) => Err(Failure::new(Kind::Statement, format!("Unknown queryId: {}", id.value))),
        }
    }

    fn end(&mut self, which: impl Fn(&SessionQuery) -> bool) -> Effect {
        let (ended, staying) = std::mem::take(&mut self.queries).into_iter().partition(which);
        self.queries = staying;
        Effect::Ended(ended.into_iter().map(|query: SessionQuery| query.id).collect())
    }
}

/// The ids of the schemas that a plan writes with, which are added to the registry.
fn ids(planned: &Plan, registry: &Registry) -> Result<SchemaIds, String> {
    let (source, when) = match planned {
        Plan::CreateSource { source, .. } => (source, Registering::IntoNewSubjects),
        Plan::CreateAs { source, .. } | Plan::InsertValues { source, .. } => (source, Registering::Always),
        Plan::InsertSelect { target, .. } => (target, Registering::Always),
        _ => return Ok(SchemaIds::default()),
    };
    register(&source.topic, &source.schemas, when, registry).map_err(|e| e.to_string())
}

/// Rows of a source as their records, with their times.
///
/// # Errors
/// A format cannot write them.
fn encode(source: &Source, rows: &[ArrayRef], times: &[i64]) -> Result<Vec<TopicRecord>, String> {
    let (keys, values) = rows.split_at(source.schema.key_count().min(rows.len()));
    let schemas = &source.schemas;
    let keys = side(source.key_format, source.schema.keys(), schemas.key.as_deref(), keys)?;
    let values = side(source.value_format, source.schema.values(), schemas.value.as_deref(), values)?;
    let bytes = |side: &Payloads, i: usize| side.get(i).map(<[u8]>::to_vec);
    let record = |(i, &timestamp)| TopicRecord {
        key: bytes(&keys, i),
        value: bytes(&values, i),
        timestamp,
        headers: Vec::new(),
    };
    Ok(times.iter().enumerate().map(record).collect())
}

/// One side of rows; no columns: no bytes.
fn side(
    format: FormatSpec,
    columns: &[Column],
    schema: Option<&WriterSchema>,
    rows: &[ArrayRef],
) -> Result<Payloads, String> {
    let mut payloads = Payloads::default();
    if !columns.is_empty() {
        let mut encoder = encoder_with(format, columns, schema).map_err(|e| e.to_string())?;
        encoder.encode(rows, None, &mut payloads).map_err(|e| e.to_string())?;
    }
    Ok(payloads)
}
