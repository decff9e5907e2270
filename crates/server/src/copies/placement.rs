//! Which servers follow the state of a task: each task has an order of its own among the members of its query's group (rendezvous
//! hashing), and the first of them that do not have the task itself follow it.
//!
//! Every server works that out for itself, from what Kafka says of the group: who is there, and which tasks each has. So they
//! agree without a word, a server that comes or goes moves nothing but its own share, and with no more servers than
//! standbys everybody follows everything. A member that has gone counts on for a while, for most are restarted and come back;
//! what somebody else follows by now is let go after a while, when that one has had the time to read it.

use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks at a group.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// How long a member that is gone counts on: about a restart.
const GONE: Duration = Duration::from_secs(30);
/// How long a task is followed that others follow by now.
const LET_GO: Duration = Duration::from_secs(60);

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// What it is called, over restarts.
    pub(crate) name: String,
    /// The tasks that it has.
    pub(crate) tasks: Vec<i32>,
}

/// Which tasks of a changelog this server follows.
#[derive(Debug)]
pub(super) struct Placement {
    changelog: String,
    /// This server's member.
    own: String,
    /// How many follow each task.
    replicas: usize,
    /// Members, and when they were last there.
    members: BTreeMap<String, Duration>,
    /// Who has which task, as far as that is known.
    owners: BTreeMap<i32, String>,
    /// Tasks that are followed, and since when others should do that.
    followed: BTreeMap<i32, Option<Duration>>,
    next_look: Option<Duration>,
}

impl Placement {
    /// Nothing is known of the group of that changelog.
    pub(super) fn new(changelog: &str, own: &str, replicas: usize) -> Self {
        Self {
            changelog: changelog.to_owned(),
            own: own.to_owned(),
            replicas,
            members: BTreeMap::new(),
            owners: BTreeMap::new(),
            followed: BTreeMap::new(),
            next_look: None,
        }
    }

    /// Whether the group should be looked at.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.next_look.is_none_or(|next| now >= next)
    }

    /// It is looked at; the next time is after [`LOOK`].
    pub(super) fn looks(&mut self, now: Duration) {
        self.next_look = Some(now + LOOK);
    }

    /// These are the members of the group now. Whether anything changes.
    pub(super) fn found(&mut self, peers: Vec<Peer>, now: Duration) -> bool {
        // It may not have joined yet, or not again.
        self.members.insert(self.own.clone(), now);
        for Peer { name, tasks } in peers {
            self.owners.extend(tasks.into_iter().map(|task| (task, name.clone())));
            self.members.insert(name, now);
        }
        self.members.retain(|_, seen| now.saturating_sub(*seen) <= GONE);
        let before = self.followed.len();
        let mut changed = false;
        for (task, owner) in &self.owners {
            if *owner == self.own {
                changed |= self.followed.remove(task).is_some();
            } else if self.is_chosen(*task, owner) {
                changed |= self.followed.insert(*task, None).is_none();
            } else if let Some(unwanted) = self.followed.get_mut(task) {
                unwanted.get_or_insert(now);
            }
        }
        self.followed.retain(|_, unwanted| unwanted.is_none_or(|since| now.saturating_sub(since) < LET_GO));
        changed || self.followed.len() != before
    }

    /// Whether the state of a task is followed here.
    pub(super) fn follows(&self, task: i32) -> bool {
        self.followed.contains_key(&task)
    }

    /// The tasks that are followed here.
    pub(super) fn followed(&self) -> Vec<i32> {
        self.followed.keys().copied().collect()
    }

    /// Whether this server is among the first, without the one that has the task.
    fn is_chosen(&self, task: i32, owner: &str) -> bool {
        let own = self.rank(task, &self.own);
        let others = self.members.keys().filter(|name| **name != self.own && *name != owner);
        others.filter(|name| self.rank(task, name) > own).count() < self.replicas
    }

    /// What orders members; names make the order whole.
    fn rank<'n>(&self, task: i32, name: &'n str) -> (u64, &'n str) {
        (mixed([self.changelog.as_bytes(), &task.to_be_bytes(), name.as_bytes()]), name)
    }
}

/// A number that these bytes alone decide, on every server and in every release: FNV-1a, stirred as splitmix64 does.
fn mixed(parts: [&[u8]; 3]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        // A length before each part keeps them apart.
        for byte in (part.len() as u64).to_be_bytes().iter().chain(part) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests;
