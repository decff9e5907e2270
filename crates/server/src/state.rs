//! What all commands so far add up to: the catalog, the custom types and the persistent queries.
//!
//! A value. The command runner owns the real one; each request validates on a clone. Both go through [`State::plan`]
//! (`state/plan.rs`) and [`State::apply`] (`state/apply.rs`), and both are free of clocks, Kafka and chance, so that every
//! server of a service that reads the same commands arrives at the same state.

mod apply;
mod command_id;
mod plan;

pub(crate) use apply::Circumstances;
pub(crate) use command_id::command_id;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_plan::topology::{Cutting, Input, Stage, SubTopology, cut_as, is_cut_either_way};
use millstream_plan::{Catalog, OnError, Source, TopicSpec};
use millstream_sql::{Context, Diagnostic, Statement};
use millstream_types::{SqlType, StartAt};

use crate::names::Names;
use crate::properties::{Properties, Settings, planning};

/// Sources, types and queries.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The sources.
    pub(crate) catalog: Catalog,
    /// Custom types by name.
    pub(crate) types: BTreeMap<String, SqlType>,
    /// The queries by id.
    pub(crate) queries: BTreeMap<String, Arc<PersistentQuery>>,
    /// Ids of the queries that were paused.
    pub(crate) paused: BTreeSet<String>,
    /// What ALTER SYSTEM has set.
    pub(crate) system: Properties,
}

/// Why a query exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// CREATE … AS: it goes with its sink.
    CreateAs,
    /// INSERT INTO … SELECT: it is one of the writers of a stream.
    Insert,
}

/// A query that feeds a sink for ever.
#[derive(Debug)]
pub(crate) struct PersistentQuery {
    /// `CSAS_<SINK>_<offset of the command that first created it>`, `INSERTQUERY_<offset>`, or what QUERY_ID said.
    pub(crate) id: String,
    /// Why it exists.
    pub(crate) origin: Origin,
    /// Its statement as written.
    pub(crate) statement: String,
    /// The sources it reads, by name.
    pub(crate) reads: Vec<String>,
    /// The source it feeds, by name.
    pub(crate) sink: String,
    /// The stream that its late records go into, by name.
    pub(crate) late: Option<String>,
    /// What it does about records that it cannot read.
    pub(crate) on_error: OnError,
    /// What the engine runs.
    pub(crate) stages: Vec<Stage>,
    /// How its joins by foreign keys are cut, frozen when it was created: what it keeps goes by that.
    pub(crate) cutting: Cutting,
    /// What its request had set.
    pub(crate) overrides: Properties,
    /// Settings frozen when it was created.
    pub(crate) settings: Settings,
}

/// A topic of the catalog that a part of a query reads.
#[derive(Debug)]
pub(crate) struct CatalogInput {
    /// The part's number.
    pub(crate) part: u16,
    /// Its consumer group.
    pub(crate) group: String,
    /// The topic.
    pub(crate) topic: String,
}

