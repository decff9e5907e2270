//! Committed offsets of all groups: durable in the journal, with marks where a transaction is about to commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::error::{BrokerError, Code};
use crate::journal::{Entry, Journal, OffsetEntry, State};

/// A committed offset as it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Offset of the next record to read.
    pub(crate) offset: i64,
    /// Leader epoch that the client told, -1 none.
    pub(crate) leader_epoch: i32,
    /// What the client added.
    pub(crate) metadata: String,
    /// When it was committed, ms since 1970.
    pub(crate) committed_ms: i64,
}

/// Committed offsets of all groups.
#[derive(Debug)]
pub(crate) struct Offsets {
    journal: Arc<Journal>,
    clock: Clock,
    retention_ms: i64,
    /// When the broker started, ms since 1970: members of groups may have been there until then.
    started_ms: i64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    groups: HashMap<String, Topics>,
    /// Partitions that open transactions are about to commit, by group and producer id.
    pending: HashMap<String, BTreeMap<i64, BTreeSet<(String, i32)>>>,
}

/// A partition's offset, and whether an open transaction is about to change it.
pub(crate) type Marked = (i32, Committed, bool);

/// Offsets of one group by topic and partition.
type Topics = BTreeMap<String, BTreeMap<i32, Committed>>;

impl Inner {
    fn put(&mut self, group: &str, entries: Vec<OffsetEntry>) {
        if entries.is_empty() {
            return;
        }
        let topics = self.groups.entry(group.to_owned()).or_default();
        for entry in entries {
            let OffsetEntry { topic, partition, offset, leader_epoch, metadata, committed_ms } = entry;
            let committed = Committed { offset, leader_epoch, metadata, committed_ms };
            topics.entry(topic).or_default().insert(partition, committed);
        }
    }

    fn is_pending(&self, group: &str, topic: &str, partition: i32) -> bool {
        let Some(marks) = self.pending.get(group) else { return false };
        let key = (topic.to_owned(), partition);
        marks.values().any(|partitions| partitions.contains(&key))
    }

    fn remove(&mut self, group: &str, partitions: &[(String, i32)]) {
        let Some(topics) = self.groups.get_mut(group) else { return };
        for (topic, partition) in partitions {
            if let Some(offsets) = topics.get_mut(topic) {
                offsets.remove(partition);
            }
        }
        topics.retain(|_, offsets| !offsets.is_empty());
        if topics.is_empty() {
            self.groups.remove(group);
        }
    }
}

impl Offsets {
    /// The offsets that the journal knows. `retention_ms`: how long those without a reader are kept.
    pub(crate) fn open(state: &State, journal: Arc<Journal>, clock: Clock, retention_ms: i64) -> Self {
        let mut inner = Inner::default();
        for (group, offsets) in &state.offsets {
            inner.put(group, offsets.values().cloned().collect());
        }
        let started_ms = clock.now_ms();
        Self { journal, clock, retention_ms, started_ms, inner: Mutex::new(inner) }
    }

