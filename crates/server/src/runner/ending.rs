//! The end of a cluster: a command like any other, which every server of the service takes from the log.
//!
//! Queries stop and are forgotten, the topics of sinks that the request names are deleted, and at last the log itself: a
//! server started later finds nothing. Until it is started anew, a server refuses everything.

use std::time::Duration;

use millstream_plan::Source;
use regex::Regex;

use super::thread::Runner;
use super::{Outcome, Submission};
use crate::command::Command;
use crate::properties::Properties;
use crate::state::State;

/// The text of the command, ksqlDB's.
pub(super) const STATEMENT: &str = "TERMINATE CLUSTER;";
/// Its id, ksqlDB's.
pub(crate) const COMMAND_ID: &str = "cluster/TerminateCluster/terminate";
/// Where the command says which topics go: a JSON list of patterns.
const DELETE_TOPICS: &str = "deleteTopicList";
/// How long the other servers have to read the command before its topic goes; they look every 50 ms.
const LOG_GRACE: Duration = Duration::from_secs(1);

impl Submission {
    /// The end of the cluster. `patterns`: regular expressions; the topics of sinks go that one of them matches whole.
    ///
    /// Errors: the first pattern that is none.
    pub(crate) fn end_of_cluster(patterns: &[String]) -> Result<Self, String> {
        if let Some(bad) = patterns.iter().find(|pattern| whole(pattern).is_none()) {
            return Err(bad.clone());
        }
        // A list of strings: cannot fail.
        let listed = serde_json::to_string(patterns).unwrap_or_default();
        Ok(Self {
            statement: STATEMENT.to_owned(),
            overrides: [(DELETE_TOPICS.to_owned(), listed)].into(),
            found: Default::default(),
        })
    }
}

/// The pattern, to match a whole name.
fn whole(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{pattern})$")).ok()
}

/// Whether a command ends the cluster.
pub(super) fn ends_cluster(command: &Command) -> bool {
    command.id == COMMAND_ID && command.statement == STATEMENT
}

/// The topics of sinks that the command names.
fn doomed<'s>(state: &'s State, overrides: &Properties) -> Vec<&'s str> {
    let listed = overrides.get(DELETE_TOPICS).map(String::as_str).unwrap_or_default();
    let patterns: Vec<String> = serde_json::from_str(listed).unwrap_or_default();
    let patterns: Vec<Regex> = patterns.iter().filter_map(|pattern| whole(pattern)).collect();
    let named = |source: &&Source| source.query.is_some() && patterns.iter().any(|p| p.is_match(&source.topic));
    state.catalog.sources().map(|source| &**source).filter(named).map(|source| source.topic.as_str()).collect()
}

impl Runner {
    /// Ends everything.
    pub(super) fn end_cluster(&mut self, offset: i64, command: &Command) -> Outcome {
        tracing::warn!("the cluster is terminated: queries, their state and the command topic are deleted");
        let state = std::mem::take(&mut self.state);
        self.ended = true;
        // Readers see an empty catalog at once, and a server that answers nothing more.
        self.published.set(|view| {
            view.state = State::default().into();
            view.ended = true;
        });
        for id in state.queries.keys() {
            self.deployment.stop(id, true);
        }
        for topic in doomed(&state, &command.overrides) {
            self.delete(topic);
        }
        std::thread::sleep(LOG_GRACE);
        let log = self.store.topic().to_owned();
        self.delete(&log);
        Outcome::Applied {
            command_id: COMMAND_ID.to_owned(),
            offset,
            message: "Cluster terminated.".to_owned(),
            query_id: None,
        }
    }

    /// Deletes a topic, unless another server has done so already.
    fn delete(&mut self, topic: &str) {
        if matches!(self.topics.describe(topic), Ok(None)) {
            return;
        }
        if let Err(e) = self.topics.delete(topic) {
            tracing::warn!(topic, error = e, "a topic of a terminated cluster stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        assert!(whole("a.*").unwrap().is_match("abc") && !whole("a|b").unwrap().is_match("ab"));
        assert_eq!(Submission::end_of_cluster(&["FOO".into(), "[Bad".into()]).err().as_deref(), Some("[Bad"));
    }
}
