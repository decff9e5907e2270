//! What must happen to a server's catalog so that it is what a pipeline describes: compared, not done.
//!
//! 1. `sameness` says whether two objects are the same, and what differs; `settings` the same of what was SET for a query,
//!    `topic` of the topic below a source.
//! 2. Here every object gets its change: created, upgraded in place, replaced, kept; ksqlDB's rules of CREATE OR REPLACE
//!    decide, asked of the planner. What reads something that is replaced must be replaced with it.
//! 3. `blocked` says what is not in the files, and what is in the way.
//! 4. `steps` puts the statements into an order that a server accepts.

mod blocked;
mod loss;
mod sameness;
mod settings;
mod steps;
mod topic;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_plan::{Catalog, Plan as Planned, plan};
use millstream_sql::Statement;
use millstream_sql::ast::StatementKind;

use crate::check::{self, Described, Surroundings};
use crate::current::Current;
use crate::object::{Id, Object};
use sameness::Difference;
pub(crate) use settings::is_start;

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is as it should be.
    Unchanged,
    /// It is new.
    Create,
    /// CREATE OR REPLACE: its query goes on from where it was, with its state.
    Upgrade,
    /// It is dropped and created anew.
    Replace,
    /// It is dropped.
    Delete,
    /// It is not in the files and is left alone.
    Leave,
}

/// One object's change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) action: Action,
    pub(crate) id: Id,
    /// `stream`, `table`, `query`, `type`.
    pub(crate) noun: &'static str,
    /// What differs.
    pub(crate) differences: Vec<Difference>,
    /// Why it cannot be upgraded in place.
    pub(crate) reasons: Vec<String>,
    /// What is lost.
    pub(crate) losses: Vec<String>,
}

/// A statement to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// In words.
    pub(crate) what: String,
    /// The statement.
    pub(crate) sql: String,
    /// What is set for it.
    pub(crate) properties: BTreeMap<String, String>,
}

/// Everything that must happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Diff {
    /// Objects in the order in which they are built, then those that are not in the files.
    pub(crate) changes: Vec<Change>,
    /// Statements in the order in which they are run.
    pub(crate) steps: Vec<Step>,
    /// Why it cannot be done.
    pub(crate) blocked: Vec<String>,
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Permissions {
    /// Drop what is not in the files.
    pub(crate) delete: bool,
    /// Delete the topics of sinks that are dropped or replaced.
    pub(crate) delete_topics: bool,
}

impl Diff {
    /// How many objects get this.
    pub(crate) fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether anything is lost that nothing brings back.
    pub(crate) fn loses(&self) -> bool {
        self.changes.iter().any(|change| !change.losses.is_empty())
    }
}

/// Names of sources and ids of queries that are dropped, whether or not they come again.
#[derive(Debug, Clone, Default, PartialEq)]
struct Dropped {
    sources: BTreeSet<String>,
    inserts: BTreeSet<String>,
}

/// Compares what is described with what there is.
pub(crate) fn diff(
    described: &[Described],
    current: &Current,
    surroundings: &Surroundings,
    permissions: Permissions,
) -> Diff {
    let mut comparison = Comparison::new(described, current, surroundings, permissions);
    // What is replaced takes its readers with it, and they theirs, until nobody is left.
    let rounds = current.sources.len() + current.inserts.len() + 1;
    let mut changes = Vec::new();
    for _ in 0..=rounds {
        let before = comparison.dropped.clone();
        changes = comparison.changes();
        if comparison.dropped == before {
            break;
        }
    }
    let left = comparison.left(&changes);
    let mut blocked = comparison.blocked(&left);
    blocked.extend(comparison.unfit(&changes));
    changes.extend(left);
    let steps = steps::steps(&comparison, &changes);
    for change in &mut changes {
        change.losses = loss::losses(change, &comparison);
    }
    Diff { changes, steps, blocked }
}

/// What is described, streams of late records too.
fn kept(described: &[Described]) -> BTreeSet<Id> {
    let late = described.iter().filter_map(|d| d.object.late()).map(|name| Id::Source(name.to_owned()));
    described.iter().map(|d| d.object.id.clone()).chain(late).collect()
}

struct Comparison<'a> {
    described: &'a [Described],
    current: &'a Current,
    surroundings: &'a Surroundings,
    permissions: Permissions,
    dropped: Dropped,
}

impl<'a> Comparison<'a> {
    fn new(
        described: &'a [Described],
        current: &'a Current,
        surroundings: &'a Surroundings,
        permissions: Permissions,
    ) -> Self {
        let mut dropped = Dropped::default();
        if permissions.delete {
            let kept = kept(described);
            let gone = |id: Id| !kept.contains(&id);
            dropped.sources = current.sources.keys().filter(|n| gone(Id::Source((*n).clone()))).cloned().collect();
            let inserts = current.inserts.keys().filter(|id| gone(insert_id(current, id)));
            dropped.inserts = inserts.cloned().collect();
        }
        Self { described, current, surroundings, permissions, dropped }
    }

    /// The changes of all that is described, against the catalog as it will be when it is each one's turn.
    fn changes(&mut self) -> Vec<Change> {
        let mut catalog = self.current.catalog();
        self.described.iter().map(|described| self.change(described, &mut catalog)).collect()
    }

