//! Making record batches: markers, and whatever tests write.

use super::compress;
use super::cursor::{put_length, put_nullable, put_varint};
use super::header::Header;

#[cfg(test)]
const COMPRESSION_MASK: i16 = 0x07;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;

/// A batch that is being made. Records get consecutive offsets; timestamps are relative to the first one's.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    header: Header,
    records: Vec<u8>,
}

impl Batch {
    /// An empty batch that begins at `base_offset`: no compression, no producer.
    pub(crate) fn new(base_offset: i64) -> Self {
        let header = Header {
            base_offset,
            length: 0,
            leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: -1,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: 0,
        };
        Self { header, records: Vec::new() }
    }

    /// Who writes it: producer id, epoch and the first record's sequence number (-1 in markers).
    pub(crate) fn producer(mut self, id: i64, epoch: i16, sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = sequence;
        self
    }

    /// Part of a transaction.
    pub(crate) fn transactional(mut self) -> Self {
        self.header.attributes |= TRANSACTIONAL;
        self
    }

    /// A marker.
    pub(crate) fn control(mut self) -> Self {
        self.header.attributes |= CONTROL;
        self
    }

    /// Packed with a codec of [`compress`].
    #[cfg(test)]
    pub(crate) fn codec(mut self, codec: i16) -> Self {
        self.header.attributes = (self.header.attributes & !COMPRESSION_MASK) | (codec & COMPRESSION_MASK);
        self
    }

    /// Adds a record without headers.
    pub(crate) fn record(self, timestamp_ms: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        self.record_with_headers(timestamp_ms, key, value, &[])
    }

    /// Adds a record.
    pub(crate) fn record_with_headers(
        mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> Self {
        if self.header.count == 0 {
            self.header.base_timestamp = timestamp_ms;
        }
        let mut body = vec![0];
        put_varint(&mut body, timestamp_ms.wrapping_sub(self.header.base_timestamp));
        put_varint(&mut body, i64::from(self.header.count));
        put_nullable(&mut body, key);
        put_nullable(&mut body, value);
        put_length(&mut body, headers.len());
        for (name, value) in headers {
            put_nullable(&mut body, Some(name.as_bytes()));
            put_nullable(&mut body, *value);
        }
        put_length(&mut self.records, body.len());
        self.records.extend_from_slice(&body);
        self.header.max_timestamp = self.header.max_timestamp.max(timestamp_ms);
        self.header.last_offset_delta = self.header.count;
        self.header.count = self.header.count.saturating_add(1);
        self
    }

    /// The finished batch. Empty when it cannot be a batch: more than 2 GB, or a codec that does not exist.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        compress::pack(self.header.compression(), &self.records)
            .ok()
            .and_then(|records| self.header.batch(&records))
            .unwrap_or_default()
    }
}
