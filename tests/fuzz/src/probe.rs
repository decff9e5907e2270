//! Whether the broker is well: a client of good manners must be served as ever. Also clears away what damage has
//! brought into the world: topics and groups with other names.

use std::net::SocketAddr;

use bytes::Bytes;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ApiVersionsRequest, BrokerId, CreateTopicsRequest, DeleteGroupsRequest, DeleteTopicsRequest, FetchRequest,
    ListGroupsRequest, MetadataRequest, ProduceRequest,
};
use kafka_protocol::protocol::Request;

use crate::batch::{ANYBODY, batch};
use crate::chance::Chance;
use crate::link::{Came, Link, PATIENCE};
use crate::mutate::set_length;
use crate::requests::{TOPICS, decode, encode, group_id, is_of_pool, text, topic_name};

/// The topic that no other request names.
const CANARY: &str = "Canary-in-the-mine";
const TOPIC_EXISTS: i16 = 36;

/// A client of good manners.
#[derive(Debug)]
pub(crate) struct Probe {
    link: Link,
    correlation: i32,
}

impl Probe {
    /// Connects.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, String> {
        Ok(Self { link: Link::open(address)?, correlation: 0 })
    }

    fn call<R: Request>(&mut self, version: i16, request: &R) -> Result<R::Response, String> {
        self.correlation += 1;
        let mut frame = vec![0; 4];
        frame.extend(encode(request, version, self.correlation)?);
        let length = frame.len() - 4;
        set_length(&mut frame, length);
        let sent = self.link.send(&frame)?;
        let what = std::any::type_name::<R>();
        match self.link.receive(PATIENCE)? {
            Came::Answer(mut answer) => decode::<R>(&mut answer, version),
            Came::End => Err(format!("health: {what} closes the connection (sent: {sent})")),
            Came::Nothing => Err(format!("health: no answer to {what} within {PATIENCE:?}")),
        }
    }

    /// Creates the topics that always exist and are missing.
    pub(crate) fn create_topics(&mut self) -> Result<(), String> {
        let topic = |(name, partitions): (&str, i32)| {
            let policy = if name.starts_with("compact") { "compact,delete" } else { "delete" };
            let configs = [("cleanup.policy", policy), ("segment.bytes", "1048576"), ("retention.bytes", "4000000")];
            let configs = configs
                .map(|(key, value)| CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value))));
            let topic = CreatableTopic::default().with_name(topic_name(name)).with_num_partitions(partitions);
            topic.with_replication_factor(1).with_configs(configs.to_vec())
        };
        let topics = TOPICS.into_iter().chain([(CANARY, 1)]).map(topic).collect();
        let answer = self.call(5, &CreateTopicsRequest::default().with_topics(topics).with_timeout_ms(10_000))?;
        match answer.topics.iter().find(|t| ![0, TOPIC_EXISTS].contains(&t.error_code)) {
            Some(refused) => Err(format!("topic {:?} is refused: code {}", refused.name, refused.error_code)),
            None => Ok(()),
        }
    }

    /// Asks for versions and metadata, writes a record and reads it again. Errors: anything else than what is right.
    pub(crate) fn roundtrip(&mut self, chance: &mut Chance, now_ms: i64) -> Result<(), String> {
        let versions = self.call(0, &ApiVersionsRequest::default())?;
        if versions.error_code != 0 || versions.api_keys.len() != crate::requests::TABLE.len() {
            return Err(format!("health: {} APIs, code {}", versions.api_keys.len(), versions.error_code));
        }
        let topic = MetadataRequestTopic::default().with_name(Some(topic_name(CANARY)));
        let metadata = self.call(9, &MetadataRequest::default().with_topics(Some(vec![topic])))?;
        if !metadata.topics.iter().all(|t| t.error_code == 0 && t.partitions.len() == 1) {
            return Err(format!("health: metadata {:?}", metadata.topics));
        }
        let written = Bytes::from(batch(chance, ANYBODY, 3, now_ms));
        let data = PartitionProduceData::default().with_records(Some(written.clone()));
        let data = TopicProduceData::default().with_name(topic_name(CANARY)).with_partition_data(vec![data]);
        let answer =
            self.call(9, &ProduceRequest::default().with_acks(-1).with_timeout_ms(10_000).with_topic_data(vec![data]))?;
        let produced = answer.responses.iter().flat_map(|t| &t.partition_responses).next();
        let Some(offset) = produced.filter(|p| p.error_code == 0).map(|p| p.base_offset) else {
            return Err(format!("health: produce {:?}", answer.responses));
        };
        let partition = FetchPartition::default().with_fetch_offset(offset).with_partition_max_bytes(1 << 20);
        let topic = FetchTopic::default().with_topic(topic_name(CANARY)).with_partitions(vec![partition]);
        let request = FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(1_000)
            .with_min_bytes(1)
            .with_max_bytes(1 << 20)
            .with_session_epoch(-1)
            .with_topics(vec![topic]);
        let answer = self.call(11, &request)?;
        let read = answer.responses.iter().flat_map(|t| &t.partitions).next();
        let read = read.and_then(|p| p.records.clone()).unwrap_or_default();
        // Base offset and leader epoch are the broker's; the CRC covers all that is behind the CRC.
        match read.get(17..) == written.get(17..) {
            true => Ok(()),
            false => Err(format!("health: {} bytes written, {} read at {offset}", written.len(), read.len())),
        }
    }

    /// Deletes topics and groups that only damage can have brought; tells how many of each there were.
    pub(crate) fn clear(&mut self) -> Result<(usize, usize), String> {
        let metadata = self.call(9, &MetadataRequest::default().with_topics(None))?;
        let names = metadata.topics.into_iter().filter_map(|t| t.name);
        let strays = names.filter(|n| n.as_str() != CANARY && !is_of_pool(n.as_str())).collect::<Vec<_>>();
        let topics = strays.len();
        if topics > 0 {
            self.call(5, &DeleteTopicsRequest::default().with_topic_names(strays).with_timeout_ms(10_000))?;
        }
        let groups = self.call(0, &ListGroupsRequest::default())?.groups;
        let names = groups.iter().map(|g| g.group_id.as_str()).filter(|n| !is_of_pool(n));
        let strays = names.map(group_id).collect::<Vec<_>>();
        let groups = strays.len();
        if groups > 0 {
            self.call(1, &DeleteGroupsRequest::default().with_groups_names(strays))?;
        }
        Ok((topics, groups))
    }
}
