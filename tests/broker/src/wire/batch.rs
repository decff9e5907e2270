//! Record batches, made and taken apart by hand: checks need broken ones, and must see the bytes that a broker returns.

use bytes::{Buf as _, Bytes};

use crate::outcome::{Failure, Result, holds, same};

/// Bytes before the records of a batch.
const HEADER: usize = 61;
/// Where the bytes begin that the CRC covers: with the attributes.
const CRC_FROM: usize = 21;
/// Attribute bits.
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// Key and value of a record to produce.
type Pair = (Option<Vec<u8>>, Option<Vec<u8>>);

/// A batch to produce.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    producer: (i64, i16),
    sequence: i32,
    attributes: i16,
    timestamp: i64,
    records: Vec<Pair>,
}

impl Batch {
    /// Values without keys, from no particular producer, at `timestamp` (ms).
    pub(crate) fn of(values: &[&str], timestamp: i64) -> Self {
        let records = values.iter().map(|v| (None, Some(v.as_bytes().to_vec()))).collect();
        Self { producer: (-1, -1), sequence: -1, attributes: 0, timestamp, records }
    }

    /// Records with keys; no value is a tombstone.
    pub(crate) fn keyed(records: &[(&str, Option<&str>)], timestamp: i64) -> Self {
        let owned = |text: &str| text.as_bytes().to_vec();
        let records = records.iter().map(|(k, v)| (Some(owned(k)), v.map(owned))).collect();
        Self { records, ..Self::of(&[], timestamp) }
    }

    /// One record of `bytes` bytes.
    pub(crate) fn large(bytes: usize, timestamp: i64) -> Self {
        Self { records: vec![(None, Some(vec![b'x'; bytes]))], ..Self::of(&[], timestamp) }
    }

    /// Of this producer id and epoch, from this sequence number on.
    pub(crate) fn by(mut self, producer: (i64, i16), sequence: i32) -> Self {
        (self.producer, self.sequence) = (producer, sequence);
        self
    }

    /// As part of a transaction.
    pub(crate) fn transactional(mut self) -> Self {
        self.attributes |= TRANSACTIONAL;
        self
    }

    /// Claims to be compressed with a codec: 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub(crate) fn said_to_be(mut self, codec: i16) -> Self {
        self.attributes |= codec;
        self
    }

    /// Claims to be a marker, which no client may write.
    pub(crate) fn control(mut self) -> Self {
        self.attributes |= CONTROL;
        self
    }

    /// The batch as it stands in a produce request.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut records = Vec::new();
        for (delta, (key, value)) in (0..).zip(&self.records) {
            let mut record = vec![0];
            varint(&mut record, 0);
            varint(&mut record, delta);
            nullable(&mut record, key.as_deref());
            nullable(&mut record, value.as_deref());
            varint(&mut record, 0);
            varint(&mut records, length(&record));
            records.extend(record);
        }
        let count = i32::try_from(self.records.len()).unwrap_or(i32::MAX);
        let mut covered = self.attributes.to_be_bytes().to_vec();
        covered.extend((count - 1).to_be_bytes());
        covered.extend(self.timestamp.to_be_bytes());
        covered.extend(self.timestamp.to_be_bytes());
        covered.extend(self.producer.0.to_be_bytes());
        covered.extend(self.producer.1.to_be_bytes());
        covered.extend(self.sequence.to_be_bytes());
        covered.extend(count.to_be_bytes());
        covered.extend(records);
        let mut batch = 0_i64.to_be_bytes().to_vec();
        // Leader epoch, magic and CRC stand between the length and what the CRC covers.
        batch.extend(i32::try_from(covered.len() + 9).unwrap_or(i32::MAX).to_be_bytes());
        batch.extend((-1_i32).to_be_bytes());
        batch.push(2);
        batch.extend(crc32c::crc32c(&covered).to_be_bytes());
        batch.extend(covered);
        batch
    }
}

/// A batch as a broker returned it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) base_offset: i64,
    pub(crate) last_offset: i64,
    pub(crate) leader_epoch: i32,
    attributes: i16,
    pub(crate) max_timestamp: i64,
    pub(crate) producer: (i64, i16),
    pub(crate) records: Vec<SeenRecord>,
}

/// A record as a broker returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenRecord {
    pub(crate) offset: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
}

