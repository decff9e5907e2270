//! What a producer sends is checked before it is stored. Codes are those that Apache Kafka answers.

use std::ops::{ControlFlow, Range};

use super::compress;
use super::cursor::Cursor;
use super::header::{self, HEADER_BYTES, Header, LENGTH_END};
use super::records;
use crate::error::Code;

/// Bytes up to and with the format version, which is in the same place in all formats there ever were.
const MAGIC_END: usize = 17;
/// What the length field says at least, in the oldest format; less is damage.
const OLDEST_OVERHEAD: usize = 14;

/// Splits the payload of a Produce request (3 and later) for one partition into its batches, checked: Kafka allows
/// exactly one. A last batch that is not whole is cut off, as Kafka does. The records themselves are not looked at: ask
/// [`content`] too. Zstandard needs Produce 7: see [`is_zstd`].
///
/// # Errors
/// - `INVALID_RECORD`: no batch or more than one, an old format, a base offset that is not 0, a count that does not fit
///   the last offset, a control batch, an idempotent producer without sequence numbers;
/// - `CORRUPT_MESSAGE`: impossible length or format version, wrong checksum;
/// - `INVALID_TIMESTAMP`: the producer claims that the timestamps are the broker's (LogAppendTime);
/// - `MESSAGE_TOO_LARGE`: more than `max_batch_bytes` (`max.message.bytes`);
/// - `UNSUPPORTED_COMPRESSION_TYPE`: a codec that does not exist.
pub(crate) fn batches(payload: &[u8], max_batch_bytes: usize) -> Result<Vec<Range<usize>>, Code> {
    let length = next(payload)?.ok_or(Code::InvalidRecord)?;
    let (batch, after) = payload.split_at_checked(length).ok_or(Code::InvalidRecord)?;
    if batch.get(MAGIC_END - 1) != Some(&2) || next(after)?.is_some() {
        return Err(Code::InvalidRecord);
    }
    one(batch, max_batch_bytes)?;
    Ok(std::iter::once(0..length).collect())
}

/// Whether a payload that passed [`batches`] is packed with Zstandard: before Produce 7 that is
/// `UNSUPPORTED_COMPRESSION_TYPE` (KIP-110).
pub(crate) fn is_zstd(payload: &[u8]) -> bool {
    Header::parse(payload).is_some_and(|header| header.compression() == compress::ZSTD)
}

