//! How a row of a table lies in a store: its record without the key, in one run of bytes.
//!
//! `offset, timestamp, start of the window: 8 bytes each`, `number of headers: 4`, each header as `key` and `value` with
//! 4 bytes of length before either (all ones for no value), then the value to the end. Only this process reads it.

use millstream_codec::Header;
use millstream_engine::link::Record;

/// The length of a header's value that is null.
const NULL: u32 = u32::MAX;

/// A record's parts besides its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Offset in its partition.
    pub(super) offset: i64,
    /// Its own timestamp, ms.
    pub(super) timestamp: i64,
    /// Where the window of its key begins, ms; 0 where keys have none.
    pub(super) start: i64,
    headers: u32,
    /// Headers, then the value.
    rest: &'a [u8],
}

/// Appends a record. `headers`: whether anybody asks for them.
pub(super) fn write(record: &Record<'_>, start: i64, headers: bool, out: &mut Vec<u8>) {
    for word in [record.offset, record.timestamp, start] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    let kept = if headers { record.headers } else { &[] };
    out.extend_from_slice(&length(kept.len()).to_be_bytes());
    for header in kept {
        out.extend_from_slice(&length(header.key.len()).to_be_bytes());
        out.extend_from_slice(header.key);
        out.extend_from_slice(&header.value.map_or(NULL, |value| length(value.len())).to_be_bytes());
        out.extend_from_slice(header.value.unwrap_or_default());
    }
    out.extend_from_slice(record.value.unwrap_or_default());
}

/// A length as it is written. Kafka's own are below 2 GiB.
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NULL)
}

impl<'a> Frame<'a> {
    /// Reads what [`write()`] wrote; `None`: it is something else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (offset, bytes) = bytes.split_first_chunk::<8>()?;
        let (timestamp, bytes) = bytes.split_first_chunk::<8>()?;
        let (start, bytes) = bytes.split_first_chunk::<8>()?;
        let (headers, rest) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            offset: i64::from_be_bytes(*offset),
            timestamp: i64::from_be_bytes(*timestamp),
            start: i64::from_be_bytes(*start),
            headers: u32::from_be_bytes(*headers),
            rest,
        })
    }

    /// Bytes of headers and value.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Appends its headers; gives its value.
    pub(super) fn open(&self, headers: &mut Vec<Header<'a>>) -> Option<&'a [u8]> {
        let mut rest = self.rest;
        for _ in 0..self.headers {
            let (key, after) = piece(rest)?;
            let (value, after) = piece(after)?;
            headers.push(Header { key: key.unwrap_or_default(), value });
            rest = after;
        }
        Some(rest)
    }
}

/// A run of bytes with its length before it, and what follows.
fn piece(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    match u32::from_be_bytes(*length) {
        NULL => Some((None, rest)),
        length => {
            let (piece, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((Some(piece), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back() {
        let headers = [Header { key: b"a", value: Some(b"1") }, Header { key: b"", value: None }];
        let record = Record { offset: 7, timestamp: 9, key: None, value: Some(b"value"), headers: &headers };
        for (kept, expected) in [(true, 2), (false, 0)] {
            let mut bytes = Vec::new();
            write(&record, 5, kept, &mut bytes);
            let frame = Frame::read(&bytes).unwrap();
            assert_eq!((frame.offset, frame.timestamp, frame.start), (7, 9, 5));
            let mut found = Vec::new();
            assert_eq!(frame.open(&mut found), Some(&b"value"[..]));
            assert_eq!(found, headers[..expected]);
        }
        assert!(Frame::read(b"too short").is_none());
        let mut bytes = Vec::new();
        write(&record, 5, true, &mut bytes);
        assert_eq!(Frame::read(&bytes[..30]).unwrap().open(&mut Vec::new()), None, "cut off");
    }
}
