//! What a worker has learned from answers, so that its next requests reach deep: members join for real, producers have
//! ids, and their sequence numbers fit.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

/// At most so many of a kind are remembered: requests shall come back to the same ones.
const REMEMBERED: usize = 12;

/// What a worker knows of the broker.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Producers, the newest last.
    pub(crate) producers: Vec<Producer>,
    /// Members of groups, the newest last.
    pub(crate) members: Vec<Member>,
    /// Topics' ids, the newest last.
    pub(crate) topic_ids: Vec<Uuid>,
    /// How often requests got where only those of a good client get.
    pub(crate) reached: BTreeMap<&'static str, u64>,
}

/// A producer id that the broker gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct Producer {
    /// Its id.
    pub(crate) id: i64,
    /// Its epoch.
    pub(crate) epoch: i16,
    /// Its transactional id.
    pub(crate) transactional_id: Option<String>,
    /// The next sequence number in each partition of a topic.
    pub(crate) sequences: HashMap<(String, i32), i32>,
}

/// A member of a group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    /// The group.
    pub(crate) group: String,
    /// What the broker calls it.
    pub(crate) id: String,
    /// The generation that it was told last.
    pub(crate) generation: i32,
}

impl Known {
    /// A producer was given this id and epoch.
    pub(crate) fn producer(&mut self, transactional_id: Option<&str>, id: i64, epoch: i16) {
        let transactional_id = transactional_id.map(str::to_owned);
        self.producers
            .retain(|p| p.id != id && (p.transactional_id.is_none() || p.transactional_id != transactional_id));
        push(&mut self.producers, Producer { id, epoch, transactional_id, sequences: HashMap::new() });
    }

    /// A member was given this id and generation.
    pub(crate) fn member(&mut self, group: &str, id: &str, generation: i32) {
        self.members.retain(|m| m.id != id);
        push(&mut self.members, Member { group: group.to_owned(), id: id.to_owned(), generation });
    }

    /// A request got somewhere, if its error code is none.
    pub(crate) fn reached(&mut self, where_to: &'static str, error_code: i16) {
        *self.reached.entry(where_to).or_default() += u64::from(error_code == 0);
    }

    /// A topic has this id.
    pub(crate) fn topic(&mut self, id: Uuid) {
        if !self.topic_ids.contains(&id) {
            push(&mut self.topic_ids, id);
        }
    }
}

fn push<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= REMEMBERED {
        all.remove(0);
    }
    all.push(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut known = Known::default();
        (0..50).for_each(|id| known.producer(None, id, 0));
        assert_eq!((known.producers.len(), known.producers[0].id), (REMEMBERED, 38));
        known.producer(Some("a"), 100, 0);
        known.producer(Some("a"), 100, 1);
        assert_eq!(known.producers.iter().filter(|p| p.id == 100).map(|p| p.epoch).collect::<Vec<_>>(), [1]);
    }
}
