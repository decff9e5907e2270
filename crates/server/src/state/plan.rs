//! Which statements are possible now, and what they will do.

use std::sync::Arc;

use millstream_plan::topology::Stage;
use millstream_plan::{OnError, Plan, Settings, Source, plan};
use millstream_sql::ast::{Ident, QueryRef, StatementKind};
use millstream_sql::{Diagnostic, Statement};
use millstream_types::SqlType;

use super::{Origin, PersistentQuery, Planned, State};
use crate::properties;

impl State {
    /// Checks a statement that changes the state. The other kinds must not be passed. `planning`: what the session and
    /// the server say where the statement says nothing.
    ///
    /// Errors: everything wrong with it.
    pub(crate) fn plan(&self, statement: &Statement, planning: &Settings) -> Result<Planned, Vec<Diagnostic>> {
        let one = |planned: Result<Planned, Diagnostic>| planned.map_err(|finding| vec![finding]);
        match &statement.kind {
            StatementKind::Terminate(which) => one(self.plan_terminate(which)),
            StatementKind::Pause(which) => one(self.named(which).map(Planned::Pause)),
            StatementKind::Resume(which) => one(self.named(which).map(Planned::Resume)),
            StatementKind::CreateType { if_not_exists, name, ty } => one(self.plan_type(name, ty, *if_not_exists)),
            StatementKind::DropType { if_exists, name } => one(self.plan_drop_type(name, *if_exists)),
            StatementKind::AlterSystem { name, value } => {
                let property = properties::check(name, value).and_then(|property| {
                    properties::check_dialect(&property, value, planning.dialect).map(|()| property)
                });
                let property = property.map_err(|e| vec![Diagnostic::general(e)])?;
                Ok(Planned::System { name: property.name, value: property.value })
            }
            _ => self.plan_source(statement, planning),
        }
    }

    fn plan_source(&self, statement: &Statement, planning: &Settings) -> Result<Planned, Vec<Diagnostic>> {
        match plan(statement, &self.catalog, planning)? {
            Plan::CreateSource { source, topic } => Ok(Planned::Source { source, topic }),
            Plan::CreateAs { source, topic, late, start, on_error, topology } => {
                self.check_replacement(statement, &source)?;
                check_dead_letters(statement, on_error.as_ref(), &topology.stages)?;
                Ok(Planned::Query { source, topic, late, start, on_error, stages: topology.stages })
            }
            Plan::InsertSelect { target, query_id, reads, start, on_error, topology } => {
                check_dead_letters(statement, on_error.as_ref(), &topology.stages)?;
                if let Some(id) = query_id.as_ref().filter(|id| self.queries.contains_key(*id)) {
                    let message = format!("Query ID '{id}' already exists.");
                    return Err(vec![Diagnostic::at(name_of(statement), message)]);
                }
                Ok(Planned::Insert { target, id: query_id, reads, start, on_error, stages: topology.stages })
            }
            Plan::Alter { source } => Ok(Planned::Alter(source)),
            Plan::Drop { source, delete_topic } => {
                self.check_inserts(statement, &source)?;
                Ok(Planned::Drop { source, delete_topic })
            }
            Plan::Nothing { message } => Ok(Planned::Nothing(message)),
            Plan::InsertValues { .. } | Plan::Select { .. } | Plan::Pull(_) | Plan::Answer { .. } => {
                Err(vec![Diagnostic::general("This statement does not change the catalog.")])
            }
        }
    }

    /// A sink that other queries feed, too, cannot get another query in place of one of them.
    fn check_replacement(&self, statement: &Statement, sink: &Source) -> Result<(), Vec<Diagnostic>> {
        let writers: Vec<&str> = self.writers(&sink.name).map(|q| q.id.as_str()).collect();
        if writers.len() < 2 {
            return Ok(());
        }
        let message = format!(
            "REPLACE for sink `{}` is not supported because there are multiple queries writing into it: [{}]",
            sink.name,
            writers.join(", ")
        );
        Err(vec![Diagnostic::at(name_of(statement), message)])
    }

