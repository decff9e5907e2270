//! What a broker is started with, and every limit by name.

use std::path::PathBuf;

/// When written bytes are forced to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// When the system likes: survives the death of the process (SIGKILL), not that of the machine. As Apache Kafka's
    /// default.
    #[default]
    Never,
    /// Before every acknowledgement: survives a power cut, at the disk's pace.
    Always,
}

/// How a broker is started. `BrokerConfig::new` gives the defaults; every field may be changed.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Folder of the broker's data; created when missing, locked while the broker runs.
    pub data_dir: PathBuf,
    /// Address to listen on, by number. Loopback by default.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// `host:port` that clients are told to connect to; by default the address listened on.
    pub advertised: Option<String>,
    /// When written bytes are forced to the disk.
    pub fsync: Fsync,
    /// Whether a producer or a consumer that allows it creates a topic by naming it, as Kafka's default has it.
    pub auto_create_topics: bool,
    /// Partitions of a topic whose creator does not say.
    pub default_partitions: i32,
    /// How long the first member of an empty group waits for others, ms. Kafka's default is 3000; for one machine 0.
    pub initial_rebalance_delay_ms: i32,
    /// How often compaction and other upkeep are looked at, ms.
    pub upkeep_interval_ms: u64,
    /// How often retention is looked at, ms (Kafka's `log.retention.check.interval.ms`).
    pub retention_check_ms: i64,
    /// Bounds.
    pub limits: Limits,
}

/// Bounds of what clients may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections; more are closed at once.
    pub connections: usize,
    /// Bytes of one request (Kafka's `socket.request.max.bytes`).
    pub request_bytes: usize,
    /// Bytes of requests being read or served, over all connections; large ones wait for room.
    pub requests_in_flight_bytes: usize,
    /// Array elements in one request, nested ones included.
    pub request_elements: usize,
    /// Records bytes in one fetch response.
    pub fetch_response_bytes: usize,
    /// Records bytes in all fetch responses that are not sent yet; when used up, responses shrink to one batch.
    pub fetches_in_flight_bytes: usize,
    /// How long a client may take to read a response or to finish sending a request that it began, ms.
    pub stalled_ms: u64,
    /// Partitions of one topic.
    pub partitions_of_topic: i32,
    /// Partitions of all topics together.
    pub partitions: usize,
    /// Transactional ids that are remembered at a time.
    pub transactional_ids: usize,
    /// Groups whose offsets one transaction commits.
    pub groups_of_transaction: usize,
    /// Members of one group.
    pub members_of_group: usize,
    /// Groups that have or had members; those with nothing but offsets do not count.
    pub groups: usize,
    /// Bytes of one group member's protocols with their metadata, and of its assignment.
    pub member_metadata_bytes: usize,
    /// Bytes of all protocols and assignments of one group.
    pub group_metadata_bytes: usize,
    /// Bytes that a batch may unpack to.
    pub unpacked_batch_bytes: usize,
    /// Keys that compaction remembers at a time, about 30 bytes each; a log with more is compacted in several rounds.
    pub compaction_keys: usize,
    /// Shortest session timeout of a group member, ms (Kafka's `group.min.session.timeout.ms`, 6000 there).
    pub min_session_timeout_ms: i32,
    /// Longest session timeout of a group member, ms (`group.max.session.timeout.ms`).
    pub max_session_timeout_ms: i32,
    /// Longest transaction timeout, ms (`transaction.max.timeout.ms`).
    pub max_transaction_timeout_ms: i32,
    /// Bytes of a group offset's metadata string (`offset.metadata.max.bytes`).
    pub offset_metadata_bytes: usize,
    /// How long offsets of a group without members are kept, ms (`offsets.retention.minutes`, 7 days).
    pub offsets_retention_ms: i64,
    /// How long an idle transactional id is remembered, ms (`transactional.id.expiration.ms`, 7 days).
    pub transactional_id_expiration_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        Self {
            connections: 2_000,
            request_bytes: 100 << 20,
            requests_in_flight_bytes: 256 << 20,
            request_elements: 200_000,
            fetch_response_bytes: 16 << 20,
            fetches_in_flight_bytes: 256 << 20,
            stalled_ms: 60_000,
            partitions_of_topic: 10_000,
            partitions: 100_000,
            transactional_ids: 100_000,
            groups_of_transaction: 1_000,
            members_of_group: 1_000,
            groups: 10_000,
            member_metadata_bytes: 1 << 20,
            group_metadata_bytes: 64 << 20,
            unpacked_batch_bytes: 128 << 20,
            compaction_keys: 1_800_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            max_transaction_timeout_ms: 900_000,
            offset_metadata_bytes: 4_096,
            offsets_retention_ms: 7 * DAY_MS,
            transactional_id_expiration_ms: 7 * DAY_MS,
        }
    }
}

impl BrokerConfig {
    /// A broker with its data in `data_dir`, on loopback at Kafka's port 9092.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            host: "127.0.0.1".to_owned(),
            port: 9092,
            advertised: None,
            fsync: Fsync::Never,
            auto_create_topics: true,
            default_partitions: 1,
            initial_rebalance_delay_ms: 0,
            upkeep_interval_ms: 1_000,
            retention_check_ms: 5 * 60 * 1000,
            limits: Limits::default(),
        }
    }
}
