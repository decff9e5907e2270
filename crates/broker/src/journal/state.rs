//! The sum of the journal's entries.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::entry::{Entry, OffsetEntry, TransactionEntry, TransactionState};

/// A topic as the journal knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TopicEntry {
    /// Its id.
    pub(crate) id: Uuid,
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// Settings that differ from the defaults.
    pub(crate) configs: BTreeMap<String, String>,
}

/// Offsets of one group by topic and partition.
pub(crate) type GroupOffsets = BTreeMap<(String, i32), OffsetEntry>;

/// What a broker knows when it starts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct State {
    /// The cluster's id, `None` before the first start is done.
    pub(crate) cluster_id: Option<String>,
    /// Topics by name.
    pub(crate) topics: BTreeMap<String, TopicEntry>,
    /// Offsets by group.
    pub(crate) offsets: HashMap<String, GroupOffsets>,
    /// The first producer id that was never given out.
    pub(crate) next_producer_id: i64,
    /// Transactional ids.
    pub(crate) transactions: BTreeMap<String, TransactionEntry>,
}

impl State {
    /// Adds an entry. Entries about things that do not exist change nothing.
    pub(super) fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Cluster { id } => self.cluster_id = Some(id.clone()),
            Entry::TopicCreated { name, id, partitions, configs } => {
                let topic = TopicEntry { id: *id, partitions: *partitions, configs: configs.clone() };
                self.topics.insert(name.clone(), topic);
            }
            Entry::TopicGrown { name, partitions } => {
                if let Some(topic) = self.topics.get_mut(name) {
                    topic.partitions = *partitions;
                }
            }
            Entry::TopicConfigured { name, configs } => {
                if let Some(topic) = self.topics.get_mut(name) {
                    topic.configs.clone_from(configs);
                }
            }
            Entry::TopicDeleted { name } => {
                self.topics.remove(name);
                self.offsets.retain(|_, offsets| {
                    offsets.retain(|(topic, _), _| topic != name);
                    !offsets.is_empty()
                });
            }
            Entry::OffsetsCommitted { group, offsets } => self.commit(group, offsets),
            Entry::OffsetsDeleted { group, partitions } => {
                if let Some(offsets) = self.offsets.get_mut(group) {
                    partitions.iter().for_each(|partition| drop(offsets.remove(partition)));
                    if offsets.is_empty() {
                        self.offsets.remove(group);
                    }
                }
            }
            Entry::GroupDeleted { group } => drop(self.offsets.remove(group)),
            Entry::ProducerIds { next } => self.next_producer_id = self.next_producer_id.max(*next),
            Entry::Transaction(whole) => drop(self.transactions.insert(whole.id.clone(), whole.clone())),
            Entry::TransactionForgotten { id } => drop(self.transactions.remove(id)),
            Entry::TransactionPartitions { .. }
            | Entry::TransactionOffsets { .. }
            | Entry::TransactionPrepared { .. }
            | Entry::TransactionEnded { .. } => self.transact(entry),
        }
    }

    fn commit(&mut self, group: &str, offsets: &[OffsetEntry]) {
        // Most commits are of a group that is known: no name is copied for those.
        if !self.offsets.contains_key(group) {
            self.offsets.insert(group.to_owned(), GroupOffsets::new());
        }
        if let Some(committed) = self.offsets.get_mut(group) {
            for offset in offsets {
                committed.insert((offset.topic.clone(), offset.partition), offset.clone());
            }
        }
    }

    fn transact(&mut self, entry: &Entry) {
        match entry {
            Entry::TransactionPartitions { id, started_ms, partitions } => {
                if let Some(transaction) = self.transactions.get_mut(id) {
                    transaction.begin(*started_ms);
                    transaction.partitions.extend(partitions.iter().cloned());
                }
            }
            Entry::TransactionOffsets { id, started_ms, group, offsets } => {
                if let Some(transaction) = self.transactions.get_mut(id) {
                    transaction.begin(*started_ms);
                    transaction.offsets.entry(group.clone()).or_default().extend(offsets.iter().cloned());
                }
            }
            Entry::TransactionPrepared { id, commit } => {
                if let Some(transaction) = self.transactions.get_mut(id) {
                    transaction.prepare(*commit);
                }
            }
            Entry::TransactionEnded { id, ended_ms } => {
                if let Some(transaction) = self.transactions.get_mut(id) {
                    transaction.end(*ended_ms);
                }
            }
            _ => {}
        }
    }

    /// The entries that make this state.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let cluster = self.cluster_id.iter().map(|id| Entry::Cluster { id: id.clone() });
        let topics = self.topics.iter().map(|(name, topic)| Entry::TopicCreated {
            name: name.clone(),
            id: topic.id,
            partitions: topic.partitions,
            configs: topic.configs.clone(),
        });
        let offsets = self.offsets.iter().map(|(group, offsets)| Entry::OffsetsCommitted {
            group: group.clone(),
            offsets: offsets.values().cloned().collect(),
        });
        let ids = std::iter::once(Entry::ProducerIds { next: self.next_producer_id });
        let transactions = self.transactions.values().map(|whole| Entry::Transaction(whole.clone()));
        cluster.chain(topics).chain(offsets).chain(ids).chain(transactions)
    }
}

impl TransactionEntry {
    /// Opens a transaction unless one is open.
    pub(crate) fn begin(&mut self, started_ms: i64) {
        if self.state != TransactionState::Ongoing {
            self.state = TransactionState::Ongoing;
            self.started_ms = started_ms;
            self.changed_ms = started_ms;
        }
    }

    /// Decides the end of the open transaction.
    pub(crate) fn prepare(&mut self, commit: bool) {
        self.state = if commit { TransactionState::PrepareCommit } else { TransactionState::PrepareAbort };
    }

    /// Closes the transaction whose end was decided.
    pub(crate) fn end(&mut self, ended_ms: i64) {
        self.state = match self.state {
            TransactionState::PrepareCommit => TransactionState::CompleteCommit,
            TransactionState::PrepareAbort => TransactionState::CompleteAbort,
            other => other,
        };
        self.changed_ms = ended_ms;
        self.partitions.clear();
        self.offsets.clear();
    }
}
