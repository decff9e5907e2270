//! Members of a classic group, step by step, and the offsets of a group.

use bytes::Bytes;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use kafka_protocol::messages::offset_fetch_response::OffsetFetchResponsePartitions;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    OffsetCommitRequest, OffsetFetchRequest, SyncGroupRequest, SyncGroupResponse,
};

use crate::clock;
use crate::outcome::{Result, first, same};
use crate::target::{PATIENCE, Target};
use crate::wire::{Connection, code, group_id, text, topic_name};

/// One member of a group, on its own connection.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) connection: Connection,
    pub(crate) group: String,
    pub(crate) id: String,
    pub(crate) generation: i32,
    pub(crate) instance: Option<String>,
    /// How long it may be silent, ms.
    pub(crate) session_timeout_ms: i32,
    /// What it tells the leader. The broker reads it too, so it is a real subscription.
    pub(crate) metadata: Bytes,
}

impl Member {
    /// A member that has not joined yet. The group's coordinator is there when this returns.
    pub(crate) fn new(target: &Target, group: &str, instance: Option<&str>) -> Result<Self> {
        let mut connection = target.connect()?;
        await_coordinator(&mut connection, group, 0)?;
        Ok(Self {
            connection,
            group: group.to_owned(),
            id: String::new(),
            generation: -1,
            instance: instance.map(str::to_owned),
            session_timeout_ms: 30_000,
            metadata: subscription(&format!("of-{}", instance.unwrap_or("a-member")))?,
        })
    }

    /// The request to join.
    pub(crate) fn join_request(&self) -> JoinGroupRequest {
        let protocol =
            JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(self.metadata.clone());
        JoinGroupRequest::default()
            .with_group_id(group_id(&self.group))
            .with_session_timeout_ms(self.session_timeout_ms)
            .with_rebalance_timeout_ms(10_000)
            .with_member_id(text(&self.id))
            .with_group_instance_id(self.instance.as_deref().map(text))
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol])
    }

    /// Sends a request to join and takes over what the answer says, whatever that is.
    pub(crate) fn join_once(&mut self) -> Result<JoinGroupResponse> {
        let request = self.join_request();
        let response = self.connection.call(5, &request)?;
        if !response.member_id.is_empty() {
            self.id = response.member_id.to_string();
        }
        self.generation = response.generation_id;
        Ok(response)
    }

    /// Joins: the second time with the id that the first was given (KIP-394).
    pub(crate) fn join(&mut self) -> Result<JoinGroupResponse> {
        let mut response = self.join_once()?;
        if code(response.error_code) == "MemberIdRequired" {
            response = self.join_once()?;
        }
        same("joining the group", code(response.error_code), "none")?;
        Ok(response)
    }

    /// Synchronizes; the leader hands out these assignments.
    pub(crate) fn sync(&mut self, assignments: &[(&str, &str)]) -> Result<SyncGroupResponse> {
        let assignment = |(member, what): &(&str, &str)| {
            SyncGroupRequestAssignment::default()
                .with_member_id(text(member))
                .with_assignment(Bytes::from((*what).to_owned()))
        };
        let request = SyncGroupRequest::default()
            .with_group_id(group_id(&self.group))
            .with_generation_id(self.generation)
            .with_member_id(text(&self.id))
            .with_group_instance_id(self.instance.as_deref().map(text))
            .with_assignments(assignments.iter().map(assignment).collect());
        self.connection.call(3, &request)
    }

    /// Joins as the only member and gets everything.
    pub(crate) fn join_alone(&mut self) -> Result {
        self.join()?;
        let id = self.id.clone();
        let synced = self.sync(&[(&id, "everything")])?;
        same("synchronizing", code(synced.error_code), "none")?;
        same("assignment", synced.assignment, Bytes::from_static(b"everything"))
    }

    /// Sends a heartbeat; returns the error code by name.
    pub(crate) fn heartbeat(&mut self) -> Result<String> {
        let request = HeartbeatRequest::default()
            .with_group_id(group_id(&self.group))
            .with_generation_id(self.generation)
            .with_member_id(text(&self.id))
            .with_group_instance_id(self.instance.as_deref().map(text));
        Ok(code(self.connection.call(3, &request)?.error_code))
    }

    /// Leaves; returns the member's error code by name.
    pub(crate) fn leave(&mut self) -> Result<String> {
        let member = MemberIdentity::default()
            .with_member_id(text(&self.id))
            .with_group_instance_id(self.instance.as_deref().map(text));
        let request = LeaveGroupRequest::default().with_group_id(group_id(&self.group)).with_members(vec![member]);
        let response = self.connection.call(3, &request)?;
        same("leaving the group", code(response.error_code), "none")?;
        Ok(code(first("member that left", response.members)?.error_code))
    }

    /// Commits an offset of partition 0 as this member; returns the error code by name.
    pub(crate) fn commit(&mut self, topic: &str, offset: i64) -> Result<String> {
        let request = commit_request(&self.group, topic, offset)
            .with_generation_id_or_member_epoch(self.generation)
            .with_member_id(text(&self.id))
            .with_group_instance_id(self.instance.as_deref().map(text));
        commit_code(&mut self.connection, &request)
    }
}

