//! What all commands so far add up to: the catalog and the persistent queries.
//!
//! A value. The command runner owns the real one; each request validates on a clone. Both go through [`State::plan`]
//! and [`State::apply`], and both are free of clocks, Kafka and chance, so that every server of a service that reads the
//! same commands arrives at the same state.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_plan::topology::Stage;
use millstream_plan::{Catalog, Plan, Source, TopicSpec, Topology, plan};
use millstream_sql::ast::{QueryRef, SourceKind, StatementKind};
use millstream_sql::{Diagnostic, Statement};

use crate::properties::Settings;

/// Sources and queries.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The sources.
    pub(crate) catalog: Catalog,
    /// The queries by id.
    pub(crate) queries: BTreeMap<String, Arc<PersistentQuery>>,
}

/// A query that feeds a sink for ever.
#[derive(Debug)]
pub(crate) struct PersistentQuery {
    /// `CSAS_<SINK>_<offset of the command that first created it>`
    pub(crate) id: String,
    /// Its statement as written.
    pub(crate) statement: String,
    /// The source it feeds, by name.
    pub(crate) sink: String,
    /// What the engine runs.
    pub(crate) stage: Stage,
    /// Settings frozen when it was created.
    pub(crate) settings: Settings,
}

/// A checked command, before it is written or applied.
#[derive(Debug)]
pub(crate) enum Planned {
    /// Add a source over a topic.
    Source {
        /// The source.
        source: Arc<Source>,
        /// Its topic.
        topic: TopicSpec,
    },
    /// Add a sink and its query.
    Query {
        /// The sink.
        source: Arc<Source>,
        /// Its topic.
        topic: TopicSpec,
        /// The query.
        stage: Box<Stage>,
    },
    /// Remove a source and the query that feeds it.
    Drop {
        /// The source.
        source: Arc<Source>,
        /// Whether its topic goes too.
        delete_topic: bool,
    },
    /// Stop and forget these queries.
    Terminate(Vec<String>),
    /// Nothing changes, with this warning.
    Nothing(String),
}

/// What applying a command did.
#[derive(Debug)]
pub(crate) struct Applied {
    /// In ksqlDB's words, for the client.
    pub(crate) message: String,
    /// The query it started.
    pub(crate) query_id: Option<String>,
    /// What must happen to running queries, in order.
    pub(crate) effects: Vec<Effect>,
}

/// A change to what runs.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Run this query.
    Start(Arc<PersistentQuery>),
    /// Stop a query.
    Stop {
        /// Its id.
        id: String,
        /// Its consumer group goes too: it will not come back under this id.
        forget: bool,
    },
}

impl State {
    /// Checks a statement that changes the state. The other kinds must not be passed. `planning`: what the session and
    /// the server say where the statement says nothing.
    ///
    /// Errors: everything wrong with it.
    pub(crate) fn plan(
        &self,
        statement: &Statement,
        planning: &millstream_plan::Settings,
    ) -> Result<Planned, Vec<Diagnostic>> {
        if let StatementKind::Terminate(which) = &statement.kind {
            return self.plan_terminate(which);
        }
        match plan(statement, &self.catalog, planning)? {
            Plan::CreateSource { source, topic } => Ok(Planned::Source { source, topic }),
            Plan::CreateAs { source, topic, topology } => {
                Ok(Planned::Query { source, topic, stage: Box::new(single_stage(topology)?) })
            }
            Plan::Drop { source, delete_topic } => {
                if let Some(other) = self.catalog.sources().find(|s| s.topic == source.topic && s.name != source.name)
                    && delete_topic
                {
                    return Err(vec![Diagnostic::general(format!(
                        "Refusing to delete topic {}: it is also the topic of {}.",
                        source.topic, other.name
                    ))]);
                }
                Ok(Planned::Drop { source, delete_topic })
            }
            Plan::Nothing { message } => Ok(Planned::Nothing(message)),
            Plan::InsertSelect { .. } => Err(vec![Diagnostic::general("INSERT INTO … SELECT is not supported yet.")]),
            Plan::InsertValues { .. } | Plan::Select { .. } => {
                Err(vec![Diagnostic::general("This statement does not change the catalog.")])
            }
        }
    }

    fn plan_terminate(&self, which: &QueryRef) -> Result<Planned, Vec<Diagnostic>> {
        match which {
            QueryRef::All => Ok(Planned::Terminate(self.queries.keys().cloned().collect())),
            QueryRef::Id(id) if self.queries.contains_key(&id.value) => Ok(Planned::Terminate(vec![id.value.clone()])),
            QueryRef::Id(id) => Err(vec![
                Diagnostic::at(id.span, format!("Unknown queryId: {}", id.value)).hint("SHOW QUERIES lists the ids."),
            ]),
        }
    }

