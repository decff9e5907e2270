//! Records of one partition, kept: one buffer for all their bytes, so that a block costs a few allocations and not some for
//! each record.

use std::ops::Range;

use millstream_engine::link::{Header, Record};

/// Records of one partition in offset order.
#[derive(Debug, Default)]
pub(super) struct Block {
    partition: i32,
    bytes: Vec<u8>,
    records: Vec<Kept>,
    headers: Vec<KeptHeader>,
}

/// A record, as ranges of the block's bytes and headers.
#[derive(Debug)]
struct Kept {
    offset: i64,
    timestamp: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
}

#[derive(Debug)]
struct KeptHeader {
    key: Range<usize>,
    value: Option<Range<usize>>,
}

impl Block {
    /// A copy of records of a partition.
    pub(super) fn of(partition: i32, records: &[Record<'_>]) -> Self {
        let len = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let mut block = Self { partition, ..Self::default() };
        block.bytes.reserve_exact(records.iter().map(|r| len(r.key) + len(r.value)).sum());
        block.records.reserve_exact(records.len());
        for record in records {
            let first = block.headers.len();
            for header in record.headers {
                let kept = KeptHeader { key: block.keep(header.key), value: header.value.map(|v| block.keep(v)) };
                block.headers.push(kept);
            }
            let kept = Kept {
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.map(|key| block.keep(key)),
                value: record.value.map(|value| block.keep(value)),
                headers: first..block.headers.len(),
            };
            block.records.push(kept);
        }
        block
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// The partition's number.
    pub(super) fn partition(&self) -> i32 {
        self.partition
    }

    /// The offset after its last record; 0 without any.
    pub(super) fn end(&self) -> i64 {
        self.records.last().map_or(0, |record| record.offset + 1)
    }

    /// About how many bytes it holds.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
            + self.records.len() * size_of::<Kept>()
            + self.headers.len() * size_of::<KeptHeader>()
            + size_of::<Self>()
    }

    /// Lends its records from that offset on; how many those are.
    pub(super) fn lend(&self, from: i64, each: &mut dyn FnMut(i32, &[Record<'_>])) -> usize {
        let records = self.records.get(self.records.partition_point(|record| record.offset < from)..);
        let records = records.unwrap_or_default();
        if records.is_empty() {
            return 0;
        }
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let header = |h: &KeptHeader| -> (&[u8], Option<&[u8]>) { (bytes(&h.key), h.value.as_ref().map(bytes)) };
        let headers: Vec<Header<'_>> =
            self.headers.iter().map(header).map(|(key, value)| Header { key, value }).collect();
        let lent: Vec<Record<'_>> = records
            .iter()
            .map(|record| Record {
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.as_ref().map(bytes),
                value: record.value.as_ref().map(bytes),
                headers: headers.get(record.headers.clone()).unwrap_or_default(),
            })
            .collect();
        each(self.partition, &lent);
        lent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were() {
        let headers = [Header { key: b"h", value: Some(b"1") }, Header { key: b"n", value: None }];
        let record = |offset, key, value, headers| Record { offset, timestamp: offset * 10, key, value, headers };
        let (k, v): (Option<&[u8]>, Option<&[u8]>) = (Some(b"k"), Some(b"value"));
        let given = [record(3, k, v, &headers[..]), record(5, None, Some(b""), &[]), record(6, k, None, &headers[1..])];
        let block = Block::of(2, &given);
        assert_eq!((block.partition(), block.end()), (2, 7));
        let lent = |from| {
            let mut told = Vec::new();
            let n = block.lend(from, &mut |partition, records| told.push(format!("{partition} {records:?}")));
            (n, told)
        };
        assert_eq!(lent(0), (3, vec![format!("2 {:?}", &given[..])]));
        assert_eq!(lent(4), (2, vec![format!("2 {:?}", &given[1..])]));
        assert_eq!(lent(7), (0, vec![]));
        assert!(block.size() > 10 && Block::of(0, &[]).end() == 0);
    }
}