/// Metadata of a consumer that wants this topic, as the client library's assignors read it (version 0).
pub(crate) fn subscription(topic: &str) -> Result<Bytes> {
    let mut bytes = vec![0, 0, 0, 0, 0, 1];
    bytes.extend(i16::try_from(topic.len())?.to_be_bytes());
    bytes.extend(topic.as_bytes());
    bytes.extend((-1_i32).to_be_bytes());
    Ok(Bytes::from(bytes))
}

/// Waits until the coordinator of a group (type 0) or a transactional id (type 1) is there: the first question may find
/// a broker that only now creates the topic behind it.
pub(crate) fn await_coordinator(connection: &mut Connection, key: &str, key_type: i8) -> Result {
    let request = FindCoordinatorRequest::default().with_key(text(key)).with_key_type(key_type);
    clock::wait_for(&format!("the coordinator of {key}"), PATIENCE, || {
        let answer = connection.call(2, &request)?;
        Ok((answer.error_code == 0).then_some(()))
    })
}

/// A commit of an offset of partition 0 by nobody in particular, with metadata.
pub(crate) fn commit_request(group: &str, topic: &str, offset: i64) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_metadata(Some(text("noted")));
    let topic = OffsetCommitRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    OffsetCommitRequest::default()
        .with_group_id(group_id(group))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic])
}

/// Commits; returns the partition's error code by name. Waits while the coordinator is loading.
pub(crate) fn commit_code(connection: &mut Connection, request: &OffsetCommitRequest) -> Result<String> {
    clock::wait_for("committing an offset", PATIENCE, || {
        let response = connection.call(7, request)?;
        let topic = first("committed topic", response.topics)?;
        let answer = code(first("committed partition", topic.partitions)?.error_code);
        let loading =
            matches!(answer.as_str(), "CoordinatorLoadInProgress" | "CoordinatorNotAvailable" | "NotCoordinator");
        Ok((!loading).then_some(answer))
    })
}

/// The question for a group's offset of partition 0; `topic` none: for all of its offsets.
pub(crate) fn offset_request(group: &str, topic: Option<&str>, require_stable: bool) -> OffsetFetchRequest {
    let topics = topic.map(|topic| {
        vec![OffsetFetchRequestTopics::default().with_name(topic_name(topic)).with_partition_indexes(vec![0])]
    });
    let group = OffsetFetchRequestGroup::default().with_group_id(group_id(group)).with_topics(topics);
    OffsetFetchRequest::default()
        .with_topics(Some(Vec::new()))
        .with_groups(vec![group])
        .with_require_stable(require_stable)
}

/// A group's offset of partition 0.
pub(crate) fn offset(
    connection: &mut Connection,
    group: &str,
    topic: &str,
    require_stable: bool,
) -> Result<OffsetFetchResponsePartitions> {
    let response = connection.call(8, &offset_request(group, Some(topic), require_stable))?;
    let group = first("group of an offset", response.groups)?;
    same("fetching an offset", code(group.error_code), "none")?;
    first("partition of an offset", first("topic of an offset", group.topics)?.partitions)
}