/// Checks the records themselves of a batch that passed [`batches`]: as many as announced, offsets without gaps, and
/// each with a key if `keyed` (compacted topics).
///
/// # Errors
/// `INVALID_RECORD`; `CORRUPT_MESSAGE` when it does not unpack, `MESSAGE_TOO_LARGE` when it unpacks to more than
/// `max_unpacked` bytes.
pub(crate) fn content(batch: &[u8], max_unpacked: usize, keyed: bool) -> Result<(), Code> {
    let mut expected = 0_i32;
    let mut fits = true;
    records::each(batch, max_unpacked, |record| {
        fits = record.offset_delta == expected && (record.key.is_some() || !keyed);
        expected = expected.saturating_add(1);
        if fits { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if fits { Ok(()) } else { Err(Code::InvalidRecord) }
}

/// Bytes of the batch that `bytes` begin with; `None` when there is no whole one.
fn next(bytes: &[u8]) -> Result<Option<usize>, Code> {
    let Some(head) = bytes.get(..MAGIC_END) else { return Ok(None) };
    let mut cursor = Cursor::new(head);
    let length = cursor.take(8).and_then(|_| cursor.take(4)).and_then(|raw| raw.try_into().ok());
    let length = usize::try_from(length.map_or(-1, i32::from_be_bytes)).map_err(|_| Code::CorruptMessage)?;
    if length < OLDEST_OVERHEAD || !matches!(head.last(), Some(0..=2)) {
        return Err(Code::CorruptMessage);
    }
    let total = length.checked_add(LENGTH_END).ok_or(Code::CorruptMessage)?;
    Ok((total <= bytes.len()).then_some(total))
}

fn one(batch: &[u8], max_batch_bytes: usize) -> Result<(), Code> {
    // In the order in which Kafka looks, so that a batch with several faults gets the same answer.
    if batch.first_chunk() != Some(&0_i64.to_be_bytes()) {
        return Err(Code::InvalidRecord);
    }
    if batch.len() > max_batch_bytes {
        return Err(Code::MessageTooLarge);
    }
    let head = Header::parse(batch).filter(|_| batch.len() >= HEADER_BYTES).ok_or(Code::CorruptMessage)?;
    if head.crc != header::checksum(batch) {
        return Err(Code::CorruptMessage);
    }
    if head.compression() > compress::ZSTD {
        return Err(Code::UnsupportedCompressionType);
    }
    let counted = head.count > 0 && head.last_offset_delta == head.count - 1;
    let sequenced = head.producer_id < 0 || head.base_sequence >= 0;
    if !counted || !sequenced || head.is_control() {
        return Err(Code::InvalidRecord);
    }
    // Only the broker may say that times are the broker's.
    if head.is_log_append_time() { Err(Code::InvalidTimestamp) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::build::Batch;
    use crate::record::control;

    const MAX: usize = 1_000;

    fn good() -> Vec<u8> {
        Batch::new(0).producer(4, 0, 0).record(1, Some(b"k"), Some(b"v")).record(2, None, Some(b"w")).bytes()
    }

    /// The good batch with other bytes in one place, its checksum made right again.
    fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut batch = good();
        batch[at..at + bytes.len()].copy_from_slice(bytes);
        header::seal(&mut batch);
        batch
    }

    #[test]
    fn payloads_get_kafkas_answers() {
        let whole = good().len();
        let mut flipped = good();
        flipped[whole - 1] ^= 1;
        let large = Batch::new(0).record(1, None, Some(&[0; MAX])).bytes();
        let cases: &[(&str, Vec<u8>, Result<usize, Code>)] = &[
            ("good", good(), Ok(whole)),
            ("a tail that is not whole is cut", [&good()[..], &good()[..whole - 1]].concat(), Ok(whole)),
            ("a tail of a few bytes", [&good()[..], &[1; 9]].concat(), Ok(whole)),
            ("nothing", vec![], Err(Code::InvalidRecord)),
            ("less than a header", good()[..16].to_vec(), Err(Code::InvalidRecord)),
            ("cut", good()[..whole - 1].to_vec(), Err(Code::InvalidRecord)),
            ("two batches", [good(), good()].concat(), Err(Code::InvalidRecord)),
            ("damage after the batch", [&good()[..], &[0; 20]].concat(), Err(Code::CorruptMessage)),
            ("flipped bit", flipped, Err(Code::CorruptMessage)),
            ("magic 1", with(16, &[1]), Err(Code::InvalidRecord)),
            ("magic 3", with(16, &[3]), Err(Code::CorruptMessage)),
            ("negative length", with(8, &(-5_i32).to_be_bytes()), Err(Code::CorruptMessage)),
            ("length 13", with(8, &13_i32.to_be_bytes()), Err(Code::CorruptMessage)),
            ("length of an old format", with(8, &14_i32.to_be_bytes())[..26].to_vec(), Err(Code::CorruptMessage)),
            ("endless length", with(8, &i32::MAX.to_be_bytes()), Err(Code::InvalidRecord)),
            ("base offset 1", with(0, &1_i64.to_be_bytes()), Err(Code::InvalidRecord)),
            ("count 0", with(57, &0_i32.to_be_bytes()), Err(Code::InvalidRecord)),
            ("negative count", with(57, &i32::MIN.to_be_bytes()), Err(Code::InvalidRecord)),
            ("count 3 of 2", with(57, &3_i32.to_be_bytes()), Err(Code::InvalidRecord)),
            ("last offset -1", with(23, &(-1_i32).to_be_bytes()), Err(Code::InvalidRecord)),
            ("largest last offset", with(23, &i32::MAX.to_be_bytes()), Err(Code::InvalidRecord)),
            ("no sequence", with(53, &(-1_i32).to_be_bytes()), Err(Code::InvalidRecord)),
            ("log append time", with(22, &[8]), Err(Code::InvalidTimestamp)),
            ("codec 5", with(22, &[5]), Err(Code::UnsupportedCompressionType)),
            ("marker", control::marker(4, 0, true, 0, 1), Err(Code::InvalidRecord)),
            ("too large", large, Err(Code::MessageTooLarge)),
        ];
        for (name, payload, expected) in cases {
            assert_eq!(batches(payload, MAX), expected.map(|end| std::iter::once(0..end).collect()), "{name}");
        }
    }

    #[test]
    fn compacted_topics_need_keys() {
        let keyless = good();
        assert_eq!(content(&keyless, MAX, false), Ok(()));
        assert_eq!(content(&keyless, MAX, true), Err(Code::InvalidRecord));
        for codec in [compress::NONE, compress::GZIP, compress::ZSTD] {
            let keyed = Batch::new(0).codec(codec).record(1, Some(b""), None).record(1, Some(b"k"), None).bytes();
            assert_eq!(content(&keyed, MAX, true), Ok(()));
            assert_eq!(is_zstd(&keyed), codec == compress::ZSTD);
        }
        // An offset delta of 1 in the first record.
        assert_eq!(content(&with(HEADER_BYTES + 3, &[2]), MAX, false), Err(Code::InvalidRecord));
        assert_eq!(content(&with(22, &[compress::GZIP as u8]), MAX, false), Err(Code::CorruptMessage));
    }
}
