//! The windows that keys end with: taken off when a key is read, put on when it is written.
//!
//! As Kafka Streams writes them: eight bytes of a window's start behind the key, and for a session eight bytes of its
//! end before that.

use arrow::array::{ArrayRef, Int64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::{filter, take};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;

use arrow::array::{AsArray, BooleanArray, UInt32Array};
use millstream_codec::Payloads;
use millstream_types::KeyWindow;

/// The windows of the keys of a batch, row by row, ms; of a row without a key nothing.
#[derive(Debug, Clone)]
pub struct Windows {
    /// Where they begin.
    pub start: ScalarBuffer<i64>,
    /// Where they end.
    pub end: ScalarBuffer<i64>,
}

impl Windows {
    /// The `count` rows from that one on.
    pub(crate) fn slice(&self, from: usize, count: usize) -> Self {
        Self { start: self.start.slice(from, count), end: self.end.slice(from, count) }
    }

    /// The rows whose bit is set.
    pub(crate) fn filter(&self, keep: &BooleanArray) -> Result<Self, ArrowError> {
        self.each(|bounds| filter(bounds, keep))
    }

    /// The rows of these numbers.
    pub(crate) fn take(&self, rows: &UInt32Array) -> Result<Self, ArrowError> {
        self.each(|bounds| take(bounds, rows, None))
    }

    fn each(&self, pick: impl Fn(&Int64Array) -> Result<ArrayRef, ArrowError>) -> Result<Self, ArrowError> {
        let of = |bounds: &ScalarBuffer<i64>| -> Result<ScalarBuffer<i64>, ArrowError> {
            let picked = pick(&Int64Array::new(bounds.clone(), None))?;
            Ok(picked.as_primitive::<Int64Type>().values().clone())
        };
        Ok(Self { start: of(&self.start)?, end: of(&self.end)? })
    }

    /// Starts or ends as a column: null for rows without a key.
    pub(crate) fn column(bounds: &ScalarBuffer<i64>, keyless: Option<&BooleanBuffer>) -> Int64Array {
        Int64Array::new(bounds.clone(), keyless.map(|bits| NullBuffer::new(!bits)))
    }

    /// Appends to `out` the keys with their windows; null keys stay null.
    pub(crate) fn append(&self, window: KeyWindow, keys: &Payloads, out: &mut Payloads) {
        for (i, (start, end)) in self.start.iter().zip(&self.end).enumerate() {
            let Some(key) = keys.get(i) else {
                out.end_null();
                continue;
            };
            let bytes = out.buffer();
            bytes.extend_from_slice(key);
            append(window, *start, *end, bytes);
            out.end();
        }
    }
}

/// Puts a window behind the bytes of a key.
pub fn append(window: KeyWindow, start: i64, end: i64, key: &mut Vec<u8>) {
    if window == KeyWindow::Session {
        key.extend_from_slice(&end.to_be_bytes());
    }
    key.extend_from_slice(&start.to_be_bytes());
}

/// A key without its window, and the window's start and end.
///
/// Errors: the key is too short to have one.
pub(crate) fn split(window: KeyWindow, key: &[u8]) -> Result<(&[u8], i64, i64), String> {
    let short = || format!("{} bytes are too few for a key with a {} window", key.len(), window.name());
    let (rest, start) = last_long(key).ok_or_else(short)?;
    match window.size_ms() {
        Some(size) => Ok((rest, start, start.saturating_add(size))),
        None => {
            let (rest, end) = last_long(rest).ok_or_else(short)?;
            Ok((rest, start, end))
        }
    }
}

fn last_long(bytes: &[u8]) -> Option<(&[u8], i64)> {
    let (rest, last) = bytes.split_last_chunk::<8>()?;
    Some((rest, i64::from_be_bytes(*last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_come_off_keys_as_they_were_put_on() {
        let windows = Windows { start: vec![1000, 2000].into(), end: vec![1500, 2500].into() };
        for window in [KeyWindow::Session, KeyWindow::Hopping { size_ms: 500 }, KeyWindow::Tumbling { size_ms: 500 }] {
            let (mut keys, mut out) = (Payloads::default(), Payloads::default());
            keys.buffer().extend_from_slice(b"key");
            keys.end();
            keys.end_null();
            windows.append(window, &keys, &mut out);
            let written = out.get(0).unwrap();
            assert_eq!(written.len(), if window == KeyWindow::Session { 19 } else { 11 });
            assert_eq!(split(window, written), Ok((&b"key"[..], 1000, 1500)));
            assert_eq!(out.get(1), None);
            assert!(split(window, &written[..7]).unwrap_err().contains("7 bytes are too few"), "{window:?}");
        }
    }
}