    /// Commits offsets. Errors: `NOT_COORDINATOR` (by which clients try again) when they cannot be made durable.
    pub(crate) fn commit(&self, group: &str, entries: Vec<OffsetEntry>) -> Result<(), Code> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut inner = self.inner.lock();
        let entry = Entry::OffsetsCommitted { group: group.to_owned(), offsets: entries };
        self.journal.append(std::slice::from_ref(&entry)).map_err(not_durable)?;
        if let Entry::OffsetsCommitted { offsets, .. } = entry {
            inner.put(group, offsets);
        }
        Ok(())
    }

    /// The offset that was committed for a partition, and whether an open transaction is about to change it.
    pub(crate) fn fetch_marked(&self, group: &str, topic: &str, partition: i32) -> (Option<Committed>, bool) {
        // Both at one moment: a transaction that ended in between would leave an old offset without its mark.
        let inner = self.inner.lock();
        let committed = inner.groups.get(group).and_then(|topics| topics.get(topic)?.get(&partition)).cloned();
        (committed, inner.is_pending(group, topic, partition))
    }

    /// All offsets of a group by topic and partition, each with whether an open transaction is about to change it.
    pub(crate) fn fetch_all(&self, group: &str) -> Vec<(String, Vec<Marked>)> {
        let inner = self.inner.lock();
        let topics = inner.groups.get(group).into_iter().flatten();
        let of_topic = |(topic, offsets): (&String, &BTreeMap<i32, Committed>)| {
            let marked = |(p, c): (&i32, &Committed)| (*p, c.clone(), inner.is_pending(group, topic, *p));
            (topic.clone(), offsets.iter().map(marked).collect())
        };
        topics.map(of_topic).collect()
    }

    /// The offset that was committed for a partition.
    #[cfg(test)]
    pub(crate) fn fetch(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        self.fetch_marked(group, topic, partition).0
    }

    /// Whether an open transaction is about to commit an offset of the partition.
    #[cfg(test)]
    pub(crate) fn is_pending(&self, group: &str, topic: &str, partition: i32) -> bool {
        self.fetch_marked(group, topic, partition).1
    }

    /// Marks partitions that a producer's open transaction is about to commit.
    pub(crate) fn pend(&self, group: &str, producer_id: i64, partitions: &[(String, i32)]) {
        let mut inner = self.inner.lock();
        let marks = inner.pending.entry(group.to_owned()).or_default();
        marks.entry(producer_id).or_default().extend(partitions.iter().cloned());
    }

    /// A producer's transaction has ended: commits its offsets by group (`None`: aborted), and lifts its marks.
    /// Errors: `NOT_COORDINATOR` when they cannot be made durable; nothing has changed then.
    pub(crate) fn settle(
        &self,
        producer_id: i64,
        commits: Option<&BTreeMap<String, Vec<OffsetEntry>>>,
    ) -> Result<(), Code> {
        let commits = || commits.into_iter().flatten().filter(|(_, offsets)| !offsets.is_empty());
        let mut inner = self.inner.lock();
        let entry = |(group, offsets): (&String, &Vec<_>)| Entry::OffsetsCommitted {
            group: group.clone(),
            offsets: offsets.clone(),
        };
        let entries: Vec<Entry> = commits().map(entry).collect();
        if !entries.is_empty() {
            self.journal.append(&entries).map_err(not_durable)?;
        }
        commits().for_each(|(group, offsets)| inner.put(group, offsets.clone()));
        inner.pending.retain(|_, marks| {
            marks.remove(&producer_id);
            !marks.is_empty()
        });
        Ok(())
    }

    /// Whether a group has offsets.
    pub(crate) fn has(&self, group: &str) -> bool {
        self.inner.lock().groups.contains_key(group)
    }

    /// Groups that have offsets.
    pub(crate) fn groups(&self) -> Vec<String> {
        self.inner.lock().groups.keys().cloned().collect()
    }

    /// Deletes offsets of a group; those that are not there are none. Errors: `NOT_COORDINATOR`.
    pub(crate) fn delete(&self, group: &str, partitions: &[(String, i32)]) -> Result<(), Code> {
        let mut inner = self.inner.lock();
        let there = |(topic, partition): &&(String, i32)| {
            inner.groups.get(group).and_then(|topics| topics.get(topic)).is_some_and(|o| o.contains_key(partition))
        };
        let partitions = partitions.iter().filter(there).cloned().collect();
        self.delete_held(&mut inner, group, partitions)
    }

    fn delete_held(&self, inner: &mut Inner, group: &str, partitions: Vec<(String, i32)>) -> Result<(), Code> {
        if partitions.is_empty() {
            return Ok(());
        }
        let entry = Entry::OffsetsDeleted { group: group.to_owned(), partitions: partitions.clone() };
        self.journal.append(&[entry]).map_err(not_durable)?;
        inner.remove(group, &partitions);
        Ok(())
    }

    /// Deletes all offsets of a group, and the marks of transactions in it. Errors: `NOT_COORDINATOR`.
    pub(crate) fn delete_group(&self, group: &str) -> Result<(), Code> {
        let mut inner = self.inner.lock();
        if inner.groups.contains_key(group) {
            self.journal.append(&[Entry::GroupDeleted { group: group.to_owned() }]).map_err(not_durable)?;
        }
        inner.groups.remove(group);
        inner.pending.remove(group);
        Ok(())
    }

    /// A topic was deleted (the journal's entry of that deletes its offsets, too).
    pub(crate) fn forget_topic(&self, name: &str) {
        let mut inner = self.inner.lock();
        inner.groups.retain(|_, topics| {
            topics.remove(name);
            !topics.is_empty()
        });
        inner.pending.retain(|_, marks| {
            marks.values_mut().for_each(|partitions| partitions.retain(|(topic, _)| topic != name));
            marks.retain(|_, partitions| !partitions.is_empty());
            !marks.is_empty()
        });
    }

    /// Deletes offsets of a group that are due: kept for the retention since the commit, since the start of the broker
    /// and for `unused_ms` at least (how long nobody reads them, ms), of topics that `of` names, not being committed.
    pub(super) fn expire(&self, group: &str, unused_ms: i64, of: impl Fn(&str) -> bool) {
        let now_ms = self.clock.now_ms();
        let due = |since_ms: i64| now_ms.saturating_sub(since_ms) >= self.retention_ms;
        if unused_ms < self.retention_ms || !due(self.started_ms) {
            return;
        }
        // Under one lock: an offset that is committed at this moment must not go.
        let mut inner = self.inner.lock();
        let mut out = Vec::new();
        for (topic, offsets) in inner.groups.get(group).into_iter().flatten().filter(|(topic, _)| of(topic)) {
            for (partition, committed) in offsets {
                if due(committed.committed_ms) && !inner.is_pending(group, topic, *partition) {
                    out.push((topic.clone(), *partition));
                }
            }
        }
        // What cannot be deleted now is tried again next time.
        let _ = self.delete_held(&mut inner, group, out);
    }
}

fn not_durable(e: BrokerError) -> Code {
    tracing::error!("offsets could not be stored: {e}");
    Code::NotCoordinator
}
