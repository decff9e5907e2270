//! Changelogs of tasks that other servers have.

use std::collections::BTreeSet;

use millstream_engine::link::Record;
use millstream_kafka::{Changelog, KafkaConfig, Member};

use super::KafkaTopics;
use crate::copies::{ChangelogReader, Changelogs, Peer};
use crate::names::{first_worker, group_of_changelog};

/// The changelogs of this cluster.
pub(crate) struct KafkaChangelogs {
    /// How to reach it.
    pub(crate) kafka: KafkaConfig,
    /// The server's connection for questions.
    pub(crate) topics: KafkaTopics,
}

impl Changelogs for KafkaChangelogs {
    /// Error: it is not there yet, or Kafka does not answer.
    fn open(&self, changelog: &str) -> Result<Box<dyn ChangelogReader>, String> {
        Ok(Box::new(KafkaChangelog(Changelog::connect(&self.kafka, changelog).map_err(|e| e.to_string())?)))
    }

    fn peers(&self, changelog: &str) -> Result<Vec<Peer>, String> {
        let group = group_of_changelog(changelog).ok_or_else(|| format!("{changelog} is no changelog"))?;
        Ok(self.topics.members(&group)?.into_iter().map(peer).collect())
    }
}

/// A task has the partitions of its number of all topics that the query reads. All workers of a server are one peer.
fn peer(member: Member) -> Peer {
    let tasks: BTreeSet<i32> = member.assignment.into_iter().flat_map(|(_, partitions)| partitions).collect();
    Peer { name: first_worker(&member.name), tasks: tasks.into_iter().collect() }
}

struct KafkaChangelog(Changelog);

impl ChangelogReader for KafkaChangelog {
    fn count(&self) -> i32 {
        self.0.count()
    }

    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<usize, String> {
        self.0.fetch(partition, max, each).map_err(|e| e.to_string())
    }

    fn position(&self, partition: i32) -> i64 {
        self.0.position(partition)
    }

    fn end(&mut self, partition: i32) {
        self.0.end(partition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_the_tasks_of_all_its_partitions() {
        let assignment = vec![("a".to_owned(), vec![2, 0]), ("b".to_owned(), vec![0, 5])];
        for (name, of_server) in
            [("server-0", "server-0"), ("server-3", "server-0"), ("a-server", "a-server"), ("x", "x")]
        {
            let member = Member { name: name.into(), client_id: "m".into(), assignment: assignment.clone() };
            assert_eq!(peer(member), Peer { name: of_server.into(), tasks: vec![0, 2, 5] });
        }
    }
}
