//! Offsets, ids and names of zones.

use super::{Misfit, Scan, Scanner};
use crate::java_time::field::Field;
use crate::java_time::item::{OffsetStyle, Part};
use crate::java_time::text::starts_with;
use crate::java_time::zone::{Style, Zone, checked_offset, longest_name};

/// The offset in an id: `+02:00`, and what stands for none.
const IN_ID: OffsetStyle = OffsetStyle { minutes: Part::Always, seconds: Part::IfNotZero, colons: true, zero: "Z" };

impl Scanner {
    pub(super) fn offset(&mut self, style: OffsetStyle, text: &str, at: usize) -> Scan {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(length) = starts_with(rest, style.zero, self.ignore_case) {
            return self.set(Field::OffsetSeconds, 0, at, at + length);
        }
        let (seconds, length) = offset(style, rest).map_err(Misfit::Value)?.ok_or(Misfit::At(at))?;
        self.set(Field::OffsetSeconds, seconds, at, at + length)
    }

    pub(super) fn localized_offset(&mut self, full: bool, text: &str, at: usize) -> Scan {
        let rest = text.get(at..).unwrap_or_default();
        let length = starts_with(rest, "GMT", self.ignore_case).ok_or(Misfit::At(at))?;
        let from = at + length;
        let bytes = text.as_bytes().get(from..).unwrap_or_default();
        let sign = match bytes.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return self.set(Field::OffsetSeconds, 0, at, from),
        };
        let after_colon = |at: usize| bytes.get(at).filter(|b| **b == b':').and_then(|_| two_digits(bytes, at + 1));
        let (hours, mut end) = match (two_digits(bytes, 1), bytes.get(1)) {
            (Some(hours), _) => (hours, 3),
            (None, Some(digit @ b'0'..=b'9')) if !full => (i64::from(digit - b'0'), 2),
            _ => return Err(Misfit::At(at)),
        };
        let minutes = after_colon(end);
        if full && minutes.is_none() {
            return Err(Misfit::At(at));
        }
        end += minutes.map_or(0, |_| 3);
        let seconds = minutes.and_then(|_| after_colon(end));
        end += seconds.map_or(0, |_| 3);
        let seconds = hours * 3600 + minutes.unwrap_or(0) * 60 + seconds.unwrap_or(0);
        self.set(Field::OffsetSeconds, sign * seconds, at, from + end)
    }

    /// Reads an id of a zone, or with a style also one of its names.
    pub(super) fn zone(&mut self, style: Option<Style>, text: &str, at: usize) -> Scan {
        let rest = text.get(at..).unwrap_or_default();
        let bytes = rest.as_bytes();
        let begins = |prefix: &str| {
            bytes.len() >= prefix.len() && bytes.iter().zip(prefix.bytes()).all(|(a, b)| self.same(*a, b))
        };
        if begins("+") || begins("-") {
            return self.zone_of_offset(None, text, at, at);
        }
        // "GMT0" is the id of a region.
        if let Some(prefix) = ["UTC", "UT", "GMT"].into_iter().find(|prefix| begins(prefix) && !begins("GMT0")) {
            return self.zone_of_offset(Some(prefix), text, at, at + prefix.len());
        }
        let (length, zone) = match longest_name(rest, style, self.ignore_case) {
            Some(found) => found,
            None if begins("Z") => (1, Zone::prefixed(None, 0)),
            None => return Err(Misfit::At(at)),
        };
        self.scanned.zone = Some(zone);
        Ok(at + length)
    }

    /// Reads the offset after a prefix that begins at `at`. Without one the prefix alone is the zone.
    fn zone_of_offset(&mut self, prefix: Option<&'static str>, text: &str, at: usize, from: usize) -> Scan {
        let rest = text.get(from..).unwrap_or_default();
        let read = offset(IN_ID, rest).map_err(Misfit::Value)?;
        let (seconds, length) = match (read, prefix) {
            (Some((seconds, length)), _) => (checked_offset(seconds).map_err(|_| Misfit::At(at))?, length),
            (None, Some(_)) => (0, 0),
            (None, None) => return Err(Misfit::At(at)),
        };
        self.scanned.zone = Some(Zone::prefixed(prefix, seconds));
        Ok(from + length)
    }
}

/// Seconds of an offset that `text` begins with, and its length; `None` when it begins otherwise.
///
/// Errors: Java's text, when the numbers are too large for an offset.
fn offset(style: OffsetStyle, text: &str) -> Result<Option<(i64, usize)>, String> {
    let bytes = text.as_bytes();
    let sign = match bytes.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Ok(None),
    };
    let part = |at: usize| {
        let at = match bytes.get(at) {
            Some(b':') if style.colons => at + 1,
            _ if style.colons => return None,
            _ => at,
        };
        Some((two_digits(bytes, at).filter(|value| *value < 60)?, at + 2))
    };
    let Some(hours) = two_digits(bytes, 1).filter(|value| *value < 60) else { return Ok(None) };
    let mut end = 3;
    let mut minutes = 0;
    match part(end) {
        Some((value, after)) => (minutes, end) = (value, after),
        None if style.minutes == Part::Always => return Ok(None),
        None => {}
    }
    let mut seconds = 0;
    if style.seconds != Part::Never
        && let Some((value, after)) = part(end)
    {
        (seconds, end) = (value, after);
    }
    if hours > 23 {
        return Err("Value out of range: Hour[0-23], Minute[0-59], Second[0-59]".into());
    }
    Ok(Some((sign * (hours * 3600 + minutes * 60 + seconds), end)))
}

fn two_digits(bytes: &[u8], at: usize) -> Option<i64> {
    match bytes.get(at..at + 2) {
        Some([tens @ b'0'..=b'9', units @ b'0'..=b'9']) => Some(i64::from(tens - b'0') * 10 + i64::from(units - b'0')),
        _ => None,
    }
}