    /// A source stays while INSERT INTO queries feed or read it. Those of CREATE … AS that read it have been told by the
    /// planner, by the names of their sinks.
    fn check_inserts(&self, statement: &Statement, source: &Source) -> Result<(), Vec<Diagnostic>> {
        let ids = |queries: Vec<&str>| queries.join(", ");
        let inserts = |origin: Origin| origin == Origin::Insert;
        let readers = self.readers(&source.name).filter(|q| inserts(q.origin)).map(|q| q.id.as_str()).collect();
        // So do those whose late records go into it.
        let stays = |q: &Arc<PersistentQuery>| inserts(q.origin) || q.late.as_deref() == Some(&source.name);
        let writers = self.writers(&source.name).filter(|q| stays(q)).map(|q| q.id.as_str()).collect();
        let (readers, writers) = (ids(readers), ids(writers));
        if readers.is_empty() && writers.is_empty() {
            return Ok(());
        }
        let message = format!(
            "Cannot drop {0}.\nThe following queries read from this source: [{readers}].\n\
             The following queries write into this source: [{writers}].\n\
             You need to terminate them before dropping {0}.",
            source.name
        );
        Err(vec![Diagnostic::at(name_of(statement), message)])
    }

    fn plan_terminate(&self, which: &QueryRef) -> Result<Planned, Diagnostic> {
        self.named(which).map(Planned::Terminate)
    }

    /// The ids of the queries meant. Errors: there is none of that id.
    fn named(&self, which: &QueryRef) -> Result<Vec<String>, Diagnostic> {
        match which {
            QueryRef::All => Ok(self.queries.keys().cloned().collect()),
            QueryRef::Id(id) if self.queries.contains_key(&id.value) => Ok(vec![id.value.clone()]),
            QueryRef::Id(id) => {
                Err(Diagnostic::at(id.span, format!("Unknown queryId: {}", id.value))
                    .hint("SHOW QUERIES lists the ids."))
            }
        }
    }

    fn plan_type(&self, name: &Ident, ty: &SqlType, if_not_exists: bool) -> Result<Planned, Diagnostic> {
        match self.types.get(&name.value) {
            None => Ok(Planned::CreateType { name: name.value.clone(), ty: ty.clone() }),
            Some(existing) if if_not_exists => {
                Ok(Planned::Nothing(format!("{} is already registered with type {existing}", name.value)))
            }
            Some(existing) => Err(Diagnostic::at(
                name.span,
                format!(
                    "Cannot register custom type '{}' since it is already registered with type: {existing}",
                    name.value
                ),
            )),
        }
    }

    fn plan_drop_type(&self, name: &Ident, if_exists: bool) -> Result<Planned, Diagnostic> {
        if self.types.contains_key(&name.value) {
            Ok(Planned::DropType(name.value.clone()))
        } else if if_exists {
            Ok(Planned::Nothing(format!("Type '{}' does not exist", name.value)))
        } else {
            let finding = Diagnostic::at(name.span, format!("Type {} does not exist.", name.value));
            Err(finding.hint("SHOW TYPES lists what there is."))
        }
    }
}

/// Dead letters in a topic that their query reads would be read again, without end.
fn check_dead_letters(
    statement: &Statement,
    on_error: Option<&OnError>,
    stages: &[Stage],
) -> Result<(), Vec<Diagnostic>> {
    let Some(OnError::DeadLetter { topic }) = on_error else { return Ok(()) };
    let mut sources = stages.iter().flat_map(Stage::sources);
    if sources.all(|source| source.topic != *topic) {
        return Ok(());
    }
    let message = format!("Dead letters cannot go into topic '{topic}', which the query reads.");
    Err(vec![Diagnostic::at(name_of(statement), message)])
}

/// The place of the name that a statement is about.
fn name_of(statement: &Statement) -> millstream_sql::Span {
    match &statement.kind {
        StatementKind::CreateSource(c) => c.name.span,
        StatementKind::CreateAs(c) => c.name.span,
        StatementKind::Drop(d) => d.name.span,
        StatementKind::Alter(a) => a.name.span,
        StatementKind::InsertSelect(i) => i.target.span,
        _ => statement.span,
    }
}
