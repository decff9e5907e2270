//! Fetches from segments: which of them, which bytes of each, and which of what is found.

use std::ops::RangeInclusive;

use super::WindowConfig;
use crate::view::Range;

/// Bytes behind the key: start and sequence.
pub(super) const SUFFIX: usize = 12;

/// Writes the composite key of a window.
pub(super) fn compose(into: &mut Vec<u8>, key: &[u8], start: i64, sequence: u32) {
    into.clear();
    into.extend_from_slice(key);
    into.extend_from_slice(&start.to_be_bytes());
    into.extend_from_slice(&sequence.to_be_bytes());
}

/// Key, start in ms and sequence of a composite key; `None`: it is too short.
pub(super) fn split(composite: &[u8]) -> Option<(&[u8], i64, u32)> {
    let (rest, sequence) = composite.split_last_chunk::<4>()?;
    let (key, start) = rest.split_last_chunk::<8>()?;
    Some((key, i64::from_be_bytes(*start), u32::from_be_bytes(*sequence)))
}

/// The time that a fetch covers and a store still has.
#[derive(Debug)]
pub(super) struct Extent {
    starts: RangeInclusive<i64>,
    pub(super) segments: RangeInclusive<i64>,
}

impl Extent {
    /// `None`: nothing of it lives.
    pub(super) fn new(config: WindowConfig, stream_time: Option<i64>, from: i64, to: i64) -> Option<Self> {
        let live_from = (stream_time? - config.retention_ms + 1).max(0);
        let starts = from.max(live_from)..=to;
        let segments = starts.start() / config.segment_ms..=to / config.segment_ms;
        (!starts.is_empty()).then_some(Self { starts, segments })
    }

    /// Reads the bytes of a segment among which the windows of a key are.
    pub(super) fn of_key<'a>(
        &self,
        key: &[u8],
        read: impl FnOnce((std::ops::Bound<&[u8]>, std::ops::Bound<&[u8]>)) -> Range<'a>,
    ) -> Range<'a> {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        compose(&mut from, key, *self.starts.start(), 0);
        compose(&mut to, key, *self.starts.end(), u32::MAX);
        read((std::ops::Bound::Included(&from), std::ops::Bound::Included(&to)))
    }
}

/// A window that a fetch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pane<'a> {
    /// Bytes of the key.
    pub key: &'a [u8],
    /// Start of the window, ms.
    pub start: i64,
    /// What tells it from others of the same key and start.
    pub sequence: u32,
    /// Its value.
    pub value: &'a [u8],
}

/// Windows by segment, within one by the bytes of key, start and sequence.
#[derive(Debug)]
pub struct Panes<'a> {
    ranges: std::vec::IntoIter<Range<'a>>,
    range: Option<Range<'a>>,
    starts: RangeInclusive<i64>,
    key: Option<Vec<u8>>,
}

impl<'a> Panes<'a> {
    /// What `ranges` finds in the extent; of one key where there is one.
    pub(super) fn new(
        extent: Option<Extent>,
        key: Option<&[u8]>,
        ranges: impl FnOnce(&Extent) -> Vec<Range<'a>>,
    ) -> Self {
        let found = extent.as_ref().map(ranges).unwrap_or_default();
        let starts = extent.map_or_else(|| RangeInclusive::new(1, 0), |extent| extent.starts);
        Self { ranges: found.into_iter(), range: None, starts, key: key.map(<[u8]>::to_vec) }
    }
}

impl<'a> Iterator for Panes<'a> {
    type Item = Pane<'a>;

    fn next(&mut self) -> Option<Pane<'a>> {
        loop {
            let Some((composite, value)) = self.range.as_mut().and_then(Iterator::next) else {
                self.range = Some(self.ranges.next()?);
                continue;
            };
            // Bytes between two windows of a key may be those of a longer key.
            if let Some((key, start, sequence)) = split(composite)
                && self.starts.contains(&start)
                && self.key.as_ref().is_none_or(|wanted| wanted == key)
            {
                return Some(Pane { key, start, sequence, value });
            }
        }
    }
}
