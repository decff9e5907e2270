//! Real requests of every API in every version that the broker has: what the damage begins with.
//!
//! Names come from small pools, so that what requests leave behind in the broker is bounded.

mod cluster;
mod groups;
mod offsets;
mod producers;
mod records;
mod table;
mod topics;

use kafka_protocol::messages::{GroupId, TopicName, TransactionalId};
use kafka_protocol::protocol::{Request, StrBytes};

use crate::chance::{Chance, happens, one_of};
use crate::known::{Known, Member, Producer};

pub(crate) use table::{Api, TABLE, decode, encode, find};

/// Topics that always exist, and their numbers of partitions.
pub(crate) const TOPICS: [(&str, i32); 5] =
    [("fuzz-0", 1), ("fuzz-1", 2), ("fuzz-2", 4), ("fuzz-3", 1), ("compact-4", 2)];
/// Topics that are created and deleted all the time.
const TEMPORARY: [&str; 6] = ["temp-0", "temp-1", "temp-2", "temp-3", "temp-4", "temp-5"];
const GROUPS: [&str; 10] =
    ["group-0", "group-1", "group-2", "group-3", "group-4", "group-5", "group-6", "group-7", "group-8", "group-9"];
const TRANSACTIONS: [&str; 8] = ["txn-0", "txn-1", "txn-2", "txn-3", "txn-4", "txn-5", "txn-6", "txn-7"];

/// Whether a topic or group is one of the pools', and not the child of damage.
pub(crate) fn is_of_pool(name: &str) -> bool {
    TOPICS.iter().any(|(topic, _)| *topic == name) || TEMPORARY.contains(&name) || GROUPS.contains(&name)
}

/// A request that the harness can make up, and what its answer teaches.
pub(crate) trait Sample: Request {
    /// A request that the version can express.
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self;

    /// Takes what is worth knowing from the answer to the request about that subject.
    fn learn(_answer: &Self::Response, _subject: &str, _known: &mut Known) {}
}

/// Makes up requests.
#[derive(Debug)]
pub(crate) struct Maker<'a> {
    /// Draws everything.
    pub(crate) chance: &'a mut Chance,
    /// What has been learned.
    pub(crate) known: &'a mut Known,
    /// Wall clock, ms since the epoch; the same for a whole run.
    pub(crate) now_ms: i64,
    /// The group or transactional id of the request made last.
    pub(crate) subject: String,
    /// Whether the broker may close the connection because of the request made last, undamaged as it is.
    pub(crate) may_close: bool,
    /// The partition that most requests are about, so that they belong together.
    pub(crate) focus: Option<(String, i32)>,
}

impl Maker<'_> {
    fn happens(&mut self, percent: u8) -> bool {
        happens(self.chance, percent)
    }

    fn one_of<T: Copy + Default>(&mut self, of: &[T]) -> T {
        one_of(self.chance, of)
    }

    /// A topic that exists, most often, and one of its partitions, most often.
    pub(crate) fn place(&mut self) -> (String, i32) {
        if let Some(focus) = self.focus.clone()
            && self.happens(80)
        {
            return focus;
        }
        let (topic, partitions) = match self.chance.u8(0..20) {
            0 => ("absent", 1),
            1..=3 => (self.one_of(&TEMPORARY), 2),
            _ => self.one_of(&TOPICS),
        };
        let partition =
            if self.happens(95) { self.chance.i32(0..partitions) } else { self.one_of(&[99, -1, i32::MAX]) };
        (topic.to_owned(), partition)
    }

    fn group(&mut self) -> String {
        // What belongs together is also of one group.
        let focus =
            self.focus.as_ref().and_then(|(_, partition)| GROUPS.get(usize::try_from(*partition).ok()?).copied());
        let group = focus.filter(|_| self.happens(70)).unwrap_or_else(|| self.one_of(&GROUPS)).to_owned();
        group.clone_into(&mut self.subject);
        group
    }

    fn transactional_id(&mut self) -> String {
        self.one_of(&TRANSACTIONS).to_owned()
    }

    /// Somebody who writes; most often the one heard of last, with a transactional id if wished.
    fn producer(&mut self, transactional: bool) -> Producer {
        let fits = |p: &&Producer| p.transactional_id.is_some() == transactional;
        let all = self.known.producers.iter().rev().filter(fits).collect::<Vec<_>>();
        let newest = if happens(self.chance, 80) { 0 } else { self.chance.usize(0..=all.len()) };
        let found = all.get(newest).map(|p| (*p).clone());
        found.unwrap_or_else(|| Producer {
            id: self.chance.i64(0..40),
            transactional_id: transactional.then(|| self.transactional_id()),
            ..Producer::default()
        })
    }

    /// A member of a group; most often the one heard of last.
    fn member(&mut self) -> Member {
        let newest = if self.happens(80) { 0 } else { self.chance.usize(0..=self.known.members.len()) };
        let found = self.known.members.iter().rev().nth(newest).cloned();
        let member = found.unwrap_or_else(|| Member { group: self.group(), id: "nobody".to_owned(), generation: 1 });
        member.group.clone_into(&mut self.subject);
        member
    }
}

/// A protocol string.
pub(crate) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A topic's name.
pub(crate) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

/// A group's id.
pub(crate) fn group_id(name: &str) -> GroupId {
    GroupId(text(name))
}

fn transactional_id(name: &str) -> TransactionalId {
    TransactionalId(text(name))
}