impl PersistentQuery {
    /// The sources it feeds, by name: that of its results, then that of its late records.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.sink.as_str()).chain(self.late.as_deref())
    }

    /// What runs: its stages, cut where rows move to another partition.
    pub(crate) fn parts(&self) -> Vec<SubTopology> {
        cut_as(&self.stages, self.cutting)
    }

    /// What it reads of the catalog.
    pub(crate) fn inputs(&self, names: &Names) -> Vec<CatalogInput> {
        let mut inputs = Vec::new();
        for part in self.parts() {
            let group = names.group_of_part(&self.id, part.number);
            let topics = part.topics().into_iter().filter_map(|(input, _)| match input {
                Input::Source(source) => Some(source.topic.clone()),
                Input::Repartition { .. } => None,
            });
            inputs.extend(topics.map(|topic| CatalogInput { part: part.number, group: group.clone(), topic }));
        }
        inputs
    }
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
        /// The stream of its late records, with its topic.
        late: Option<Box<(Arc<Source>, TopicSpec)>>,
        /// Where its statement says that it starts.
        start: Option<StartAt>,
        /// What its statement says about records that it cannot read.
        on_error: Option<OnError>,
        /// The query.
        stages: Vec<Stage>,
    },
    /// Add a query that feeds a stream which is there.
    Insert {
        /// The stream.
        target: Arc<Source>,
        /// The query's id, if the statement gives it one.
        id: Option<String>,
        /// The sources that it reads, by name.
        reads: Vec<String>,
        /// Where its statement says that it starts.
        start: Option<StartAt>,
        /// What its statement says about records that it cannot read.
        on_error: Option<OnError>,
        /// The query.
        stages: Vec<Stage>,
    },
    /// Change a source's columns.
    Alter(Arc<Source>),
    /// Remove a source and the query that feeds it.
    Drop {
        /// The source.
        source: Arc<Source>,
        /// Whether its topic goes too.
        delete_topic: bool,
    },
    /// Add a custom type.
    CreateType {
        /// Its name.
        name: String,
        /// What it stands for.
        ty: SqlType,
    },
    /// Remove a custom type.
    DropType(String),
    /// Stop and forget these queries.
    Terminate(Vec<String>),
    /// Stop these queries, to go on later from where they are.
    Pause(Vec<String>),
    /// Let these queries go on.
    Resume(Vec<String>),
    /// Change a property of all servers.
    System {
        /// The property.
        name: String,
        /// Its new value.
        value: String,
    },
    /// Nothing changes, with this warning.
    Nothing(String),
}

impl Planned {
    /// How the query that it adds is cut. One that is cut alike either way is said to be as it always was, so that earlier
    /// releases can run it.
    pub(crate) fn cutting(&self) -> Cutting {
        match self {
            Self::Query { stages, .. } | Self::Insert { stages, .. } if is_cut_either_way(stages) => Cutting::Spread,
            _ => Cutting::Gathered,
        }
    }
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
    /// The queries that feed a source, by id.
    pub(crate) fn writers<'a>(&'a self, sink: &'a str) -> impl Iterator<Item = &'a Arc<PersistentQuery>> {
        self.queries.values().filter(move |q| q.sink == sink || q.late.as_deref() == Some(sink))
    }

    /// The queries that read a source, by id.
    pub(crate) fn readers<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a Arc<PersistentQuery>> {
        self.queries.values().filter(move |q| q.reads.iter().any(|r| r == source))
    }

    /// The one statement of a text, read with the custom types. Errors: what is wrong with it.
    pub(crate) fn parse(&self, text: &str) -> Result<Statement, Vec<Diagnostic>> {
        let mut statements = millstream_sql::parse_in(text, &mut self.context())?.into_iter();
        match (statements.next(), statements.next()) {
            (Some(statement), None) => Ok(statement),
            _ => Err(vec![Diagnostic::general("A command must be exactly one statement.")]),
        }
    }

    /// What texts are read in.
    pub(crate) fn context(&self) -> Context {
        Context { types: self.types.clone(), ..Context::default() }
    }

    /// What the properties of a request mean to the query that it starts.
    pub(crate) fn settings(&self, overrides: &Properties, defaults: &Properties) -> Settings {
        Settings::resolve(overrides, &self.with_system(defaults))
    }

    /// What the properties of a request mean to the planner.
    pub(crate) fn planning(&self, overrides: &Properties, defaults: &Properties) -> millstream_plan::Settings {
        planning(overrides, &self.with_system(defaults))
    }

    /// The server's defaults, before which comes what ALTER SYSTEM has set.
    fn with_system<'a>(&self, defaults: &'a Properties) -> Cow<'a, Properties> {
        if self.system.is_empty() {
            return Cow::Borrowed(defaults);
        }
        let mut merged = defaults.clone();
        merged.extend(self.system.clone());
        Cow::Owned(merged)
    }

    /// The queries that should run now.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Arc<PersistentQuery>> {
        self.queries.values().filter(|q| !self.paused.contains(&q.id))
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
