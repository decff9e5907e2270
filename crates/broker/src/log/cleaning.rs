//! Compaction as far as the log itself is concerned: what a round works on, and taking its result in. The round itself
//! ([`compaction`]) runs without the log's lock.

use std::io;
use std::path::PathBuf;

use super::compaction::{self, Cleaned, Closed, Input, Output, Plan, Standing};
use super::segment::{LOG, SWAP, Segment, path_of, remove};
use super::{Log, LogConfig};
use crate::error::BrokerError;

/// A round of compaction: all that it needs to know of the log.
#[derive(Debug)]
pub(crate) struct Round {
    folder: PathBuf,
    /// Base offset, path, bytes of the segments.
    segments: Vec<(i64, PathBuf, u64)>,
    plan: Plan,
    /// Producer id, first offset, marker's offset.
    aborted: Vec<(i64, i64, i64)>,
    config: LogConfig,
    now_ms: i64,
    unpacked_batch_bytes: usize,
}

impl Round {
    /// Writes the new segments beside the old ones. To be called without the log's lock; `None`: `stop` said so.
    /// `compaction_keys` bounds the keys that are remembered at a time.
    ///
    /// Errors: `Storage`; `Data` when a segment is damaged.
    pub(crate) fn run(&self, compaction_keys: usize, stop: &dyn Fn() -> bool) -> Result<Option<Output>, BrokerError> {
        let segments: Vec<_> = self
            .segments
            .iter()
            .map(|(base, path, bytes)| compaction::Segment { base: *base, path, bytes: *bytes })
            .collect();
        compaction::compact(&Input {
            folder: &self.folder,
            segments: &segments,
            first_dirty: self.plan.first_dirty,
            upto: self.plan.upto,
            aborted: &self.aborted,
            config: &self.config,
            now_ms: self.now_ms,
            max_unpacked: self.unpacked_batch_bytes,
            max_keys: compaction_keys,
            stop,
        })
    }
}

impl Log {
    /// The next round of compaction; `None`: nothing to do, or not enough yet. Nothing changes but by [`Self::swap_in`].
    pub(crate) fn compaction_plan(&mut self, now_ms: i64) -> Option<Round> {
        if !self.config.compact || self.failed {
            return None;
        }
        let aged = self.config.max_compaction_lag_ms.is_some();
        let closed: Vec<Closed> = self
            .closed
            .iter_mut()
            .map(|segment| Closed {
                base: segment.base,
                bytes: segment.bytes,
                // Only read where it counts. A segment that cannot be read is met by compaction itself.
                first_timestamp: if aged { segment.begun_ms().unwrap_or(-1) } else { -1 },
                largest_timestamp: segment.largest_timestamp,
            })
            .collect();
        let plan = compaction::plan(&Standing {
            closed: &closed,
            active_base: self.active.base,
            start_offset: self.start_offset,
            stable_offset: self.last_stable_offset(),
            cleaned: self.cleaned,
            config: &self.config,
            now_ms,
        })?;
        let segments = self.closed.iter().take(plan.segments);
        Some(Round {
            folder: self.folder.clone(),
            segments: segments.map(|s| (s.base, s.path().to_owned(), s.bytes)).collect(),
            plan,
            aborted: self.producers.aborted().iter().map(|a| (a.producer_id, a.first_offset, a.last_offset)).collect(),
            config: self.config.clone(),
            now_ms,
            unpacked_batch_bytes: self.unpacked_batch_bytes,
        })
    }

    /// Puts compacted segments in the places of those they replace. Those of which an original is gone meanwhile, by
    /// retention or deletion, are thrown away, and the next round has them again.
    ///
    /// Errors: those of the disk; the log must be opened again then.
    pub(crate) fn swap_in(&mut self, output: &Output, now_ms: i64) -> io::Result<()> {
        if output.unreadable > 0 {
            tracing::warn!("{}: {} batches cannot be unpacked and stay", self.folder.display(), output.unreadable);
        }
        let swapped = self.swap_all(output, now_ms);
        self.places.clear();
        self.failed |= swapped.is_err();
        swapped
    }

    fn swap_all(&mut self, output: &Output, now_ms: i64) -> io::Result<()> {
        let mut complete = true;
        for cleaned in &output.cleaned {
            complete &= self.install(cleaned, now_ms)?;
        }
        if complete {
            self.cleaned = output.first_dirty;
            self.producers.forget_before(output.first_dirty);
            self.snapshot()?;
        }
        Ok(())
    }

    /// `false`: there is nothing to replace any more, or nothing to replace it with.
    fn install(&mut self, cleaned: &Cleaned, now_ms: i64) -> io::Result<bool> {
        let from = self.closed.iter().position(|segment| segment.base == cleaned.base);
        let replaced = from.and_then(|from| {
            let range = from..from.checked_add(cleaned.replaces.len())?;
            let bases = self.closed.get(range.clone())?.iter().map(|segment| segment.base);
            bases.eq(cleaned.replaces.iter().copied()).then_some(range)
        });
        let Some(range) = replaced else {
            remove(&cleaned.path)?;
            return Ok(false);
        };
        let next = self.closed.get(range.end).unwrap_or(&self.active).base;
        // From here on a crash lets the new segment take its place when the log is opened.
        let swap = path_of(&self.folder, cleaned.base, SWAP);
        match std::fs::rename(&cleaned.path, &swap) {
            // The log was opened again meanwhile, which tidies up.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            renamed => renamed?,
        }
        for (at, segment) in self.closed.get(range.clone()).unwrap_or_default().iter().enumerate() {
            if at == 0 { segment.remove_index()? } else { segment.remove()? }
        }
        std::fs::rename(&swap, path_of(&self.folder, cleaned.base, LOG))?;
        let mut segment = Segment::load(&self.folder, cleaned.base)?;
        segment.reindex(self.config.index_interval_bytes)?;
        segment.seal(next)?;
        segment.synced = true;
        // Age counts from when it was compacted, where no record has a timestamp.
        segment.modified_ms = now_ms;
        self.closed.splice(range, std::iter::once(segment));
        Ok(true)
    }
}
