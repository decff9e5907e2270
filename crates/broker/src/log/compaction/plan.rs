//! Whether and how far a log is to be compacted.

use crate::log::LogConfig;

/// A closed segment, as far as planning goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed {
    /// Base offset.
    pub(crate) base: i64,
    /// Bytes of records.
    pub(crate) bytes: u64,
    /// Timestamp of its first batch, ms; -1: unknown.
    pub(crate) first_timestamp: i64,
    /// Largest timestamp, ms; -1: unknown.
    pub(crate) largest_timestamp: i64,
}

/// Where a log stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    /// Closed segments, oldest first.
    pub(crate) closed: &'a [Closed],
    /// Base offset of the active segment.
    pub(crate) active_base: i64,
    /// The log's first offset.
    pub(crate) start_offset: i64,
    /// Last stable offset: what is open may still be aborted.
    pub(crate) stable_offset: i64,
    /// Offset up to which it is compacted.
    pub(crate) cleaned: i64,
    /// Of the topic.
    pub(crate) config: &'a LogConfig,
    /// Time, ms since 1970.
    pub(crate) now_ms: i64,
}

/// What is to be compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many of the closed segments, from the oldest.
    pub(crate) segments: usize,
    /// Offset up to which the log is compacted already.
    pub(crate) first_dirty: i64,
    /// End of the last of the segments (exclusive).
    pub(crate) upto: i64,
}

/// Decides; `None` when there is nothing to do or not enough. Kafka's rules: never at or beyond the active segment, the
/// first open transaction, or what is younger than `min.compaction.lag.ms`; only when the dirty part is more than
/// `min.cleanable.dirty.ratio` of the whole, or older than `max.compaction.lag.ms` (KIP-354).
pub(crate) fn plan(log: &Standing<'_>) -> Option<Plan> {
    if !log.config.compact {
        return None;
    }
    let end = |at: usize| log.closed.get(at + 1).map_or(log.active_base, |next| next.base);
    let first = log.closed.first()?.base;
    // A log that was cut, at either end, is looked at from its start.
    let fits = (log.start_offset.max(first)..=log.active_base).contains(&log.cleaned);
    let first_dirty = if fits { log.cleaned } else { log.start_offset.max(first) };
    let young = |segment: &Closed| {
        let lag = log.config.min_compaction_lag_ms;
        lag > 0 && segment.largest_timestamp > log.now_ms.saturating_sub(lag)
    };
    let (mut segments, mut clean, mut dirty) = (0, 0_u64, 0_u64);
    let mut oldest = None;
    for (at, segment) in log.closed.iter().enumerate() {
        let is_dirty = end(at) > first_dirty;
        if end(at) > log.stable_offset.min(log.active_base) || (is_dirty && young(segment)) {
            break;
        }
        segments = at + 1;
        if is_dirty {
            dirty = dirty.saturating_add(segment.bytes);
            if segment.first_timestamp > 0 {
                oldest = Some(oldest.map_or(segment.first_timestamp, |ms: i64| ms.min(segment.first_timestamp)));
            }
        } else {
            clean = clean.saturating_add(segment.bytes);
        }
    }
    let overdue = log.config.max_compaction_lag_ms.is_some_and(|lag| {
        let before = log.now_ms.saturating_sub(lag);
        oldest.is_some_and(|ms| ms < before)
    });
    // As numbers with a fraction: sizes lose nothing that would matter here.
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = dirty as f64 / clean.saturating_add(dirty).max(1) as f64;
    let worth = dirty > 0 && (overdue || ratio > log.config.min_cleanable_dirty_ratio);
    worth.then(|| Plan { segments, first_dirty, upto: end(segments.saturating_sub(1)) })
}
