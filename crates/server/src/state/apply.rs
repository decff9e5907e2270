//! What a checked statement does to the state.

use std::sync::Arc;

use millstream_plan::topology::{Cutting, Stage};
use millstream_plan::{OnError, Source};
use millstream_sql::Statement;
use millstream_sql::ast::SourceKind;
use millstream_types::StartAt;

use super::{Applied, Effect, Origin, PersistentQuery, Planned, State};
use crate::properties::{Properties, Settings};

/// What a command brings besides its statement.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    /// Its offset in the command topic.
    pub(crate) offset: i64,
    /// What its request had set.
    pub(crate) overrides: Properties,
    /// The meaning of that.
    pub(crate) settings: Settings,
    /// How the joins by foreign keys of its query are cut.
    pub(crate) cutting: Cutting,
}

impl Circumstances {
    /// What a query does about records that it cannot read: what its statement says, or the session.
    fn on_error(&self, said: Option<OnError>) -> OnError {
        said.unwrap_or(if self.settings.stops { OnError::Stop } else { OnError::Skip })
    }

    /// The same, for a query whose statement says where it starts.
    fn starting(mut self, start: Option<StartAt>) -> Self {
        self.settings.reset = start.unwrap_or(self.settings.reset);
        self
    }
}

impl State {
    /// Applies what [`State::plan`] returned for `statement`.
    pub(crate) fn apply(&mut self, at: Circumstances, statement: &Statement, planned: Planned) -> Applied {
        match planned {
            Planned::Source { source, .. } => {
                // A source replaced in place keeps the query that feeds it, so that DROP still finds it.
                let query_id = self.catalog.get(&source.name).and_then(|old| old.query_id.clone());
                self.catalog.put(with_query(&source, query_id));
                done(format!("{} created", noun(source.kind)))
            }
            Planned::Query { source, stages, late, start, on_error, .. } => {
                let late = late.map(|late| late.0);
                let on_error = at.on_error(on_error);
                self.apply_query(at.starting(start), statement, &source, late, on_error, stages)
            }
            Planned::Insert { target, id, reads, start, on_error, stages } => {
                let on_error = at.on_error(on_error);
                let at = at.starting(start);
                let id = id.unwrap_or_else(|| format!("INSERTQUERY_{}", at.offset));
                let query = PersistentQuery {
                    id,
                    origin: Origin::Insert,
                    statement: statement.text.clone(),
                    reads,
                    sink: target.name.clone(),
                    late: None,
                    on_error,
                    stages,
                    cutting: at.cutting,
                    overrides: at.overrides,
                    settings: at.settings,
                };
                self.start(Arc::new(query), false)
            }
            Planned::Alter(source) => {
                let message = format!("{} {} altered.", noun(source.kind), source.name);
                self.catalog.put(source);
                done(message)
            }
            Planned::Drop { source, .. } => {
                self.catalog.remove(&source.name);
                let effects = source.query_id.iter().filter_map(|id| self.forget(id)).collect();
                let message = format!("Source `{}` (topic: {}) was dropped.", source.name, source.topic);
                Applied { effects, ..done(message) }
            }
            Planned::CreateType { name, ty } => {
                let message = format!("Registered custom type with name '{name}' and SQL type {ty}");
                self.types.insert(name, ty);
                done(message)
            }
            Planned::DropType(name) => {
                self.types.remove(&name);
                done(format!("Dropped type '{name}'"))
            }
            Planned::Terminate(ids) => {
                let effects = ids.iter().filter_map(|id| self.forget(id)).collect();
                Applied { effects, ..done("Query terminated.".into()) }
            }
            Planned::Pause(ids) => {
                let stop = |id: String| Effect::Stop { id, forget: false };
                let effects = ids.into_iter().filter(|id| self.paused.insert(id.clone())).map(stop).collect();
                Applied { effects, ..done("Query paused.".into()) }
            }
            Planned::Resume(ids) => {
                let resumed: Vec<String> = ids.into_iter().filter(|id| self.paused.remove(id)).collect();
                let start = |id: &String| self.queries.get(id).cloned().map(Effect::Start);
                Applied { effects: resumed.iter().filter_map(start).collect(), ..done("Query resumed.".into()) }
            }
            Planned::System { name, value } => {
                let message = format!("System property {name} was set to {value}.");
                self.system.insert(name, value);
                done(message)
            }
            Planned::Nothing(message) => done(message),
        }
    }

    fn apply_query(
        &mut self,
        at: Circumstances,
        statement: &Statement,
        source: &Arc<Source>,
        late: Option<Arc<Source>>,
        on_error: OnError,
        stages: Vec<Stage>,
    ) -> Applied {
        let id = self.query_id(source, at.offset);
        let replaces = self.queries.contains_key(&id);
        let query = Arc::new(PersistentQuery {
            id: id.clone(),
            origin: Origin::CreateAs,
            statement: statement.text.clone(),
            reads: source.reads.clone(),
            sink: source.name.clone(),
            late: late.as_ref().map(|late| late.name.clone()),
            on_error,
            stages,
            cutting: at.cutting,
            overrides: at.overrides,
            settings: at.settings,
        });
        self.catalog.put(with_query(source, Some(id.clone())));
        late.into_iter().for_each(|late| self.catalog.put(late));
        self.start(query, replaces)
    }

    /// The id of the query of a CREATE … AS at that offset. OR REPLACE goes on under the old id: same group, same offsets.
    pub(crate) fn query_id(&self, sink: &Source, offset: i64) -> String {
        let prefix = if sink.kind == SourceKind::Stream { "CSAS" } else { "CTAS" };
        let replaced = self.catalog.get(&sink.name).and_then(|old| old.query_id.clone());
        replaced.unwrap_or_else(|| format!("{prefix}_{}_{offset}", sink.name))
    }

    /// Adds a query, or puts it in the place of the one of its id.
    fn start(&mut self, query: Arc<PersistentQuery>, replaces: bool) -> Applied {
        let id = query.id.clone();
        self.queries.insert(id.clone(), Arc::clone(&query));
        let message = format!("Created query with ID {id}");
        let mut effects = Vec::new();
        if replaces {
            effects.push(Effect::Stop { id: id.clone(), forget: false });
        }
        // What was paused stays so until somebody resumes it.
        if !self.paused.contains(&id) {
            effects.push(Effect::Start(query));
        }
        Applied { message, query_id: Some(id), effects }
    }

    /// Removes a query; its sink stays without it.
    fn forget(&mut self, id: &str) -> Option<Effect> {
        let query = self.queries.remove(id)?;
        self.paused.remove(id);
        if let Some(sink) = self.catalog.get(&query.sink).filter(|s| s.query_id.as_deref() == Some(id)).cloned() {
            self.catalog.put(with_query(&sink, None));
        }
        Some(Effect::Stop { id: id.to_owned(), forget: true })
    }
}

/// A change that touches no query.
fn done(message: String) -> Applied {
    Applied { message, query_id: None, effects: Vec::new() }
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
