//! What the journal is made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One change of the broker's metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Entry {
    /// The id of this cluster of one, 22 characters, made at the first start.
    Cluster {
        /// The id.
        id: String,
    },
    /// A topic was created.
    TopicCreated {
        /// Its name.
        name: String,
        /// Its id; part of its folder's name, so that a topic of the same name never finds its predecessor's data.
        id: Uuid,
        /// Number of partitions.
        partitions: i32,
        /// Settings that differ from the defaults.
        configs: BTreeMap<String, String>,
    },
    /// A topic got more partitions.
    TopicGrown {
        /// Its name.
        name: String,
        /// Number of partitions, all together.
        partitions: i32,
    },
    /// A topic's settings were changed.
    TopicConfigured {
        /// Its name.
        name: String,
        /// All settings that differ from the defaults.
        configs: BTreeMap<String, String>,
    },
    /// A topic was deleted, and with it every group's offsets in it.
    TopicDeleted {
        /// Its name.
        name: String,
    },
    /// A group committed offsets.
    OffsetsCommitted {
        /// The group.
        group: String,
        /// What it committed.
        offsets: Vec<OffsetEntry>,
    },
    /// Offsets of a group were deleted or expired.
    OffsetsDeleted {
        /// The group.
        group: String,
        /// Topic and partition of each.
        partitions: Vec<(String, i32)>,
    },
    /// A group was deleted, with all its offsets.
    GroupDeleted {
        /// The group.
        group: String,
    },
    /// Producer ids below `next` may be in use.
    ProducerIds {
        /// The first that is free.
        next: i64,
    },
    /// The whole state of a transactional id.
    Transaction(TransactionEntry),
    /// Partitions joined the transaction that is open.
    TransactionPartitions {
        /// The transactional id.
        id: String,
        /// When the transaction began, ms since 1970.
        started_ms: i64,
        /// Topic and partition of each.
        partitions: Vec<(String, i32)>,
    },
    /// Offsets of a group are to be committed with the transaction that is open.
    TransactionOffsets {
        /// The transactional id.
        id: String,
        /// When the transaction began, ms since 1970.
        started_ms: i64,
        /// The group.
        group: String,
        /// What is to be committed.
        offsets: Vec<OffsetEntry>,
    },
    /// The end of the open transaction is decided. From here on it only rolls forward.
    TransactionPrepared {
        /// The transactional id.
        id: String,
        /// Commit or abort.
        commit: bool,
    },
    /// Markers are written and offsets committed.
    TransactionEnded {
        /// The transactional id.
        id: String,
        /// When, ms since 1970.
        ended_ms: i64,
    },
    /// A transactional id that was idle for long is forgotten.
    TransactionForgotten {
        /// The transactional id.
        id: String,
    },
}

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OffsetEntry {
    /// Topic.
    pub(crate) topic: String,
    /// Partition.
    pub(crate) partition: i32,
    /// Offset of the next record to read.
    pub(crate) offset: i64,
    /// Leader epoch that the client told, -1 none.
    pub(crate) leader_epoch: i32,
    /// What the client added.
    pub(crate) metadata: String,
    /// When it was committed, ms since 1970.
    pub(crate) committed_ms: i64,
}

/// Where a transactional id stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TransactionState {
    /// No transaction was begun since the producer's last InitProducerId.
    #[default]
    Empty,
    /// A transaction is open.
    Ongoing,
    /// It is decided to commit; markers are being written.
    PrepareCommit,
    /// It is decided to abort; markers are being written.
    PrepareAbort,
    /// The last transaction was committed.
    CompleteCommit,
    /// The last transaction was aborted.
    CompleteAbort,
}

/// All that is durable about a transactional id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TransactionEntry {
    /// The transactional id.
    pub(crate) id: String,
    /// Its producer id.
    pub(crate) producer_id: i64,
    /// The epoch that may write; lower ones are fenced.
    pub(crate) producer_epoch: i16,
    /// The client's transaction timeout, ms.
    pub(crate) timeout_ms: i32,
    /// Where it stands.
    pub(crate) state: TransactionState,
    /// When the open transaction began, ms since 1970; meaningless without one.
    pub(crate) started_ms: i64,
    /// When anything last happened, ms since 1970: what idle ids are forgotten by.
    pub(crate) changed_ms: i64,
    /// Partitions of the open transaction.
    pub(crate) partitions: BTreeSet<(String, i32)>,
    /// By group, the offsets that the open transaction commits; of one partition the last counts.
    pub(crate) offsets: BTreeMap<String, Vec<OffsetEntry>>,
}
