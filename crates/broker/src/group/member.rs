//! A member of a group, and what is said between it and the group.

use std::sync::Arc;

use bytes::Bytes;

use super::slot::Slot;
use crate::error::Code;

/// A protocol that a member can follow, in its order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Protocol {
    /// Its name; of consumers the assignor's.
    pub(crate) name: String,
    /// What the member tells the leader; of consumers the subscription.
    pub(crate) metadata: Bytes,
}

/// A JoinGroup request.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    /// Member id, empty for one that has none yet.
    pub(crate) member_id: String,
    /// `group.instance.id` of a static member (KIP-345).
    pub(crate) instance_id: Option<String>,
    /// What the client calls itself.
    pub(crate) client_id: String,
    /// Where it is, as Kafka writes it: `/127.0.0.1`.
    pub(crate) client_host: String,
    /// Silence after which the member counts as dead, ms.
    pub(crate) session_timeout_ms: i32,
    /// How long a rebalance waits for the member, ms.
    pub(crate) rebalance_timeout_ms: i32,
    /// Class of protocols, `consumer` for consumers.
    pub(crate) protocol_type: String,
    /// Protocols in order of preference.
    pub(crate) protocols: Vec<Protocol>,
    /// A dynamic member must come again with the id that it is given (KIP-394, v4).
    pub(crate) known_id_required: bool,
    /// The client understands `skip_assignment` (KIP-814, v9).
    pub(crate) skip_supported: bool,
    /// The id that a member without one gets.
    pub(crate) fresh_id: String,
}

/// A member as the leader of its group is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JoinedMember {
    /// Its id.
    pub(crate) member_id: String,
    /// Its instance id, of static members.
    pub(crate) instance_id: Option<String>,
    /// Its metadata for the chosen protocol.
    pub(crate) metadata: Bytes,
}

/// The answer to a JoinGroup request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    /// What went wrong.
    pub(crate) error: Option<Code>,
    /// Generation, -1 with an error.
    pub(crate) generation: i32,
    /// Class of protocols.
    pub(crate) protocol_type: Option<String>,
    /// The chosen protocol.
    pub(crate) protocol: Option<String>,
    /// Member id of the leader.
    pub(crate) leader: String,
    /// The leader need not assign again.
    pub(crate) skip_assignment: bool,
    /// The member's id.
    pub(crate) member_id: String,
    /// All members, for the leader only.
    pub(crate) members: Vec<JoinedMember>,
}

impl Joined {
    /// An answer that is nothing but an error.
    pub(crate) fn error(member_id: &str, error: Code) -> Self {
        Self {
            error: Some(error),
            generation: -1,
            protocol_type: None,
            protocol: None,
            leader: String::new(),
            skip_assignment: false,
            member_id: member_id.to_owned(),
            members: Vec::new(),
        }
    }
}

/// A SyncGroup request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sync {
    /// Member id.
    pub(crate) member_id: String,
    /// Instance id of a static member.
    pub(crate) instance_id: Option<String>,
    /// The generation that the member was told.
    pub(crate) generation: i32,
    /// Class of protocols, from v5.
    pub(crate) protocol_type: Option<String>,
    /// Protocol, from v5.
    pub(crate) protocol: Option<String>,
    /// From the leader: assignments by member id.
    pub(crate) assignments: Vec<(String, Bytes)>,
}

/// The answer to a SyncGroup request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Synced {
    /// What went wrong.
    pub(crate) error: Option<Code>,
    /// Class of protocols.
    pub(crate) protocol_type: Option<String>,
    /// The chosen protocol.
    pub(crate) protocol: Option<String>,
    /// What the leader assigned to this member.
    pub(crate) assignment: Bytes,
}

impl Synced {
    /// An answer that is nothing but an error.
    pub(crate) fn error(error: Code) -> Self {
        Self { error: Some(error), protocol_type: None, protocol: None, assignment: Bytes::new() }
    }
}

/// Where the answer to a JoinGroup request goes.
pub(crate) type JoinSlot = Arc<Slot<Joined>>;
/// Where the answer to a SyncGroup request goes.
pub(crate) type SyncSlot = Arc<Slot<Synced>>;

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout_ms: i32,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    /// The JoinGroup request that waits.
    pub(super) join: Option<JoinSlot>,
    /// The SyncGroup request that waits.
    pub(super) sync: Option<SyncSlot>,
    /// Nobody reads the answer of the request that waits any more.
    pub(super) gone: bool,
    /// It was never told a generation.
    pub(super) is_new: bool,
    /// When it counts as dead, steady ms.
    pub(super) deadline_ms: i64,
}

impl Member {
    /// Starts its session timeout anew.
    pub(super) fn touch(&mut self, now_ms: i64) {
        self.deadline_ms = now_ms.saturating_add(i64::from(self.session_timeout_ms));
    }

    /// Whether a request of it waits and somebody waits for the answer.
    pub(super) fn waits(&self) -> bool {
        !self.gone && (self.join.is_some() || self.sync.is_some())
    }

    /// When silence ends its membership; `None` while a request of it waits, as it cannot send heartbeats then.
    pub(super) fn dies_ms(&self) -> Option<i64> {
        (self.is_new || !self.waits()).then_some(self.deadline_ms)
    }

    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|p| p.name == protocol).map(|p| p.metadata.clone()).unwrap_or_default()
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|p| p.name == protocol)
    }

    /// Bytes that clients made it hold.
    pub(super) fn bytes(&self) -> usize {
        protocol_bytes(&self.protocols) + self.assignment.len()
    }

    /// Answers a waiting JoinGroup.
    pub(super) fn answer_join(&mut self, answer: Joined) {
        if let Some(slot) = self.join.take() {
            self.gone = false;
            slot.put(answer);
        }
    }

    /// Answers a waiting SyncGroup.
    pub(super) fn answer_sync(&mut self, answer: Synced) {
        if let Some(slot) = self.sync.take() {
            self.gone = false;
            slot.put(answer);
        }
    }
}

/// Bytes that a member's protocols take.
pub(super) fn protocol_bytes(protocols: &[Protocol]) -> usize {
    protocols.iter().map(|p| size_of::<Protocol>() + p.name.len() + p.metadata.len()).sum()
}
