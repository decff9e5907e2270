//! What compaction must know of transactions: whose data was aborted, and which markers still have data before them.

use std::collections::{HashMap, HashSet};

use crate::record::header::Header;

/// Transactions of one log, while it is read from its start.
#[derive(Debug)]
pub(crate) struct Transactions {
    /// Producer id → first offset and marker's offset of each aborted transaction.
    aborted: HashMap<i64, Vec<(i64, i64)>>,
    /// Producers with transactional data since their last marker.
    with_data: HashSet<i64>,
}

impl Transactions {
    pub(crate) fn new(aborted: &[(i64, i64, i64)]) -> Self {
        let mut by_producer: HashMap<i64, Vec<(i64, i64)>> = HashMap::new();
        for &(producer_id, first_offset, last_offset) in aborted {
            by_producer.entry(producer_id).or_default().push((first_offset, last_offset));
        }
        by_producer.values_mut().for_each(|of_producer| of_producer.sort_unstable());
        Self { aborted: by_producer, with_data: HashSet::new() }
    }

    /// Whether a batch is data of an aborted transaction.
    pub(crate) fn is_aborted(&self, header: &Header) -> bool {
        header.is_transactional() && !header.is_control() && self.in_aborted(header)
    }

    /// Data that was not aborted is in the log.
    pub(crate) fn saw_data(&mut self, header: &Header) {
        if header.is_transactional() {
            self.with_data.insert(header.producer_id);
        }
    }

    /// Whether a marker has work to do: there was data before it in this round, or readers are still told that its
    /// transaction was aborted. What is not a marker of a transaction always stays.
    pub(crate) fn needs_marker(&mut self, header: &Header, commit: Option<bool>) -> bool {
        let had_data = self.with_data.remove(&header.producer_id);
        match commit {
            Some(true) => had_data,
            Some(false) => had_data || self.in_aborted(header),
            None => true,
        }
    }

    fn in_aborted(&self, header: &Header) -> bool {
        let of_producer = self.aborted.get(&header.producer_id).map(Vec::as_slice).unwrap_or_default();
        // One producer's transactions follow each other: it is the last that begins before, or none.
        let begun = of_producer.partition_point(|(first, _)| *first <= header.base_offset);
        let (_, last) = begun.checked_sub(1).and_then(|at| of_producer.get(at)).unwrap_or(&(0, -1));
        header.base_offset <= *last
    }
}