    /// Applies what [`State::plan`] returned for `statement`, as the command at `offset`.
    pub(crate) fn apply(
        &mut self,
        offset: i64,
        statement: &Statement,
        planned: Planned,
        settings: Settings,
    ) -> Applied {
        match planned {
            Planned::Source { source, .. } => {
                // A source replaced in place keeps the query that feeds it, so that DROP still finds it.
                let query_id = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
                let message = format!("{} created", noun(source.kind));
                self.catalog.put(with_query(&source, query_id));
                Applied { message, query_id: None, effects: Vec::new() }
            }
            Planned::Query { source, stage, .. } => self.apply_query(offset, statement, &source, *stage, settings),
            Planned::Drop { source, .. } => {
                self.catalog.remove(&source.name);
                let effects = source.query_id.iter().filter_map(|id| self.forget(id)).collect();
                let message = format!("Source `{}` (topic: {}) was dropped.", source.name, source.topic);
                Applied { message, query_id: None, effects }
            }
            Planned::Terminate(ids) => {
                let effects = ids.iter().filter_map(|id| self.forget(id)).collect();
                Applied { message: "Query terminated.".into(), query_id: None, effects }
            }
            Planned::Nothing(message) => Applied { message, query_id: None, effects: Vec::new() },
        }
    }

    fn apply_query(
        &mut self,
        offset: i64,
        statement: &Statement,
        source: &Arc<Source>,
        stage: Stage,
        settings: Settings,
    ) -> Applied {
        // OR REPLACE goes on under the old id: same group, same offsets.
        let replaced = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
        let prefix = if source.kind == SourceKind::Stream { "CSAS" } else { "CTAS" };
        let id = replaced.clone().unwrap_or_else(|| format!("{prefix}_{}_{offset}", source.name));
        let query = Arc::new(PersistentQuery {
            id: id.clone(),
            statement: statement.text.clone(),
            sink: source.name.clone(),
            stage,
            settings,
        });
        self.catalog.put(with_query(source, Some(id.clone())));
        self.queries.insert(id.clone(), Arc::clone(&query));
        let stop = replaced.map(|id| Effect::Stop { id, forget: false });
        let effects = stop.into_iter().chain([Effect::Start(query)]).collect();
        Applied { message: format!("Created query with ID {id}"), query_id: Some(id), effects }
    }

    /// Removes a query; its sink stays without one.
    fn forget(&mut self, id: &str) -> Option<Effect> {
        let query = self.queries.remove(id)?;
        if let Some(sink) = self.catalog.get(&query.sink).filter(|s| s.query_id.as_deref() == Some(id)).cloned() {
            self.catalog.put(with_query(&sink, None));
        }
        Some(Effect::Stop { id: id.to_owned(), forget: true })
    }
}

/// The id under which a statement is written to the command topic: type, name and action, by ksqlDB's rules
/// (the name in back-quotes for CREATE only).
pub(crate) fn command_id(statement: &Statement) -> String {
    let kind = |k: SourceKind| if k == SourceKind::Stream { "stream" } else { "table" };
    match &statement.kind {
        StatementKind::CreateSource(c) => format!("{}/`{}`/create", kind(c.kind), c.name.value),
        StatementKind::CreateAs(c) => format!("{}/`{}`/create", kind(c.kind), c.name.value),
        StatementKind::Drop(d) => format!("{}/{}/drop", kind(d.kind), d.name.value),
        StatementKind::Terminate(QueryRef::All) => "terminate/ALL/execute".into(),
        StatementKind::Terminate(QueryRef::Id(id)) => format!("terminate/{}/execute", id.value),
        _ => "cluster/statement/execute".into(),
    }
}

fn noun(kind: SourceKind) -> &'static str {
    if kind == SourceKind::Stream { "Stream" } else { "Table" }
}

fn with_query(source: &Arc<Source>, query_id: Option<String>) -> Arc<Source> {
    if source.query_id == query_id {
        return Arc::clone(source);
    }
    Arc::new(Source { query_id, ..Source::clone(source) })
}

/// The only stage of a topology.
///
/// Errors: there are several; running them is not built yet.
pub(crate) fn single_stage(topology: Topology) -> Result<Stage, Vec<Diagnostic>> {
    let mut stages = topology.stages.into_iter();
    match (stages.next(), stages.next()) {
        (Some(stage), None) => Ok(stage),
        _ => Err(vec![Diagnostic::general("Queries that need a repartition topic are not supported yet.")]),
    }
}