    fn change(&mut self, described: &Described, catalog: &mut Catalog) -> Change {
        let object = &described.object;
        let mut change = Change {
            action: Action::Unchanged,
            id: object.id.clone(),
            noun: object.noun(),
            differences: Vec::new(),
            reasons: Vec::new(),
            losses: Vec::new(),
        };
        match &object.id {
            Id::Type(name) => self.change_type(name, object, &mut change),
            Id::Source(name) => self.change_source(name, described, catalog, &mut change),
            Id::Query(_) | Id::Insert(_) => self.change_insert(described, &mut change),
        }
        if let Some(source) = &described.source {
            catalog.put(Arc::clone(source));
        }
        change
    }

    /// Sources hold their types in full: none changes when a custom type does.
    fn change_type(&self, name: &str, object: &Object, change: &mut Change) {
        let StatementKind::CreateType { ty, .. } = &object.statement.kind else { return };
        match self.current.types.get(name) {
            None => change.action = Action::Create,
            Some(existing) if existing == ty => {}
            Some(existing) => {
                change.action = Action::Upgrade;
                change.differences.push(Difference::of("type", existing, ty));
            }
        }
    }

    fn change_source(&mut self, name: &str, described: &Described, catalog: &Catalog, change: &mut Change) {
        let existing = self.current.sources.get(name);
        let of_topic = topic::of_topic(described, existing, self.current);
        let Some(existing) = existing else {
            change.action = Action::Create;
            change.differences = of_topic;
            return;
        };
        change.differences = sameness::of_sources(existing, described);
        change.differences.extend(topic::of_with(existing, described));
        if !described.reads.is_empty()
            && let Some(overrides) = &existing.overrides
        {
            change.differences.extend(self.set_differently(overrides, &described.object));
        }
        let pulled = self.pulled(existing.reads.iter().chain(&described.reads));
        if !of_topic.is_empty() {
            change.differences.extend(of_topic);
            let topic = &existing.source.topic;
            change.reasons = vec![format!("what topic {topic} is was settled when it was made")];
        } else if !pulled.is_empty() {
            change.reasons = pulled;
        } else if change.differences.is_empty() {
            return;
        } else {
            change.reasons = self.obstacles(described, catalog, &existing.writers);
        }
        if change.reasons.is_empty() {
            change.action = Action::Upgrade;
        } else {
            change.action = Action::Replace;
            self.dropped.sources.insert(name.to_owned());
        }
    }

    /// Why CREATE OR REPLACE would be refused.
    fn obstacles(&self, described: &Described, catalog: &Catalog, writers: &[String]) -> Vec<String> {
        if writers.len() > 1 {
            return vec![format!("several queries feed it ({}), of which none can be exchanged", writers.join(", "))];
        }
        let object = &described.object;
        let statement = Statement { kind: object.replacement(), ..object.statement.clone() };
        match plan(&statement, catalog, &check::settings(object, self.surroundings)) {
            Ok(Planned::CreateSource { .. } | Planned::CreateAs { .. }) => Vec::new(),
            Ok(_) => vec!["it cannot be replaced in place".to_owned()],
            Err(findings) => findings.into_iter().map(|finding| finding.message).collect(),
        }
    }

    fn change_insert(&mut self, described: &Described, change: &mut Change) {
        let object = &described.object;
        let Some((id, existing)) = self.existing_insert(object) else {
            change.action = Action::Create;
            return;
        };
        let feeds = described.feeds.iter().chain(std::iter::once(&existing.feeds));
        let pulled = self.pulled(existing.reads.iter().chain(&described.reads).chain(feeds));
        if existing.canonical != object.canonical() {
            change.differences = sameness::of_inserts(existing.statement.as_ref(), &object.statement);
        }
        if let Some(overrides) = &existing.overrides {
            change.differences.extend(self.set_differently(overrides, object));
        }
        if existing.canonical != object.canonical() || !change.differences.is_empty() {
            change.reasons.push("a query of INSERT INTO cannot be exchanged in place".to_owned());
        }
        change.reasons.extend(pulled);
        if !change.reasons.is_empty() {
            change.action = Action::Replace;
            self.dropped.inserts.insert(id);
        }
    }

    /// What was set for a query that there is, and what would be set for it now.
    fn set_differently(&self, overrides: &BTreeMap<String, String>, object: &Object) -> Vec<Difference> {
        settings::differences(overrides, &object.properties, &self.surroundings.properties)
    }

    /// The query of a server that an object describes.
    fn existing_insert(&self, object: &Object) -> Option<(String, &'a crate::current::CurrentInsert)> {
        let of_id = |(id, _): &(&String, &crate::current::CurrentInsert)| match &object.id {
            Id::Query(name) => *id == name,
            other => insert_id(self.current, id) == *other,
        };
        self.current.inserts.iter().find(of_id).map(|(id, found)| (id.clone(), found))
    }

    /// Which of the sources are dropped.
    fn pulled<'n>(&self, names: impl Iterator<Item = &'n String>) -> Vec<String> {
        let dropped: BTreeSet<&String> = names.filter(|name| self.dropped.sources.contains(*name)).collect();
        dropped.into_iter().map(|name| format!("{} is dropped, to which it is tied", name.to_lowercase())).collect()
    }
}

/// What a query of a server is known by.
fn insert_id(current: &Current, id: &str) -> Id {
    match current.inserts.get(id) {
        Some(found) if !found.named => Id::Insert(found.canonical.clone()),
        _ => Id::Query(id.to_owned()),
    }
}
