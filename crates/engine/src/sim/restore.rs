//! Reading a changelog from its beginning, apart from the group.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::group::At;
use super::log::Stored;
use crate::link::{Fetched, Header, LinkError, Record};

/// The partitions that are being read, with what comes next and where each ended when it was begun.
#[derive(Debug, Default)]
pub(super) struct Restores(BTreeMap<At, (i64, i64)>);

impl Restores {
    pub(super) fn read(
        &mut self,
        cluster: &Cluster,
        at: At,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        let mut broker = cluster.broker.borrow_mut();
        let Some(log) = broker.log(at) else { return Err(LinkError::Fatal(format!("no partition {at:?}"))) };
        let (next, end) = self.0.entry(at).or_insert_with(|| (0, log.end()));
        let stored: Vec<(i64, &Stored)> = log.committed_from(*next).take(max).collect();
        let headers: Vec<Vec<Header<'_>>> = stored.iter().map(|(_, r)| r.lend_headers()).collect();
        let lent = stored.iter().zip(&headers);
        let records: Vec<Record<'_>> = lent
            .map(|((offset, r), headers)| Record {
                offset: *offset,
                timestamp: r.timestamp,
                key: r.key.as_deref(),
                value: r.value.as_deref(),
                headers,
            })
            .collect();
        *next = records.last().map_or(*next, |last| last.offset + 1);
        if !records.is_empty() {
            each(&records);
        }
        let over = log.committed_from(*next).next().is_none() && log.stable_end() >= *end;
        Ok(Fetched { records: records.len(), end: over })
    }

    /// Begins there, if the partition has such a place.
    pub(super) fn begin(&mut self, cluster: &Cluster, at: At, from: i64) -> bool {
        let mut broker = cluster.broker.borrow_mut();
        let Some(end) = broker.log(at).map(|log| log.end()) else { return false };
        if !(0..=end).contains(&from) {
            return false;
        }
        self.0.insert(at, (from, end));
        true
    }

    pub(super) fn end(&mut self, at: At) {
        self.0.remove(&at);
    }
}
