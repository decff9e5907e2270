//! The records in a batch, one after another, without copying them.
//!
//! ```text
//! length varint (bytes after it) | attributes i8 (unused) | timestamp delta varlong | offset delta varint |
//! key length varint, -1 null | key | value length varint, -1 null | value | header count varint |
//! headers: key length varint, key, value length varint (-1 null), value
//! ```

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::compress;
use super::cursor::Cursor;
use super::header::{HEADER_BYTES, Header};
use crate::error::Code;

/// One record; borrows from the batch, or from what that was unpacked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Offset in the partition.
    pub(crate) offset: i64,
    /// Timestamp, ms: the producer's, or the broker's when the batch says so.
    pub(crate) timestamp: i64,
    /// Sequence number, -1 without idempotence.
    pub(crate) sequence: i32,
    /// Offset less the batch's base offset.
    pub(crate) offset_delta: i32,
    /// What the record adds to the batch's base timestamp, ms, even where the broker's time counts.
    pub(crate) timestamp_delta: i64,
    /// Key.
    pub(crate) key: Option<&'a [u8]>,
    /// Value; null is a tombstone in compacted topics.
    pub(crate) value: Option<&'a [u8]>,
    /// Headers as they are stored, their count first.
    pub(crate) headers_raw: &'a [u8],
    /// The whole record as it is stored, its length first.
    pub(crate) raw: &'a [u8],
    /// The stored record from the offset delta on: what stays when its timestamp is made relative to another base.
    pub(crate) after_timestamp: &'a [u8],
}

/// The records part of a batch, unpacked if need be.
///
/// # Errors
/// As [`compress::unpack`].
pub(crate) fn unpacked<'a>(header: &Header, batch: &'a [u8], max_unpacked: usize) -> Result<Cow<'a, [u8]>, Code> {
    let stored = batch.get(HEADER_BYTES..).ok_or(Code::CorruptMessage)?;
    match header.compression() {
        compress::NONE => Ok(Cow::Borrowed(stored)),
        codec => compress::unpack(codec, stored, max_unpacked).map(Cow::Owned),
    }
}

/// Calls `f` with every record of one whole batch, until it breaks. Allocates nothing when the batch is not compressed.
///
/// # Errors
/// `CORRUPT_MESSAGE` when `batch` is not one whole batch or does not unpack, `MESSAGE_TOO_LARGE` when it unpacks to
/// more than `max_unpacked` bytes, `INVALID_RECORD` when the records are not what the header announces. Records before
/// the faulty one have been given by then.
pub(crate) fn each(
    batch: &[u8],
    max_unpacked: usize,
    f: impl FnMut(Record<'_>) -> ControlFlow<()>,
) -> Result<(), Code> {
    let header = Header::parse(batch).ok_or(Code::CorruptMessage)?;
    if header.total_bytes() != Some(batch.len()) {
        return Err(Code::CorruptMessage);
    }
    each_of(&header, &unpacked(&header, batch, max_unpacked)?, f)
}

/// As [`each`], of records that are unpacked already.
///
/// # Errors
/// `INVALID_RECORD` when the records are not what the header announces.
pub(crate) fn each_of(
    header: &Header,
    records: &[u8],
    mut f: impl FnMut(Record<'_>) -> ControlFlow<()>,
) -> Result<(), Code> {
    if header.count < 0 {
        return Err(Code::InvalidRecord);
    }
    let mut cursor = Cursor::new(records);
    for _ in 0..header.count {
        let record = record(header, &mut cursor).ok_or(Code::InvalidRecord)?;
        if f(record).is_break() {
            return Ok(());
        }
    }
    // More records than were announced.
    if cursor.rest().is_empty() { Ok(()) } else { Err(Code::InvalidRecord) }
}

fn record<'a>(header: &Header, cursor: &mut Cursor<'a>) -> Option<Record<'a>> {
    let from = cursor.rest();
    let length = usize::try_from(cursor.varint()?).ok()?;
    let prefix = from.len() - cursor.rest().len();
    let mut body = Cursor::new(cursor.take(length)?);
    let raw = from.get(..prefix + length)?;
    body.byte()?;
    let timestamp_delta = body.varlong()?;
    let after_timestamp = body.rest();
    let offset_delta = body.varint()?;
    let key = body.nullable()?;
    let value = body.nullable()?;
    let headers_raw = body.rest();
    skip_headers(&mut body)?;
    let timestamp = if header.is_log_append_time() {
        header.max_timestamp
    } else {
        header.base_timestamp.wrapping_add(timestamp_delta)
    };
    let sequence = if header.base_sequence < 0 {
        -1
    } else {
        // From the largest number it goes on at 0.
        header.base_sequence.wrapping_add(offset_delta) & i32::MAX
    };
    body.rest().is_empty().then_some(Record {
        offset: header.base_offset.wrapping_add(i64::from(offset_delta)),
        timestamp,
        sequence,
        offset_delta,
        timestamp_delta,
        key,
        value,
        headers_raw,
        raw,
        after_timestamp,
    })
}

