//! Transaction markers: control batches of one record that end a producer's transaction in a partition.
//!
//! Key: version i16 (0), type i16 (0 abort, 1 commit). Value: version i16 (0), coordinator epoch i32.

use std::ops::ControlFlow;

use super::build::Batch;
use super::header::Header;
use super::records;

const ABORT: i16 = 0;
const COMMIT: i16 = 1;
/// Markers are never compressed; this bounds what one of another kind may unpack to.
const MAX_UNPACKED_BYTES: usize = 4096;

/// A marker at base offset 0 that commits or aborts the open transaction of `producer_id`.
pub(crate) fn marker(
    producer_id: i64,
    producer_epoch: i16,
    commit: bool,
    coordinator_epoch: i32,
    now_ms: i64,
) -> Vec<u8> {
    let kind = if commit { COMMIT } else { ABORT };
    let key = [[0, 0], kind.to_be_bytes()].concat();
    let value = [&[0, 0][..], &coordinator_epoch.to_be_bytes()].concat();
    Batch::new(0)
        .transactional()
        .control()
        .producer(producer_id, producer_epoch, -1)
        .record(now_ms, Some(&key), Some(&value))
        .bytes()
}

/// What a marker says: `Some(true)` commit, `Some(false)` abort, `None` for data and for kinds of control batches that
/// are not about transactions.
pub(crate) fn kind(batch: &[u8]) -> Option<bool> {
    if !Header::parse(batch)?.is_control() {
        return None;
    }
    let mut commit = None;
    let read = records::each(batch, MAX_UNPACKED_BYTES, |record| {
        let kind = record.key.and_then(|key| key.get(2..4)?.try_into().ok()).map(i16::from_be_bytes);
        commit = match kind {
            Some(COMMIT) => Some(true),
            Some(ABORT) => Some(false),
            _ => None,
        };
        ControlFlow::Break(())
    });
    read.ok().and(commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::header;

    #[test]
    fn a_marker_says_what_it_was_made_for() {
        for commit in [true, false] {
            let batch = marker(77, 3, commit, 5, 1_700_000_000_000);
            assert_eq!(kind(&batch), Some(commit));
            let head = Header::parse(&batch).unwrap();
            assert!(head.is_control() && head.is_transactional());
            assert_eq!((head.producer_id, head.producer_epoch, head.base_sequence), (77, 3, -1));
            assert_eq!((head.count, head.last_offset_delta, head.max_timestamp), (1, 0, 1_700_000_000_000));
            assert_eq!(head.crc, header::checksum(&batch));
            // As the Java broker writes it: 17 bytes of record behind 61 of header.
            let kind = u8::from(commit);
            assert_eq!(batch[61..], [32, 0, 0, 0, 8, 0, 0, 0, kind, 12, 0, 0, 0, 0, 0, 5, 0]);
        }
    }

    #[test]
    fn other_batches_are_no_markers() {
        assert_eq!(kind(&Batch::new(0).record(1, Some(&[0, 0, 0, 1]), None).bytes()), None, "data");
        assert_eq!(kind(&Batch::new(0).control().record(1, Some(&[0, 0, 0, 2]), None).bytes()), None, "another kind");
        assert_eq!(kind(&Batch::new(0).control().record(1, Some(&[0]), None).bytes()), None, "short key");
        assert_eq!(kind(&Batch::new(0).control().record(1, None, None).bytes()), None, "no key");
        assert_eq!(kind(&marker(1, 1, true, 1, 1)[..70]), None, "cut");
    }
}