impl Seen {
    /// The codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub(crate) fn codec(&self) -> i16 {
        self.attributes & 7
    }

    /// Whether it is a transaction marker.
    pub(crate) fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// Whether it is part of a transaction.
    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether its timestamps are the broker's.
    pub(crate) fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// Of a marker: whether it commits.
    pub(crate) fn commits(&self) -> Option<bool> {
        let key = self.records.first()?.key.as_ref()?;
        self.is_control().then(|| key.get(2..4) == Some(&[0, 1]))
    }
}

/// The whole batches in the records of a fetch response, each with a valid CRC. A part of a batch at the end is dropped,
/// as every client does: a broker may cut at the byte limit.
pub(crate) fn split(records: &Bytes) -> Result<Vec<Seen>> {
    let mut rest = records.clone();
    let mut batches = Vec::new();
    while rest.len() >= 12 {
        let length = usize::try_from((&rest[8..12]).get_i32())? + 12;
        if rest.len() < length {
            break;
        }
        batches.push(take_apart(&rest.split_to(length))?);
    }
    Ok(batches)
}

fn take_apart(batch: &Bytes) -> Result<Seen> {
    holds(batch.len() >= HEADER, format!("a batch of {} bytes", batch.len()))?;
    same("magic of a batch", batch[16], 2)?;
    let mut head = batch.slice(..HEADER);
    let base_offset = head.get_i64();
    head.advance(4);
    let leader_epoch = head.get_i32();
    head.advance(1);
    same("CRC of a batch", head.get_u32(), crc32c::crc32c(&batch[CRC_FROM..]))?;
    let attributes = head.get_i16();
    let last_offset = base_offset + i64::from(head.get_i32());
    head.advance(8);
    let max_timestamp = head.get_i64();
    let producer = (head.get_i64(), head.get_i16());
    head.advance(4);
    let count = head.get_i32();
    let mut seen =
        Seen { base_offset, last_offset, leader_epoch, attributes, max_timestamp, producer, records: Vec::new() };
    // The checks that look at records send them uncompressed.
    if seen.codec() == 0 {
        let mut rest = batch.slice(HEADER..);
        for _ in 0..count {
            seen.records.push(record(base_offset, &mut rest)?);
        }
    }
    Ok(seen)
}

fn record(base_offset: i64, rest: &mut Bytes) -> Result<SeenRecord> {
    let length = usize::try_from(read_varint(rest)?)?;
    holds(length <= rest.len(), "a record that is longer than its batch")?;
    let mut record = rest.split_to(length);
    record.advance(1);
    read_varint(&mut record)?;
    let offset = base_offset + read_varint(&mut record)?;
    Ok(SeenRecord { offset, key: read_nullable(&mut record)?, value: read_nullable(&mut record)? })
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

fn nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(out, bytes.map_or(-1, length));
    out.extend(bytes.unwrap_or_default());
}

/// Zigzag, seven bits a byte, lowest first.
fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn read_varint(bytes: &mut Bytes) -> Result<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = bytes.try_get_u8()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(Failure::new("a varint without an end"))
}

fn read_nullable(bytes: &mut Bytes) -> Result<Option<Bytes>> {
    let length = read_varint(bytes)?;
    if length < 0 {
        return Ok(None);
    }
    let length = usize::try_from(length)?;
    holds(length <= bytes.len(), "a field that is longer than its record")?;
    Ok(Some(bytes.split_to(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_can_be_taken_apart() {
        let batch = Batch::keyed(&[("k", Some("v")), ("k", None)], 17).by((5, 1), 3).transactional();
        let mut bytes = batch.encode();
        bytes.extend(&[0; 10]);
        let seen = split(&Bytes::from(bytes)).unwrap();
        let key = Some(Bytes::from_static(b"k"));
        let expected = [
            SeenRecord { offset: 0, key: key.clone(), value: Some(Bytes::from_static(b"v")) },
            SeenRecord { offset: 1, key, value: None },
        ];
        assert_eq!(seen[0].records, expected);
        assert_eq!((seen[0].producer, seen[0].max_timestamp, seen[0].last_offset), ((5, 1), 17, 1));
        assert!(seen[0].is_transactional() && !seen[0].is_control());
    }

    #[test]
    fn a_broken_batch_is_noticed() {
        let mut bytes = Batch::of(&["value"], 1).encode();
        *bytes.last_mut().unwrap() ^= 1;
        assert!(split(&Bytes::from(bytes)).is_err());
    }
}