fn skip_headers(body: &mut Cursor<'_>) -> Option<()> {
    let count = body.varint()?;
    if count < 0 {
        return None;
    }
    // A count that lies ends with the bytes: every header takes at least two of them.
    for _ in 0..count {
        body.nullable()??;
        body.nullable()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::build::Batch;

    type Seen = Vec<(i64, i64, i32, Option<Vec<u8>>, Option<Vec<u8>>, usize)>;

    fn seen(batch: &[u8]) -> Result<Seen, Code> {
        let mut seen = Vec::new();
        each(batch, 1 << 20, |record| {
            let bytes = |b: Option<&[u8]>| b.map(<[u8]>::to_vec);
            let headers = record.headers_raw.len();
            let Record { offset, timestamp, sequence, key, value, .. } = record;
            seen.push((offset, timestamp, sequence, bytes(key), bytes(value), headers));
            ControlFlow::Continue(())
        })?;
        Ok(seen)
    }

    #[test]
    fn records_are_read_with_every_codec() {
        for codec in [compress::NONE, compress::GZIP, compress::SNAPPY, compress::LZ4, compress::ZSTD] {
            let batch = Batch::new(100)
                .codec(codec)
                .producer(9, 1, i32::MAX)
                .record(1_000, Some(b"k"), Some(b"v"))
                .record_with_headers(900, None, Some(b""), &[("h", Some(b"x")), ("empty", None)])
                .record(2_000, Some(b""), None)
                .bytes();
            let k = |s: &str| Some(s.as_bytes().to_vec());
            let expected = vec![
                (100, 1_000, i32::MAX, k("k"), k("v"), 1),
                (101, 900, 0, None, k(""), 1 + 2 + 2 + 6 + 1),
                (102, 2_000, 1, k(""), None, 1),
            ];
            assert_eq!(seen(&batch), Ok(expected), "codec {codec}");
            assert_eq!(Header::parse(&batch).unwrap().max_timestamp, 2_000);
        }
    }

    #[test]
    fn a_break_ends_it() {
        let batch = Batch::new(0).record(1, None, Some(b"a")).record(1, None, Some(b"b")).bytes();
        let mut n = 0;
        let ended = each(&batch, 100, |_| {
            n += 1;
            ControlFlow::Break(())
        });
        assert_eq!((ended, n), (Ok(()), 1));
    }

    #[test]
    fn log_append_time_is_the_records_time() {
        let mut batch = Batch::new(0).record(5, None, Some(b"a")).record(6, None, Some(b"b")).bytes();
        batch[22] |= 0x08;
        batch[35..43].copy_from_slice(&777_i64.to_be_bytes());
        assert_eq!(seen(&batch).unwrap().iter().map(|r| r.1).collect::<Vec<_>>(), [777, 777]);
    }

    #[test]
    fn what_the_header_does_not_announce_is_refused() {
        let good = Batch::new(0).record(5, Some(b"key"), Some(b"value")).record(6, None, None).bytes();
        let change = |at: usize, bytes: &[u8]| {
            let mut batch = good.clone();
            batch[at..at + bytes.len()].copy_from_slice(bytes);
            seen(&batch)
        };
        assert_eq!(change(57, &1_i32.to_be_bytes()), Err(Code::InvalidRecord), "fewer than there are");
        assert_eq!(change(57, &3_i32.to_be_bytes()), Err(Code::InvalidRecord), "more than there are");
        assert_eq!(change(57, &i32::MAX.to_be_bytes()), Err(Code::InvalidRecord), "far more than there are");
        assert_eq!(change(57, &(-1_i32).to_be_bytes()), Err(Code::InvalidRecord), "negative count");
        assert_eq!(change(HEADER_BYTES, &[0x01]), Err(Code::InvalidRecord), "negative length");
        assert_eq!(change(HEADER_BYTES, &[0x80; 6]), Err(Code::InvalidRecord), "length without end");
        assert_eq!(change(HEADER_BYTES + 4, &[0x7e]), Err(Code::InvalidRecord), "key longer than the record");
        assert_eq!(change(good.len() - 1, &[0x7e]), Err(Code::InvalidRecord), "headers that are not there");
        assert_eq!(change(good.len() - 1, &[0x01]), Err(Code::InvalidRecord), "negative count of headers");
        assert_eq!(seen(&good[..good.len() - 1]), Err(Code::CorruptMessage), "cut");
        assert_eq!(seen(&[]), Err(Code::CorruptMessage), "nothing");
    }
}
