//! What became of the commands, by their ids, for `/status`.

use std::collections::{BTreeMap, VecDeque};

use super::Outcome;
use crate::entity::CommandStatus;

/// Commands that are remembered; the oldest are forgotten first.
const STATUSES_MAX: usize = 10_000;

/// The statuses of the last commands.
#[derive(Debug, Default)]
pub(crate) struct Statuses {
    by_id: BTreeMap<String, CommandStatus>,
    /// Ids, oldest first.
    order: VecDeque<String>,
}

impl Statuses {
    /// Notes what became of a command; a later one of the same id counts.
    pub(super) fn note(&mut self, id: &str, outcome: &Outcome) {
        self.put(id, status_of(outcome));
    }

    fn put(&mut self, id: &str, status: CommandStatus) {
        if self.by_id.insert(id.to_owned(), status).is_none() {
            self.order.push_back(id.to_owned());
        }
        while self.order.len() > STATUSES_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }

    /// What became of a command.
    pub(crate) fn get(&self, id: &str) -> Option<&CommandStatus> {
        self.by_id.get(id)
    }

    /// All that are remembered, by id.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &CommandStatus)> {
        self.by_id.iter()
    }
}

/// How an applied command is remembered.
fn status_of(outcome: &Outcome) -> CommandStatus {
    match outcome {
        Outcome::Applied { message, query_id, .. } => {
            CommandStatus { status: "SUCCESS", message: message.clone(), query_id: query_id.clone() }
        }
        Outcome::Invalid(findings) => CommandStatus {
            status: "ERROR",
            message: findings.first().map(ToString::to_string).unwrap_or_default(),
            query_id: None,
        },
        Outcome::Nothing(message) | Outcome::Failed(message) => {
            CommandStatus { status: "ERROR", message: message.clone(), query_id: None }
        }
        Outcome::Pending { .. } => CommandStatus { status: "EXECUTING", message: String::new(), query_id: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(message: &str) -> CommandStatus {
        CommandStatus { status: "SUCCESS", message: message.to_owned(), query_id: None }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut statuses = Statuses::default();
        statuses.put("a", status("first"));
        statuses.put("a", status("second"));
        assert_eq!(statuses.get("a").unwrap().message, "second");
        for n in 0..STATUSES_MAX {
            statuses.put(&n.to_string(), status("x"));
        }
        assert!(statuses.get("a").is_none());
        assert_eq!(statuses.all().count(), STATUSES_MAX);
    }
}
