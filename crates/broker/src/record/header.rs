//! The 61 bytes that every record batch begins with. All numbers are big-endian.
//!
//! ```text
//!  0 base offset i64 | 8 length i32 (bytes after this field) | 12 leader epoch i32 | 16 magic i8 | 17 crc u32 (of all
//!  that follows) | 21 attributes i16 | 23 last offset delta i32 | 27 base timestamp i64 | 35 max timestamp i64 |
//!  43 producer id i64 | 51 producer epoch i16 | 53 base sequence i32 | 57 record count i32 | 61 records
//! ```

/// Bytes of a batch before its records.
pub(crate) const HEADER_BYTES: usize = 61;
/// Bytes before those that the length field counts.
pub(crate) const LENGTH_END: usize = 12;
/// Where the checksummed part begins.
pub(crate) const CRC_FROM: usize = 21;

const COMPRESSION_MASK: i16 = 0x07;
/// Flag: the max timestamp is the broker's, and that of every record.
pub(crate) const LOG_APPEND_TIME: i16 = 0x08;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;
const DELETE_HORIZON: i16 = 0x40;

/// A parsed header. Not validated: fields are what the bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Offset of the batch's first record.
    pub(crate) base_offset: i64,
    /// What the length field says: bytes after it. Negative in malformed batches.
    pub(crate) length: i32,
    /// Leader epoch; 0 in everything this broker stores.
    pub(crate) leader_epoch: i32,
    /// Format version, 2.
    pub(crate) magic: i8,
    /// CRC-32C over everything from byte 21.
    pub(crate) crc: u32,
    /// Flags.
    pub(crate) attributes: i16,
    /// Offset of the last record, less the base offset.
    pub(crate) last_offset_delta: i32,
    /// Timestamp that the records' deltas are added to, ms.
    pub(crate) base_timestamp: i64,
    /// Largest timestamp of the batch, ms; -1: none.
    pub(crate) max_timestamp: i64,
    /// Producer id, -1 without idempotence.
    pub(crate) producer_id: i64,
    /// Producer epoch.
    pub(crate) producer_epoch: i16,
    /// Sequence number of the first record, -1 without idempotence.
    pub(crate) base_sequence: i32,
    /// Number of records.
    pub(crate) count: i32,
}

impl Header {
    /// Reads a header from the first 61 bytes; `None` when there are fewer.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let head: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let i64_at = |at: usize| -> i64 { be(head, at).map_or(0, i64::from_be_bytes) };
        let i32_at = |at: usize| -> i32 { be(head, at).map_or(0, i32::from_be_bytes) };
        let i16_at = |at: usize| -> i16 { be(head, at).map_or(0, i16::from_be_bytes) };
        Some(Self {
            base_offset: i64_at(0),
            length: i32_at(8),
            leader_epoch: i32_at(12),
            magic: i8::from_be_bytes([head[16]]),
            crc: be(head, 17).map_or(0, u32::from_be_bytes),
            attributes: i16_at(21),
            last_offset_delta: i32_at(23),
            base_timestamp: i64_at(27),
            max_timestamp: i64_at(35),
            producer_id: i64_at(43),
            producer_epoch: i16_at(51),
            base_sequence: i32_at(53),
            count: i32_at(57),
        })
    }

    /// Bytes of the whole batch, header included; `None` when the length field makes no sense.
    pub(crate) fn total_bytes(&self) -> Option<usize> {
        let length = usize::try_from(self.length).ok()?;
        let total = length.checked_add(LENGTH_END)?;
        (total >= HEADER_BYTES).then_some(total)
    }

    /// Offset of the last record.
    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// Sequence number of the last record; sequences go from `i32::MAX` to 0.
    pub(crate) fn last_sequence(&self) -> i32 {
        match self.base_sequence.checked_add(self.last_offset_delta) {
            Some(sequence) => sequence,
            None => self.base_sequence.wrapping_add(self.last_offset_delta) & i32::MAX,
        }
    }

    /// 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; others do not exist.
    pub(crate) fn compression(&self) -> i16 {
        self.attributes & COMPRESSION_MASK
    }

    /// Whether all records have the max timestamp, given by the broker.
    pub(crate) fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// Whether the batch is part of a transaction (markers included).
    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the batch is a marker rather than data.
    pub(crate) fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// When the tombstones and the marker in this batch may be removed by compaction, ms since 1970; `None` when
    /// compaction has not met them yet. KIP-534: a flag, and the time in the place of the base timestamp.
    pub(crate) fn delete_horizon(&self) -> Option<i64> {
        (self.attributes & DELETE_HORIZON != 0).then_some(self.base_timestamp)
    }

    /// The same batch with a delete horizon, ms since 1970. The records' timestamp deltas must be made relative to it.
    pub(crate) fn with_delete_horizon(self, horizon_ms: i64) -> Self {
        Self { attributes: self.attributes | DELETE_HORIZON, base_timestamp: horizon_ms, ..self }
    }

    /// A whole batch of this header and these records (packed as the attributes say), with length and checksum made to
    /// fit. `None` when it would be longer than a batch can be.
    pub(crate) fn batch(&self, records: &[u8]) -> Option<Vec<u8>> {
        let total = HEADER_BYTES.checked_add(records.len())?;
        let length = i32::try_from(total - LENGTH_END).ok()?;
        let mut body = Vec::with_capacity(total);
        body.extend_from_slice(&self.base_offset.to_be_bytes());
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(&self.leader_epoch.to_be_bytes());
        body.extend_from_slice(&self.magic.to_be_bytes());
        body.extend_from_slice(&[0; 4]);
        body.extend_from_slice(&self.attributes.to_be_bytes());
        body.extend_from_slice(&self.last_offset_delta.to_be_bytes());
        body.extend_from_slice(&self.base_timestamp.to_be_bytes());
        body.extend_from_slice(&self.max_timestamp.to_be_bytes());
        body.extend_from_slice(&self.producer_id.to_be_bytes());
        body.extend_from_slice(&self.producer_epoch.to_be_bytes());
        body.extend_from_slice(&self.base_sequence.to_be_bytes());
        body.extend_from_slice(&self.count.to_be_bytes());
        body.extend_from_slice(records);
        seal(&mut body);
        Some(body)
    }
}

/// The checksum that a whole batch should have.
pub(crate) fn checksum(batch: &[u8]) -> u32 {
    crc32c::crc32c(batch.get(CRC_FROM..).unwrap_or_default())
}

/// Writes the checksum of a whole batch into it, after something behind byte 21 was changed.
pub(crate) fn seal(batch: &mut [u8]) {
    let crc = checksum(batch).to_be_bytes();
    if let Some(place) = batch.get_mut(CRC_FROM - 4..CRC_FROM) {
        place.copy_from_slice(&crc);
    }
}

fn be<const N: usize>(head: &[u8; HEADER_BYTES], at: usize) -> Option<[u8; N]> {
    head.get(at..at + N)?.try_into().ok()
}
