//! What a server has that is not in the files, and what keeps a plan from being done.

use std::collections::BTreeSet;

use super::{Action, Change, Comparison, insert_id, steps, topic};
use crate::object::{Id, kind_noun};

impl Comparison<'_> {
    /// What is not in the files.
    pub(super) fn left(&self, changes: &[Change]) -> Vec<Change> {
        let mut described: BTreeSet<Id> = changes.iter().map(|change| change.id.clone()).collect();
        described.extend(super::kept(self.described));
        let action = if self.permissions.delete { Action::Delete } else { Action::Leave };
        let change = |action, id, noun| Change {
            action,
            id,
            noun,
            differences: Vec::new(),
            reasons: Vec::new(),
            losses: Vec::new(),
        };
        let sources = self
            .current
            .sources
            .iter()
            .map(|(name, found)| change(action, Id::Source(name.clone()), kind_noun(found.source.kind)));
        let inserts = self.current.inserts.keys().map(|id| change(action, insert_id(self.current, id), "query"));
        let types = self.current.types.keys().map(|name| change(action, Id::Type(name.clone()), "type"));
        sources.chain(inserts).chain(types).filter(|change| !described.contains(&change.id)).collect()
    }

    /// What is left alone keeps what it reads or feeds from being dropped.
    pub(super) fn blocked(&self, left: &[Change]) -> Vec<String> {
        let mut blocked = Vec::new();
        for change in left.iter().filter(|change| change.action == Action::Leave) {
            let (what, names) = match &change.id {
                Id::Source(name) => {
                    let reads = self.current.sources.get(name).map(|found| found.reads.clone());
                    (format!("{} {}", change.noun, change.id), reads.unwrap_or_default())
                }
                Id::Query(_) | Id::Insert(_) => {
                    let found = self.current.inserts.iter().find(|(id, _)| insert_id(self.current, id) == change.id);
                    let Some((id, found)) = found else { continue };
                    let names = found.reads.iter().chain([&found.feeds]).cloned().collect();
                    (format!("query {id}"), names)
                }
                Id::Type(_) => continue,
            };
            for name in names.iter().filter(|name| self.dropped.sources.contains(*name)) {
                blocked.push(format!(
                    "{} must be dropped, but {what} is tied to it and not in the files: add it to them, drop it, or use \
                     --delete",
                    name.to_lowercase()
                ));
            }
        }
        blocked
    }

    /// Topics that are other than described, and stay.
    pub(super) fn unfit(&self, changes: &[Change]) -> Vec<String> {
        let mut unfit = Vec::new();
        for (change, described) in changes.iter().zip(self.described) {
            let Some(source) = &described.source else { continue };
            let topic = &source.topic;
            let differences = change.differences.iter().filter(|difference| topic::is_settled(difference));
            let parts: Vec<&str> = differences.map(|difference| difference.part).collect();
            let existing = self.current.sources.get(&source.name).filter(|found| found.source.topic == *topic);
            let hint = match existing {
                _ if parts.is_empty() => continue,
                Some(found) if steps::deletes_topic(self, found) => continue,
                Some(found) if found.source.query.is_some() => {
                    "--delete-topics deletes it with all its records; else change WITH"
                }
                _ => "change the topic itself, or WITH",
            };
            let (noun, name) = (change.noun, &change.id);
            unfit.push(format!("{noun} {name}: topic {topic} is there and has other {}: {hint}", parts.join(", ")));
        }
        unfit
    }
}
