//! Record batches of every codec, and damaged ones whose CRC is right, so that they get past the first check.

use std::io::Write as _;

use crate::chance::{Chance, happens, one_of};

/// Bytes before the records of a batch.
const HEADER: usize = 61;
/// Where the CRC stands, and where the bytes begin that it covers.
const CRC_AT: usize = 17;
const COVERED_FROM: usize = 21;
const TRANSACTIONAL: i16 = 1 << 4;
/// The bounds of numbers of one byte.
pub(crate) const BOUNDARIES: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/// Who writes a batch: producer id, epoch and the first record's sequence number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer {
    /// Producer id, -1 for none.
    pub(crate) id: i64,
    /// Its epoch.
    pub(crate) epoch: i16,
    /// Sequence number of the first record.
    pub(crate) sequence: i32,
    /// Whether the batch is part of a transaction.
    pub(crate) transactional: bool,
}

/// Nobody in particular.
pub(crate) const ANYBODY: Writer = Writer { id: -1, epoch: -1, sequence: -1, transactional: false };

/// A batch of `count` records at `timestamp` (ms since the epoch), packed with any codec.
pub(crate) fn batch(chance: &mut Chance, writer: Writer, count: i32, timestamp: i64) -> Vec<u8> {
    let codec = chance.i16(0..5);
    let mut records = Vec::new();
    for delta in 0..i64::from(count) {
        let mut record = vec![0];
        varint(&mut record, 0);
        varint(&mut record, delta);
        let key = happens(chance, 70).then(|| vec![b'k', chance.u8(b'a'..=b'z')]);
        nullable(&mut record, key.as_deref());
        let bytes = one_of(chance, &[0, 1, 10, 10, 100, 100, 1_000]);
        let value = happens(chance, 90).then(|| vec![chance.u8(b'a'..=b'z'); bytes]);
        nullable(&mut record, value.as_deref());
        let headers = i64::from(chance.u8(0..3));
        varint(&mut record, headers);
        for _ in 0..headers {
            nullable(&mut record, Some(b"header"));
            nullable(&mut record, Some(b"content"));
        }
        varint(&mut records, i64::try_from(record.len()).unwrap_or(i64::MAX));
        records.extend(record);
    }
    let attributes = codec | if writer.transactional { TRANSACTIONAL } else { 0 };
    let mut covered = attributes.to_be_bytes().to_vec();
    covered.extend((count - 1).to_be_bytes());
    covered.extend(timestamp.to_be_bytes());
    covered.extend(timestamp.to_be_bytes());
    covered.extend(writer.id.to_be_bytes());
    covered.extend(writer.epoch.to_be_bytes());
    covered.extend(writer.sequence.to_be_bytes());
    covered.extend(count.to_be_bytes());
    covered.extend(packed(codec, &records));
    let mut batch = 0_i64.to_be_bytes().to_vec();
    // Leader epoch, magic and CRC stand between the length and what the CRC covers.
    batch.extend(i32::try_from(covered.len() + 9).unwrap_or(i32::MAX).to_be_bytes());
    batch.extend((-1_i32).to_be_bytes());
    batch.push(2);
    batch.extend(crc32c::crc32c(&covered).to_be_bytes());
    batch.extend(covered);
    batch
}

/// Damages a batch in one to three places behind its CRC, most often making the CRC right again.
pub(crate) fn damage(chance: &mut Chance, batch: &mut [u8]) {
    for _ in 0..chance.usize(1..=3) {
        // The fields of the header are worth as much as all records.
        let end = if happens(chance, 50) { HEADER.min(batch.len()) } else { batch.len() };
        if end <= COVERED_FROM {
            return;
        }
        let at = chance.usize(COVERED_FROM..end);
        let Some(byte) = batch.get_mut(at) else { return };
        *byte = if happens(chance, 50) { *byte ^ (1 << chance.u8(0..8)) } else { one_of(chance, &BOUNDARIES) };
    }
    if happens(chance, 90) {
        let (head, covered) = batch.split_at_mut(COVERED_FROM);
        if let Some(crc) = head.get_mut(CRC_AT..) {
            crc.copy_from_slice(&crc32c::crc32c(covered).to_be_bytes());
        }
    }
}

/// Packs as the codecs are numbered: none, gzip, snappy, lz4, zstd. What cannot be packed (never, in memory) is empty.
fn packed(codec: i16, records: &[u8]) -> Vec<u8> {
    match codec {
        0 => records.to_vec(),
        1 => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(records).and_then(|()| gzip.finish()).unwrap_or_default()
        }
        2 => snap::raw::Encoder::new().compress_vec(records).unwrap_or_default(),
        3 => {
            let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
            lz4.write_all(records).ok().and_then(|()| lz4.finish().ok()).unwrap_or_default()
        }
        _ => zstd::stream::encode_all(records, 1).unwrap_or_default(),
    }
}

fn nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(out, bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX)));
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
